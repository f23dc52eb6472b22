#include "runtime/expression/text.h"

#include <charconv>
#include <cmath>

#include "runtime/expression/time.h"

namespace sagaloom::expression {
namespace {

template <typename Number>
std::string shortest(Number number) {
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

std::string text_of_real(double real) {
  if (std::isnan(real)) return "NaN";
  if (std::isinf(real)) return real > 0 ? "Infinity" : "-Infinity";
  return shortest(real);
}

}  // namespace

std::optional<std::string> text_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Value::Kind::integer:
      return shortest(value.integer());
    case Value::Kind::real:
      return text_of_real(value.real());
    case Value::Kind::string:
      return value.string();
    case Value::Kind::timestamp:
      return format_timestamp(value.timestamp());
    case Value::Kind::time_span:
      return format_duration(value.time_span());
    default:
      return std::nullopt;
  }
}

}  // namespace sagaloom::expression
