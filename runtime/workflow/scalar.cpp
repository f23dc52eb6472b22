#include "runtime/workflow/scalar.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace sagaloom::workflow {
namespace {

using expression::Value;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (text == word) return true;
  }
  return false;
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits(std::string_view text, std::size_t at) {
  while (at < text.size() && digit(text[at])) ++at;
  return at;
}

std::string_view unsigned_part(std::string_view text) {
  const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  return sign ? text.substr(1) : text;
}

bool is_integer(std::string_view text) {
  const auto rest = unsigned_part(text);
  return !rest.empty() && digits(rest, 0) == rest.size();
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
  const auto rest = unsigned_part(text);
  std::size_t at = digits(rest, 0);
  const bool whole = at > 0;
  bool fraction = false;
  if (at < rest.size() && rest[at] == '.') {
    const std::size_t end = digits(rest, at + 1);
    fraction = end > at + 1;
    at = end;
  }
  if (!whole && !fraction) return false;
  if (at < rest.size() && (rest[at] == 'e' || rest[at] == 'E')) {
    ++at;
    if (at < rest.size() && (rest[at] == '-' || rest[at] == '+')) ++at;
    const std::size_t end = digits(rest, at);
    if (end == at) return false;
    at = end;
  }
  return at == rest.size();
}

bool is_special(std::string_view text) {
  return one_of(unsigned_part(text), {".inf", ".Inf", ".INF"}) ||
         one_of(text, {".nan", ".NaN", ".NAN"});
}

Resolved integer(std::string_view text, int base) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [last, problem] = std::from_chars(text.data(), end, value, base);
  if (problem != std::errc() || last != end) return {Value(), "an integer beyond 64 bits"};
  return {Value(value), nullptr};
}

bool is_prefixed(std::string_view text, char kind, std::string_view alphabet) {
  return text.size() > 2 && text[0] == '0' && text[1] == kind &&
         text.find_first_not_of(alphabet, 2) == std::string_view::npos;
}

Resolved real(const std::string& text) {
  const double value = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(value)) return {Value(), "a number beyond the range of a double"};
  return {Value(value), nullptr};
}

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::int64_t kLongest_ms = 10'000LL * 86'400'000;

std::size_t unit_index(std::string_view name) {
  std::size_t i = 0;
  while (i < kUnits.size() && kUnits[i].name != name) ++i;
  return i;
}

}  // namespace

Resolved resolve(const Node& scalar) {
  const std::string& text = scalar.text;
  if (scalar.style != Node::Style::plain) return {Value(text), nullptr};
  if (text.empty() || one_of(text, {"~", "null", "Null", "NULL"})) return {};
  if (one_of(text, {"true", "True", "TRUE"})) return {Value(true), nullptr};
  if (one_of(text, {"false", "False", "FALSE"})) return {Value(false), nullptr};
  if (is_integer(text)) return integer(text, 10);
  if (is_prefixed(text, 'o', "01234567")) return integer(text.substr(2), 8);
  if (is_prefixed(text, 'x', "0123456789abcdefABCDEF")) return integer(text.substr(2), 16);
  if (is_float(text)) return real(text);
  if (is_special(text)) return {Value(), "infinity and NaN are not values of the language"};
  return {Value(text), nullptr};
}

Value to_value(const Node& node, Report& report) {
  if (node.is_map()) {
    expression::Map members;
    members.reserve(node.members.size());
    for (const auto& m : node.members) members.push_back({Value(m.key), to_value(m.value, report)});
    return Value(std::move(members));
  }
  if (node.is_list()) {
    expression::List items;
    items.reserve(node.items.size());
    for (const auto& item : node.items) items.push_back(to_value(item, report));
    return Value(std::move(items));
  }
  if (node.is_broken()) return Value();
  Resolved resolved = resolve(node);
  if (resolved.problem) {
    report.error("S02", node.offset, resolved.problem, "quote it if it is meant as text");
  }
  return std::move(resolved.value);
}

std::optional<core::Duration> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::size_t last_unit = 0;  // index after that of the last unit
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const std::size_t number_end = digits(text, 0);
    std::size_t end = number_end;
    while (end < text.size() && !digit(text[end])) ++end;
    const std::size_t unit = unit_index(text.substr(number_end, end - number_end));
    if (number_end == 0 || number_end > 12 || unit == kUnits.size() || unit < last_unit) {
      return std::nullopt;
    }
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + number_end, count);
    if (count > kLongest_ms / kUnits[unit].ms) return std::nullopt;
    total += count * kUnits[unit].ms;
    last_unit = unit + 1;
    text.remove_prefix(end);
  }
  return total > kLongest_ms ? std::nullopt : std::optional(core::Duration(total));
}

}  // namespace sagaloom::workflow
