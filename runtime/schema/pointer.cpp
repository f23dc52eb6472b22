#include "runtime/schema/pointer.h"

namespace sagaloom::schema {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void append_token(std::string& pointer, std::string_view token) {
  pointer.push_back('/');
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer.push_back(c);
    }
  }
}

std::optional<std::string> plain_pointer(std::string_view fragment) {
  std::string pointer;
  for (std::size_t i = 0; i < fragment.size(); ++i) {
    if (fragment[i] != '%') {
      pointer.push_back(fragment[i]);
      continue;
    }
    const int high = i + 2 < fragment.size() ? hex_value(fragment[i + 1]) : -1;
    const int low = i + 2 < fragment.size() ? hex_value(fragment[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    pointer.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (!pointer.empty() && pointer.front() != '/') return std::nullopt;
  return pointer;
}

}  // namespace sagaloom::schema
