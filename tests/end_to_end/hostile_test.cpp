// The hostile corpus against the real program: every case gets its answer, the server goes on, and
// its memory after the second round is within a tenth of that after the first.
#include <gtest/gtest.h>
#include <iostream>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"

namespace sagaloom::tests {
namespace {

TEST(HostileTest, TheProgramAnswersTheCorpusTwiceAndGoesOn) {
  const Folder folder;
  Server server({"dev", "--port", "0", "--data", folder.file("data")});
  server.start();
  submit(server.url(), order("before", rich));
  const std::string port = server.url().substr(server.url().rfind(':') + 1);
  const Finished played =
      run({SAGALOOM_BINARY_DIR "/bin/sagaloom_hostile",
           SAGALOOM_SOURCE_DIR "/tests/http/hostile.txt", port, std::to_string(server.pid())},
          {}, {}, std::chrono::seconds(400));
  EXPECT_EQ(0, played.status) << played.out << played.err;
  std::cout << "figure: hostile corpus = "
            << played.out.substr(played.out.rfind('\n', played.out.size() - 2) + 1);
  EXPECT_EQ("COMPLETED", submit(server.url(), order("after", rich)).member("state"));
}

}  // namespace
}  // namespace sagaloom::tests
