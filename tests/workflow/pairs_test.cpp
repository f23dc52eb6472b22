// Every check of the table has a file that has it and one that has not, and the reference shows
// them.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>

#include "runtime/document/json.h"
#include "runtime/workflow/rules.h"
#include "runtime/workflow/sarif.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow {
namespace {

namespace fs = std::filesystem;
using testing::catalog;

fs::path checks() {
  return testing::source_path("tests/workflow/checks");
}

// What a comment in the file says about running sagas.
class Running final : public KnownDefinitions {
 public:
  explicit Running(const fs::path& file) {
    const std::string text = testing::read_file(file.string());
    if (text.find("# running sagas of version 1 wait for signal confirmed") == text.npos) return;
    awaited_.push_back({"confirmed", true, 1});
  }
  core::DefinitionPointer find(std::string_view, std::uint32_t) const override { return nullptr; }
  std::vector<std::uint32_t> versions(std::string_view) const override { return {}; }
  std::vector<std::string> names() const override { return {}; }
  std::vector<Awaited> awaited(std::string_view) const override { return awaited_; }

 private:
  std::vector<Awaited> awaited_;
};

// The file after those beside it that belong to its code.
Loaded checked(const std::string& code, const char* kind) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(checks() / "beside")) {
    if (entry.path().filename().string().rfind(code + ".", 0) == 0) files.push_back(entry.path());
  }
  files.push_back(checks() / (code + "." + kind + ".yaml"));
  EXPECT_TRUE(fs::exists(files.back())) << files.back();
  const Running running(files.back());
  CheckOptions options;
  options.known = &running;
  return load_files(files, catalog(), options).back();
}

std::set<std::string> codes(const Loaded& loaded) {
  std::set<std::string> found;
  for (const auto& diagnostic : loaded.diagnostics) found.insert(diagnostic.code);
  return found;
}

class Pair : public ::testing::TestWithParam<Rule> {};

TEST_P(Pair, TheBadFileHasItAndTheGoodOneNot) {
  const Rule& rule = GetParam();
  const Loaded bad = checked(rule.code, "bad");
  const auto found = std::find_if(bad.diagnostics.begin(), bad.diagnostics.end(),
                                  [&](const auto& d) { return d.code == rule.code; });
  ASSERT_NE(found, bad.diagnostics.end()) << workflow::text(bad.diagnostics);
  EXPECT_EQ(found->severity, rule.severity);
  EXPECT_EQ(rule.code[0] == 'C', !found->example.empty()) << "a counter-example in words";
  EXPECT_EQ(bad.ok(), rule.severity == Severity::warning) << workflow::text(bad.diagnostics);
  const Loaded good = checked(rule.code, "good");
  EXPECT_EQ(codes(good).count(rule.code), 0u) << workflow::text(good.diagnostics);
  EXPECT_TRUE(good.ok()) << workflow::text(good.diagnostics);
}

INSTANTIATE_TEST_SUITE_P(Checks, Pair, ::testing::ValuesIn(rules()),
                         [](const auto& info) { return std::string(info.param.code); });

TEST(Pairs, BelongToChecksOfTheTable) {
  for (const auto& entry : fs::directory_iterator(checks())) {
    if (!entry.is_regular_file()) continue;
    EXPECT_NE(rule(entry.path().filename().string().substr(0, 3)), nullptr) << entry.path();
  }
}

// Without the lines that every file has.
std::string example(std::string_view code) {
  const std::string text =
      testing::read_file((checks() / (std::string(code) + ".bad.yaml")).string());
  std::istringstream lines(text);
  std::string shown;
  for (std::string line; std::getline(lines, line);) {
    const bool head = line == "dsl: 1" || line.rfind("workflow: ", 0) == 0;
    if (!head && line != "version: 1") shown += line + "\n";
  }
  return shown;
}

// SAGALOOM_WRITE_DOCS=1 writes the page anew.
TEST(ChecksPage, IsMadeFromTheTable) {
  const std::string file = testing::source_path("docs/checks.md");
  const std::string page = rules_page(example);
  if (std::getenv("SAGALOOM_WRITE_DOCS") != nullptr) std::ofstream(file) << page;
  EXPECT_TRUE(testing::read_file(file) == page)
      << "docs/checks.md is not what the table says: run this test with SAGALOOM_WRITE_DOCS=1";
}

TEST(WithoutPlugins, ManifestChecksAreWarningsAndOperationsAreTakenAsWritten) {
  CheckOptions options;
  options.no_plugins = true;
  const auto file = checks() / "C01.bad.yaml";
  const Loaded loaded = load_files({file}, testing::ManifestCatalog(), options).back();
  EXPECT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  EXPECT_EQ(codes(loaded).count("C01"), 1u) << workflow::text(loaded.diagnostics);
  EXPECT_EQ(codes(loaded).count("P01"), 0u) << workflow::text(loaded.diagnostics);
}

TEST(Sarif, HasTheRulesAndEachResultAtItsPlace) {
  const Loaded loaded = checked("C01", "bad");
  const auto log = document::parse(sarif(loaded.diagnostics, "1.2.3"), {});
  ASSERT_TRUE(log.ok());
  EXPECT_EQ(log->find("version")->string(), "2.1.0");
  const auto& run = log->find("runs")->items().front();
  const auto* driver = run.find("tool")->find("driver");
  EXPECT_EQ(driver->find("rules")->items().size(), rules().size());
  EXPECT_FALSE(driver->find("rules")->items().front().find("help")->find("text")->string().empty());
  ASSERT_EQ(run.find("results")->items().size(), loaded.diagnostics.size());
  const auto& first = run.find("results")->items().front();
  EXPECT_EQ(first.find("ruleId")->string(), loaded.diagnostics[0].code);
  const auto* place = first.find("locations")->items().front().find("physicalLocation");
  EXPECT_EQ(place->find("region")->find("startLine")->integer(),
            loaded.diagnostics[0].position.line);
}

}  // namespace
}  // namespace sagaloom::workflow
