// The code on docs/writing_plugins.md is the example's: every block that names its file is in it.
#include <gtest/gtest.h>
#include <regex>

#include "tests/plugins/plugin_file.h"

namespace sagaloom::tests {
namespace {

TEST(WritingPlugins, every_block_is_taken_from_the_file_it_names) {
  const std::string root = std::string(SAGALOOM_SOURCE_DIR) + "/";
  const std::string page = read_text(root + "docs/writing_plugins.md");
  const std::regex block("<!-- (\\S+): \\S+ -->\n```\\w+\n([^`]*)```");
  int blocks = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), block), end; it != end; ++it, ++blocks) {
    const std::string file = read_text(root + (*it)[1].str());
    EXPECT_NE(file.find((*it)[2].str()), std::string::npos) << (*it)[1] << " no longer holds:\n"
                                                            << (*it)[2];
  }
  EXPECT_GE(blocks, 5);
}

}  // namespace
}  // namespace sagaloom::tests
