// `sagaloom explore` as a person types it: docs/explore.md keeps its word.
#include <gtest/gtest.h>
#include <regex>
#include <sstream>

#include "tests/end_to_end/program.h"

namespace sagaloom::tests {
namespace {

const std::string root = SAGALOOM_SOURCE_DIR;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// Every `sh` block is run, and the `text` block after it lists what its output contains.
TEST(ExploreCommand, ThePageKeepsItsWord) {
  const Folder folder;
  std::istringstream lines(read_file(root + "/docs/explore.md"));
  std::string language, block, output;
  int commands = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool fence = line.starts_with("```");
    if (fence && language.empty()) {
      language = line.substr(3);
      block.clear();
    } else if (fence) {
      if (language == "sh") {
        std::string text = replaced(block, "build/release/bin", SAGALOOM_BINARY_DIR "/bin");
        text = replaced(text, ".sagaloom/", folder.file("data") + "/");
        const Finished done = run({"bash", "-euc", "cd " + root + "\n" + text});
        EXPECT_EQ(0, done.status) << text << done.err;
        output = done.out;
        ++commands;
      }
      language.clear();
    } else if (language == "text") {
      EXPECT_NE(output.find(line), output.npos) << line << "\nis not in\n" << output;
    } else {
      block += line + "\n";
    }
  }
  EXPECT_EQ(commands, 3);
}

// The golden files hold no number of worlds (tests/explore/explore_test.cpp).
std::string without_counts(const std::string& text) {
  const std::string counted = std::regex_replace(text, std::regex("[0-9]+ worlds"), "N worlds");
  return std::regex_replace(counted, std::regex("\"worlds\":[0-9]+"), "\"worlds\":0");
}

Finished explore(std::vector<std::string> words) {
  words.insert(words.begin(), {program(), "explore"});
  return run(words);
}

TEST(ExploreCommand, AnswersInThreeForms) {
  const std::string file = root + "/workflows/order.yaml";
  const std::string golden = root + "/tests/explore/golden/order";
  const auto expect = [&](const std::string& form, const std::string& name) {
    const Finished done = explore({file, "--faults", "2", "--format", form});
    EXPECT_EQ(0, done.status) << done.err;
    EXPECT_TRUE(read_file(golden + name) == without_counts(done.out)) << form << "\n" << done.out;
  };
  expect("text", ".txt");
  expect("markdown", ".md");
  expect("json", ".json");
}

TEST(ExploreCommand, AViolationIsTheExitStatus) {
  EXPECT_EQ(1, explore({root + "/tests/explore/undo_removed.yaml"}).status);
  EXPECT_EQ(0, explore({root + "/tests/explore/fence_missing.yaml", "--faults", "2"}).status);
}

TEST(ExploreCommand, SaysWhatIsWrongWithItsFiles) {
  const Folder folder;
  const std::string file = root + "/workflows/order.yaml";
  const Finished missing = explore({folder.file("none.yaml")});
  EXPECT_EQ(2, missing.status);
  EXPECT_NE(missing.err.find("none.yaml"), missing.err.npos) << missing.err;
  const Finished unreadable = explore({folder.write("bad.yaml", "dsl: 1\nsteps: {")});
  EXPECT_EQ(7, unreadable.status);
  EXPECT_NE(unreadable.err.find("error["), unreadable.err.npos) << unreadable.err;
  const Finished input = explore({file, "--input", folder.write("input.json", "{}")});
  EXPECT_EQ(7, input.status);
  EXPECT_NE(input.err.find("input.invalid"), input.err.npos) << input.err;
  folder.write("report.json", R"({"cases": [{}]})");
  const Finished report = explore({file, "--reports", folder.path()});
  EXPECT_EQ(2, report.status);
  EXPECT_NE(report.err.find("reports.invalid"), report.err.npos) << report.err;
}

}  // namespace
}  // namespace sagaloom::tests
