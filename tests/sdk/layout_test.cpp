// The layout of the plugin contract is a promise: sdk/layout.json holds every offset and size of
// the released header. Lines may be added at the end of a struct; none may change or go.
#include <gtest/gtest.h>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/plugins/plugin_file.h"

extern "C" std::size_t sagaloom_layout(char* text, std::size_t size);

namespace sagaloom::tests {
namespace {

nlohmann::json layout_of_header() {
  std::string text(16384, '\0');
  text.resize(sagaloom_layout(text.data(), text.size()));
  nlohmann::json layout = nlohmann::json::object();
  std::istringstream lines(text);
  std::string name;
  for (std::size_t value = 0; lines >> name >> value;) layout[name] = value;
  return layout;
}

TEST(Layout, is_the_one_that_was_released) {
  const auto released =
      nlohmann::json::parse(read_text(std::string(SAGALOOM_SOURCE_DIR) + "/sdk/layout.json"));
  EXPECT_EQ(layout_of_header(), released) << "of this header: " << layout_of_header().dump(1);
}

TEST(Layout, every_struct_is_a_multiple_of_eight_bytes) {
  const nlohmann::json layout = layout_of_header();
  for (const auto& [name, value] : layout.items()) {
    const bool is_struct = name.find('.') == std::string::npos;
    EXPECT_TRUE(!is_struct || value.get<int>() % 8 == 0) << name;
  }
}

}  // namespace
}  // namespace sagaloom::tests
