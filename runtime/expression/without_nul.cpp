#include "runtime/expression/without_nul.h"

#include <string>
#include <utility>

namespace sagaloom::expression {

Value without_nul(Value value) {
  if (!value.is_string() || value.string().find('\0') == std::string::npos) return value;
  std::string text;
  for (const char byte : value.string()) {
    if (byte == '\0') {
      text += "\xEF\xBF\xBD";
    } else {
      text += byte;
    }
  }
  return Value(std::move(text));
}

}  // namespace sagaloom::expression
