#include "runtime/app/command_line.h"

#include <gtest/gtest.h>

#include "runtime/app/exit_code.h"

namespace sagaloom::app {
namespace {

struct Parsed {
  std::optional<CommandLine> line;
  int status = 0;
  std::string out, err;
};

Parsed parse(std::vector<const char*> words) {
  words.insert(words.begin(), "sagaloom");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  auto result = parse_command_line(static_cast<int>(words.size()), words.data());
  Parsed parsed;
  parsed.out = testing::internal::GetCapturedStdout();
  parsed.err = testing::internal::GetCapturedStderr();
  if (const int* status = std::get_if<int>(&result))
    parsed.status = *status;
  else
    parsed.line = std::get<CommandLine>(std::move(result));
  return parsed;
}

TEST(CommandLineTest, DevTakesItsShortcutsAsSettings) {
  const auto parsed =
      parse({"dev", "--port", "0", "--data", "/tmp/x", "--set", "engine.threads=2"});
  ASSERT_TRUE(parsed.line) << parsed.err;
  EXPECT_EQ(Command::dev, parsed.line->command);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"engine.threads", "2"}, {"data", "/tmp/x"}, {"http.port", "0"}};
  EXPECT_EQ(expected, parsed.line->settings);
}

TEST(CommandLineTest, ServeNeedsAConfiguration) {
  const auto parsed = parse({"serve"});
  EXPECT_EQ(exit_usage, parsed.status);
  EXPECT_NE(std::string::npos, parsed.err.find("--config")) << parsed.err;
}

TEST(CommandLineTest, StartTakesInputKeyAndWait) {
  const auto parsed =
      parse({"start", "order", "--input", "-", "--key", "k", "--wait", "5", "-o", "json"});
  ASSERT_TRUE(parsed.line) << parsed.err;
  EXPECT_EQ("order", parsed.line->workflow);
  EXPECT_EQ("-", parsed.line->input);
  EXPECT_EQ("k", parsed.line->key);
  EXPECT_EQ(5, parsed.line->wait_s);
  EXPECT_TRUE(parsed.line->json);
}

TEST(CommandLineTest, UnknownWordsGetASuggestion) {
  const std::pair<std::vector<const char*>, const char*> cases[] = {
      {{"strat", "order"}, "did you mean start?"},
      {{"start", "order", "--imput", "x"}, "did you mean --input?"},
      {{"dev", "--prot=1"}, "did you mean --port?"},
  };
  for (const auto& [words, expected] : cases) {
    const auto parsed = parse(words);
    EXPECT_EQ(exit_usage, parsed.status);
    EXPECT_NE(std::string::npos, parsed.err.find(expected)) << parsed.err;
  }
}

TEST(CommandLineTest, MistakesEndWithTheStatusOfUsage) {
  const std::vector<const char*> cases[] = {{},
                                            {"dev", "--port", "99999"},
                                            {"dev", "--set", "x"},
                                            {"cancel", "id"},
                                            {"list", "--limit", "0"},
                                            {"get"},
                                            {"list", "-o", "xml"},
                                            {"start", "o", "--wait", "soon"}};
  for (const auto& words : cases) EXPECT_EQ(exit_usage, parse(words).status);
}

TEST(CommandLineTest, HelpIsOnStandardOutputAndNoError) {
  for (const auto& words : {std::vector<const char*>{"--help"}, {"dev", "--help"}}) {
    const auto parsed = parse(words);
    EXPECT_EQ(exit_ok, parsed.status);
    EXPECT_FALSE(parsed.line);
    EXPECT_NE(std::string::npos, parsed.out.find("--help"));
    EXPECT_EQ("", parsed.err);
  }
}

TEST(ExitCodeTest, OfASagaThatWasWaitedFor) {
  EXPECT_EQ(exit_ok, exit_code_of_saga("COMPLETED", ""));
  EXPECT_EQ(exit_compensated, exit_code_of_saga("COMPENSATED", "payment.insufficient_funds"));
  EXPECT_EQ(exit_cancelled, exit_code_of_saga("COMPENSATED", "saga.cancelled"));
  EXPECT_EQ(exit_cancelled, exit_code_of_saga("FAILED", "saga.cancelled"));
  EXPECT_EQ(exit_needs_person, exit_code_of_saga("FAILED", "inventory.out_of_stock"));
  EXPECT_EQ(exit_needs_person, exit_code_of_saga("PARKED", ""));
  EXPECT_EQ(exit_wait_over, exit_code_of_saga("RUNNING", ""));
}

TEST(ExitCodeTest, OfAnAnswer) {
  EXPECT_EQ(exit_not_found, exit_code_of_status(404));
  EXPECT_EQ(exit_conflict, exit_code_of_status(409));
  EXPECT_EQ(exit_invalid, exit_code_of_status(422));
  EXPECT_EQ(exit_unreachable, exit_code_of_status(503));
  EXPECT_EQ(exit_error, exit_code_of_status(500));
}

}  // namespace
}  // namespace sagaloom::app
