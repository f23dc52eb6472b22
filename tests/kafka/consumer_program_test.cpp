// The example consumer as a program against a real broker.
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/core/record.h"
#include "tests/kafka/broker.h"
#include "tests/kafka/sending.h"

namespace sagaloom::test {
namespace {

struct Outcome {
  int status = 0;
  std::string output;
};

Outcome consume(const std::string& arguments) {
  const std::string command = std::string(SAGALOOM_BINARY_DIR) +
                              "/bin/sagaloom-consumer --brokers " + broker().brokers() + " " +
                              arguments + " 2>&1";
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer{};
  while (std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), size);
  }
  outcome.status = WEXITSTATUS(pclose(pipe));
  return outcome;
}

class ExpectFile {
 public:
  ExpectFile() : path_(testing::TempDir() + "expected-" + std::to_string(getpid())) {}
  ~ExpectFile() { std::filesystem::remove(path_); }
  void add(const engine::Message& message) {
    std::ofstream(path_, std::ios::app)
        << R"({"id":")" << message.id << R"(","sequence":")" << message.sequence << R"(","topic":")"
        << message.topic << R"(","key":")" << message.key << R"(","subject":")" << message.subject
        << "\"}\n";
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Consumer, ChecksTopicsAgainstTheJournal) {
  const auto sink = open_sink();
  Sender sender(*sink);
  ExpectFile expected;
  for (int n = 0; n < 40; ++n) {
    const auto message = numbered(n % 2 == 0 ? "even" : "odd", "saga", n);
    sender.send(message);
    expected.add(message);
  }
  ASSERT_TRUE(sender.wait_for_answers(40));
  const auto well = consume("--check --topics even --expect " + expected.path());
  EXPECT_EQ(well.status, 0) << well.output;
  EXPECT_TRUE(
      well.output.ends_with("40 events of 1 sagas in 2 topics: 0 duplicates, 0 reordered, "
                            "0 missing, 0 unexpected\n"))
      << well.output;

  expected.add(numbered("even", "saga", 100));
  sender.send(numbered("even", "saga", 20));  // a re-send
  sender.send(numbered("odd", "saga", 0));    // an id that was seen in another topic
  ASSERT_TRUE(sender.wait_for_answers(40));
  sink->flush(core::Duration{30'000});
  const auto wrong = consume("--check --expect " + expected.path());
  EXPECT_EQ(wrong.status, 1) << wrong.output;
  EXPECT_NE(wrong.output.find("2 duplicates, 0 reordered, 1 missing, 0 unexpected"),
            std::string::npos)
      << wrong.output;
}

TEST(Consumer, FollowsAndDropsSeenIds) {
  const auto sink = open_sink();
  Sender sender(*sink);
  auto changed = numbered("followed", "saga", 2);
  changed.body = core::Lifecycle{.workflow = "order", .identity = "o-1", .state = "COMPLETED"};
  sender.send(numbered("followed", "saga", 0));
  sender.send(numbered("followed", "saga", 1));
  sender.send(numbered("followed", "saga", 0));
  sender.send(changed);
  sink->flush(core::Duration{30'000});
  const auto outcome = consume("--topics followed --from-beginning --count 3 --group g1");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.output.find(R"(test.numbered saga {"n":1})"), std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("order o-1 is COMPLETED"), std::string::npos) << outcome.output;
  EXPECT_TRUE(outcome.output.ends_with("3 events, 1 duplicates dropped\n")) << outcome.output;
}

TEST(Consumer, SaysWhatIsWrong) {
  EXPECT_EQ(consume("--check --expect /nowhere/at/all").status, 2);
  EXPECT_EQ(consume("--no-such-option").status, 109);
}

}  // namespace
}  // namespace sagaloom::test
