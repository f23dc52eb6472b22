// Every hostile request of hostile.txt gets its answer, the server goes on, and its memory does not
// grow with what it refused.
#include <fstream>

#include "tests/http/serving.h"

namespace sagaloom::http {
namespace {

std::vector<HostileCase> corpus() {
  return read_hostile_corpus(SAGALOOM_SOURCE_DIR "/tests/http/hostile.txt");
}

// As the product's, but waiting for slow clients is short.
ServerOptions impatient() {
  ServerOptions options;
  options.limits.head_timeout = std::chrono::milliseconds(200);
  options.limits.body_timeout = std::chrono::milliseconds(600);
  return options;
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

TEST(Hostile, TheCorpusIsLargeAndSaysWhatItExpects) {
  const auto cases = corpus();
  EXPECT_GE(cases.size(), 50u);
  for (const auto& hostile : cases) {
    EXPECT_GE(hostile.status, 400) << hostile.name;
    EXPECT_FALSE(hostile.code.empty()) << hostile.name;
    EXPECT_FALSE(hostile.parts.empty()) << hostile.name;
  }
}

TEST(Hostile, EachRequestGetsItsAnswerAndMemoryStays) {
  Serving serving(impatient());
  const auto cases = corpus();
  long after_once = 0;
  for (int round = 1; round <= 2; ++round) {
    for (const auto& hostile : cases) {
      const auto result = play(hostile, serving.port, 20'000);
      EXPECT_EQ(result.fault, "") << hostile.name << "\n" << result.answer.substr(0, 600);
      Client after(serving.port);
      after.get("/livez");
      ASSERT_EQ(status_of(after.read()), 200) << "after: " << hostile.name;
    }
    if (round == 1) after_once = resident_kib();
  }
  const long after_twice = resident_kib();
  RecordProperty("rss_kib_once", std::to_string(after_once));
  RecordProperty("rss_kib_twice", std::to_string(after_twice));
  EXPECT_LE(after_twice, after_once * 11 / 10);
  EXPECT_TRUE(serving.server->stop(core::Duration(5'000))) << "no connection is left over";
}

}  // namespace
}  // namespace sagaloom::http
