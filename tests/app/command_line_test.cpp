#include "runtime/app/command_line.h"

#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

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

TEST(CommandLineTest, StartTakesItsInputAsDataToo) {
  const auto parsed = parse({"start", "order", "--data", R"({"a":1})"});
  ASSERT_TRUE(parsed.line) << parsed.err;
  EXPECT_EQ(R"({"a":1})", parsed.line->steer.data);
  EXPECT_EQ(exit_usage, parse({"start", "order", "--data", "{}", "--input", "-"}).status);
}

TEST(CommandLineTest, ListTakesEveryFilterOfTheRestApi) {
  const auto parsed = parse({"list", "--status", "PAID", "--attribute", "customer=ada=b", "--live",
                             "--created-after", "2026-02-28", "--created-before", "2026-03-01"});
  ASSERT_TRUE(parsed.line) << parsed.err;
  EXPECT_EQ("PAID", parsed.line->list.status);
  EXPECT_EQ("customer=ada=b", parsed.line->list.attribute);
  EXPECT_EQ(true, parsed.line->list.live);
  EXPECT_EQ("2026-02-28", parsed.line->list.created_after);
  EXPECT_EQ("2026-03-01", parsed.line->list.created_before);
  EXPECT_EQ(false, parse({"list", "--ended"}).line->list.live);
  EXPECT_EQ(std::nullopt, parse({"list"}).line->list.live);
  for (const char* wrong : {"customer", "=ada", "customer="})
    EXPECT_EQ(exit_usage, parse({"list", "--attribute", wrong}).status) << wrong;
}

TEST(CommandLineTest, AVersionToMigrateToIsCountedFromOne) {
  EXPECT_EQ(exit_usage, parse({"migrate", "--to", "0", "--all", "--reason", "r"}).status);
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

TEST(CommandLineTest, SteeringTakesTheStepTheReasonAndWho) {
  const auto resolve = parse({"resolve", "id", "tickets[2]/issue", "--data", "{}", "--undo-manual",
                              "--reason", "seen", "--by", "bob"});
  ASSERT_TRUE(resolve.line) << resolve.err;
  EXPECT_EQ(Command::steer, resolve.line->command);
  EXPECT_EQ(SteerAction::resolve, resolve.line->steer.action);
  EXPECT_EQ("tickets[2]/issue", resolve.line->steer.name);
  EXPECT_EQ("{}", resolve.line->steer.data);
  EXPECT_TRUE(resolve.line->steer.undo_manual);
  EXPECT_EQ("seen", resolve.line->reason);
  EXPECT_EQ("bob", resolve.line->steer.by);
  const auto signal = parse({"signal", "o-1", "approve", "--workflow", "order"});
  ASSERT_TRUE(signal.line) << signal.err;
  EXPECT_EQ("approve", signal.line->steer.name);
  EXPECT_EQ("order", signal.line->workflow);
}

TEST(CommandLineTest, DeadLettersAreListedUnlessAVerbIsSaid) {
  const std::pair<std::vector<const char*>, SteerAction> cases[] = {
      {{"dead-letters"}, SteerAction::dead_letters},
      {{"dead-letters", "list", "--workflow", "order"}, SteerAction::dead_letters},
      {{"dead-letters", "settled"}, SteerAction::settled_letters},
      {{"dead-letters", "replay", "0.1.0", "--reason", "mended"}, SteerAction::replay},
      {{"dead-letters", "discard", "0.1.0", "--reason", "spam"}, SteerAction::discard},
  };
  for (const auto& [words, expected] : cases) {
    const auto parsed = parse(words);
    ASSERT_TRUE(parsed.line) << parsed.err;
    EXPECT_EQ(Command::steer, parsed.line->command);
    EXPECT_EQ(expected, parsed.line->steer.action);
  }
  EXPECT_EQ(exit_usage, parse({"dead-letters", "discard", "0.1.0"}).status) << "a reason is needed";
}

TEST(CommandLineTest, EachSteeringCommandHasHelpAndWantsAReason) {
  for (const auto* verb : {"retry", "resolve", "abort-step", "skip-undo", "suspend", "resume"}) {
    EXPECT_EQ(exit_ok, parse({verb, "--help"}).status);
    const auto parsed = parse({verb, "id", "step"});
    EXPECT_EQ(exit_usage, parsed.status) << verb;
  }
  for (const auto* verb : {"signal", "answer", "tasks", "dead-letters"}) {
    EXPECT_EQ(exit_ok, parse({verb, "--help"}).status) << verb;
  }
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

// The words behind `sagaloom` in a table of docs/commands.md, against those of --help.
TEST(CommandLineTest, ThePageListsEveryCommand) {
  std::set<std::string> listed, known;
  std::ifstream page(SAGALOOM_SOURCE_DIR "/docs/commands.md");
  const std::string row = "| `sagaloom ";
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(row)) {
      listed.insert(line.substr(row.size(), line.find_first_of(" `", row.size()) - row.size()));
    }
  }
  std::istringstream help(parse({"--help"}).out);
  std::string line;
  while (std::getline(help, line) && line != "Subcommands:") {
  }
  while (std::getline(help, line)) {
    const auto begin = line.find_first_not_of(' ');
    if (begin == 2) known.insert(line.substr(2, line.find(' ', 2) - 2));
  }
  EXPECT_FALSE(known.empty());
  EXPECT_EQ(known, listed);
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
