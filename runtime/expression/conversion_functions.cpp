// Conversions between kinds, and the makers of optionals.

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "runtime/expression/evaluation.h"
#include "runtime/expression/functions.h"
#include "runtime/expression/text.h"
#include "runtime/expression/time.h"

namespace sagaloom::expression {
namespace {

using Kind = Value::Kind;

bool give(Call& call, Value value) {
  call.out = std::move(value);
  return true;
}

bool to_int(Call& call) {
  const Value& from = call[0];
  if (from.is_integer()) return give(call, from);
  if (from.kind() == Kind::timestamp) return give(call, Value(from.timestamp().seconds));
  if (from.is_real()) {
    const double real = from.real();
    const bool fits = real > -9223372036854775808.0 && real < 9223372036854775808.0;
    if (!fits) return call.fail("the number does not fit 64 bits");
    return give(call, Value(static_cast<std::int64_t>(real)));
  }
  if (!from.is_string()) return call.no_overload();
  const std::string& text = from.string();
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return call.fail("the text is no whole number");
  return give(call, Value(number));
}

bool to_double(Call& call) {
  const Value& from = call[0];
  if (from.is_real()) return give(call, from);
  if (from.is_integer()) return give(call, Value(static_cast<double>(from.integer())));
  if (!from.is_string()) return call.no_overload();
  const std::string& text = from.string();
  double number = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return call.fail("the text is no number");
  return give(call, Value(number));
}

bool to_string(Call& call) {
  const Value& from = call[0];
  if (from.is_string()) return give(call, from);
  auto text = text_of(from);
  if (!text) return call.no_overload();
  if (!call.evaluation.build(call.node, text->size())) return false;
  return give(call, Value(std::move(*text)));
}

bool to_bool(Call& call) {
  const Value& from = call[0];
  if (from.is_boolean()) return give(call, from);
  if (!from.is_string()) return call.no_overload();
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (from.string() == yes) return give(call, Value(true));
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (from.string() == no) return give(call, Value(false));
  }
  return call.fail("the text is neither true nor false");
}

bool to_timestamp(Call& call) {
  const Value& from = call[0];
  if (from.kind() == Kind::timestamp) return give(call, from);
  if (from.is_integer()) {
    const Timestamp time{from.integer(), 0};
    if (!in_range(time)) return call.fail("the time is outside of the years 1 to 9999");
    return give(call, Value(time));
  }
  if (!from.is_string()) return call.no_overload();
  const auto time = parse_timestamp(from.string());
  if (!time) return call.fail("the text is no RFC 3339 time such as 2026-02-28T12:00:00Z");
  return give(call, Value(*time));
}

bool to_duration(Call& call) {
  const Value& from = call[0];
  if (from.kind() == Kind::time_span) return give(call, from);
  if (!from.is_string()) return call.no_overload();
  const auto span = parse_duration(from.string());
  if (!span) return call.fail("the text is no duration such as 1h30m, or too long");
  return give(call, Value(*span));
}

bool is_zero(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return !value.boolean();
    case Kind::integer:
      return value.integer() == 0;
    case Kind::real:
      return value.real() == 0;
    case Kind::string:
      return value.string().empty();
    case Kind::list:
      return value.items().empty();
    case Kind::map:
      return value.members().empty();
    case Kind::time_span:
      return value.time_span() == TimeSpan{};
    case Kind::timestamp:
      return value.timestamp() == Timestamp{};
    default:
      return false;
  }
}

bool optional_of(Call& call) {
  return give(call, Value::some(call[0]));
}
bool optional_none(Call& call) {
  return give(call, Value::none());
}
bool optional_of_non_zero(Call& call) {
  return give(call, is_zero(call[0]) ? Value::none() : Value::some(call[0]));
}

bool has_value(Call& call) {
  if (!call[0].is_optional()) return call.no_overload();
  return give(call, Value(call[0].inner() != nullptr));
}

bool value_of(Call& call) {
  if (!call[0].is_optional()) return call.no_overload();
  if (call[0].inner() == nullptr) return call.fail("the optional is empty; use `orValue`");
  return give(call, *call[0].inner());
}

}  // namespace

std::vector<Function> conversion_functions() {
  using Form = Function::Form;
  return {
      {"int",
       Form::global,
       1,
       1,
       to_int,
       kinds::integer,
       {number_kinds | kinds::text | kinds::time}},
      {"double", Form::global, 1, 1, to_double, kinds::real, {number_kinds | kinds::text}},
      {"string",
       Form::global,
       1,
       1,
       to_string,
       kinds::text,
       {number_kinds | kinds::text | kinds::boolean | kinds::time | kinds::span}},
      {"bool", Form::global, 1, 1, to_bool, kinds::boolean, {kinds::boolean | kinds::text}},
      {"timestamp",
       Form::global,
       1,
       1,
       to_timestamp,
       kinds::time,
       {kinds::time | kinds::text | kinds::integer}},
      {"duration", Form::global, 1, 1, to_duration, kinds::span, {kinds::span | kinds::text}},
      {"optional.of", Form::global, 1, 1, optional_of, kinds::optional},
      {"optional.none", Form::global, 0, 0, optional_none, kinds::optional},
      {"optional.ofNonZeroValue", Form::global, 1, 1, optional_of_non_zero, kinds::optional},
      {"hasValue", Form::method, 1, 1, has_value, kinds::boolean, {kinds::optional}},
      {"value", Form::method, 1, 1, value_of, 0, {kinds::optional}},
  };
}

}  // namespace sagaloom::expression
