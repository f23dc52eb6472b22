// docs/workflows.md shows only what a test loads, and has a row for every key.
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <regex>

#include "tests/workflow/catalog.h"
#include "tests/workflow/spots.h"

namespace sagaloom::workflow {
namespace {

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  const auto to = from == std::string::npos ? from : text.find(end, from + begin.size());
  return to == std::string::npos ? "missing: " + begin
                                 : text.substr(from + begin.size(), to - from - begin.size());
}

class ReferencePage : public ::testing::Test {
 protected:
  std::string page = testing::read_file(testing::source_path("docs/workflows.md"));
  std::string keys =
      testing::read_file(testing::source_path("tests/workflow/valid/every-key.yaml"));
};

TEST_F(ReferencePage, IsCutFromTheFileThatIsLoaded) {
  const std::regex region("# \\[([a-z]+)\\]");
  int regions = 0;
  for (std::sregex_iterator it(keys.begin(), keys.end(), region), end; it != end; ++it, ++regions) {
    const std::string name = (*it)[1];
    EXPECT_EQ(between(page, "<!-- every-key.yaml: " + name + " -->\n```yaml\n", "```"),
              between(keys, "# [" + name + "]\n", "# [/" + name + "]"))
        << name;
  }
  EXPECT_EQ(regions, 15);
}

TEST_F(ReferencePage, ShowsNoOtherYaml) {
  const std::regex block("```yaml"), marker("<!-- every-key.yaml: [a-z]+ -->\n```yaml");
  const auto count = [&](const std::regex& what) {
    return std::distance(std::sregex_iterator(page.begin(), page.end(), what),
                         std::sregex_iterator());
  };
  EXPECT_EQ(count(block), count(marker));
}

// The rows of a table in any order: `| `key` | what the schema says |`.
TEST_F(ReferencePage, HasARowForEveryKeyAndNoOther) {
  for (const auto& spot : testing::spots()) {
    const std::string table = between(page, "<!-- keys: " + spot.name + " -->\n", "\n\n");
    const auto* properties = testing::at(testing::editor_schema_base(), spot.path);
    ASSERT_TRUE(properties) << spot.name;
    for (const auto& [key, schema] : properties->members()) {
      const std::string row =
          "| `" + key.string() + "` | " + schema.find("description")->string() + " |";
      EXPECT_NE(("\n" + table + "\n").find("\n" + row + "\n"), std::string::npos)
          << spot.name << ":\n"
          << row;
    }
    const auto lines = std::count(table.begin(), table.end(), '\n') + 1;
    EXPECT_EQ(lines, static_cast<long>(properties->members().size()) + 2) << spot.name;
  }
}

// What the core raises, by the families of its codes; notes are on docs/semantics.md.
TEST_F(ReferencePage, ListsTheErrorsThatTheCoreRaises) {
  const std::string notes = testing::read_file(testing::source_path("docs/semantics.md"));
  const std::regex code(
      "\"((call|secret|wait|step|switch|repeat|foreach|expression|input|output|message|state|saga|"
      "child|operator|plugin|storage)\\.[a-z_]+)\"");
  int codes = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(testing::source_path("runtime/core"))) {
    const std::string text = testing::read_file(entry.path().string());
    for (std::sregex_iterator it(text.begin(), text.end(), code), end; it != end; ++it, ++codes) {
      const std::string shown = "`" + std::string((*it)[1]) + "`";
      EXPECT_TRUE(page.find(shown) != page.npos || notes.find(shown) != notes.npos)
          << shown << " of " << entry.path().filename();
    }
  }
  EXPECT_GT(codes, 30);
}

}  // namespace
}  // namespace sagaloom::workflow
