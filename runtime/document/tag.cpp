#include "runtime/document/tag.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/expression/time.h"

namespace sagaloom::document {
namespace {

using expression::Map;
using expression::Value;

std::optional<Value> real_of(std::string_view name) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (name == "NaN") return Value(std::numeric_limits<double>::quiet_NaN());
  if (name == "Infinity") return Value(infinity);
  if (name == "-Infinity") return Value(-infinity);
  return std::nullopt;
}

std::optional<Value> scalar_of(std::string_view tag, const std::string& text) {
  if (tag == "$secret") return Value::secret(text);
  if (tag == "$real") return real_of(text);
  if (tag == "$timestamp") {
    const auto time = expression::parse_timestamp(text);
    return time ? std::optional(Value(*time)) : std::nullopt;
  }
  if (tag == "$duration") {
    const auto span = expression::parse_duration(text);
    return span ? std::optional(Value(*span)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> entries_of(const expression::List& entries) {
  Map members;
  members.reserve(entries.size());
  for (const auto& entry : entries) {
    if (!entry.is_list() || entry.items().size() != 2) return std::nullopt;
    members.push_back({entry.items()[0], entry.items()[1]});
  }
  return Value(std::move(members));
}

}  // namespace

bool has_dollar_key(const Map& members) {
  // Keys are sorted, so those with `$` stand together behind all that sort below "$".
  const auto found =
      std::lower_bound(members.begin(), members.end(), std::string_view("$"),
                       [](const expression::Member& member, std::string_view dollar) {
                         return !member.key.is_string() || member.key.string() < dollar;
                       });
  return found != members.end() && found->key.string().starts_with('$');
}

bool is_tag(const Value& map) {
  return has_dollar_key(map.members());
}

std::optional<Value> untag(const Value& map) {
  if (map.members().size() != 1) return std::nullopt;
  const auto& [key, value] = map.members().front();
  if (key.string() == "$map" && value.is_map()) return value;
  if (key.string() == "$entries" && value.is_list()) return entries_of(value.items());
  if (value.is_string()) return scalar_of(key.string(), value.string());
  return std::nullopt;
}

std::string_view name_of_real(double real) {
  if (std::isnan(real)) return "NaN";
  return real > 0 ? "Infinity" : "-Infinity";
}

}  // namespace sagaloom::document
