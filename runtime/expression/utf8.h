// UTF-8 text as code points. The text is taken as well-formed (it was checked where it entered);
// on other bytes the functions stay inside the text and answer something.
//
// Threads: free functions without state. Cost: linear.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sagaloom::expression {

std::size_t count_code_points(std::string_view text);
void append_code_point(std::string& out, std::uint32_t code);

// Takes one code point off the front of a text that is not empty.
std::uint32_t take_code_point(std::string_view& text);

// Without the white space of Unicode at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace sagaloom::expression
