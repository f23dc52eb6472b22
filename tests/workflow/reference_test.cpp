// docs/workflows.md shows only what a test loads.
#include <gtest/gtest.h>
#include <regex>

#include "tests/workflow/catalog.h"

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

}  // namespace
}  // namespace sagaloom::workflow
