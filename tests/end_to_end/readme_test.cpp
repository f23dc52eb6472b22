// The README keeps its word: every fenced `sh` block is run, in order, against one server; the
// `text` block after it lists what the output must contain. `./run` is answered by the server that
// this test starts (the build is what made this test); port and data folder are put in place.
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

#include "tests/end_to_end/page.h"
#include "tests/end_to_end/program.h"

namespace sagaloom::tests {
namespace {

TEST(ReadmeTest, EveryCommandDoesWhatItSays) {
  const std::string root = SAGALOOM_SOURCE_DIR;
  const Folder folder;
  Server server({"dev", "--port", "0", "--data", folder.file("data")});
  int commands = 0;
  std::string output;
  for (const Block& block : fenced_blocks(read_file(root + "/README.md"))) {
    SCOPED_TRACE("README.md:" + std::to_string(block.line));
    if (block.text == "./run\n") {
      ASSERT_EQ(0, ::access((root + "/run").c_str(), X_OK));
      server.start();
      ++commands;
    } else if (block.language == "sh") {
      std::string text = replaced(block.text, "localhost:8080", server.url().substr(7));
      text = replaced(text, "build/release/bin", SAGALOOM_BINARY_DIR "/bin");
      text = replaced(text, ".sagaloom/", folder.file("data") + "/");
      const Finished done = run({"bash", "-euc", "cd " + root + "\n" + text},
                                {"SAGALOOM_SERVER=" + server.url()}, {}, std::chrono::seconds(120));
      EXPECT_EQ(0, done.status) << text << done.err;
      output = done.out;
      ++commands;
    } else if (block.language == "text") {
      std::istringstream lines(block.text);
      for (std::string line; std::getline(lines, line);)
        EXPECT_NE(std::string::npos, output.find(line)) << line << "\nis not in\n" << output;
    }
  }
  EXPECT_GE(commands, 7);
}

}  // namespace
}  // namespace sagaloom::tests
