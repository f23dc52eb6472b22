// The keywords of Validation that belong to one kind of value.

#include <algorithm>
#include <cmath>

#include "runtime/expression/text.h"
#include "runtime/expression/utf8.h"
#include "runtime/schema/order.h"
#include "runtime/schema/validation.h"

namespace sagaloom::schema {
namespace {

using expression::Member;
using expression::Value;

double real_of(const Value& number) {
  return number.is_real() ? number.real() : static_cast<double>(number.integer());
}

bool is_multiple(const Value& value, const Value& of) {
  if (value.is_integer() && of.is_integer()) return value.integer() % of.integer() == 0;
  const double number = real_of(value);
  const double unit = real_of(of);
  if (std::fmod(number, unit) == 0) return true;
  // 0.0075 is a multiple of 0.0001 for people, though not for binary fractions.
  const double times = number / unit;
  return std::isfinite(times) &&
         std::fabs(times - std::round(times)) <= 1e-9 * std::max(1.0, std::fabs(times)) * 1e-3;
}

std::string count_text(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string number_text(const Value& number) {
  return *expression::text_of(number);
}

}  // namespace

bool Validation::number(const NumberRules& rules, const Value& value, const Place& place) {
  bool good = true;
  const auto bound = [&](const std::optional<Value>& limit, std::string_view code,
                         std::string_view words, auto fits) {
    if (!limit || fits(order_of(value, *limit))) return;
    good = refuse(place, code, "must be " + std::string(words) + " " + number_text(*limit));
  };
  bound(rules.minimum, "minimum", "at least", [](auto order) { return order >= 0; });
  bound(rules.maximum, "maximum", "at most", [](auto order) { return order <= 0; });
  bound(rules.exclusive_minimum, "exclusiveMinimum", "more than",
        [](auto order) { return order > 0; });
  bound(rules.exclusive_maximum, "exclusiveMaximum", "less than",
        [](auto order) { return order < 0; });
  if (rules.multiple_of && !is_multiple(value, *rules.multiple_of)) {
    good = refuse(place, "multipleOf", "must be a multiple of " + number_text(*rules.multiple_of));
  }
  return good;
}

bool Validation::text(const TextRules& rules, const Value& value, const Place& place) {
  const std::string& text = value.string();
  if (!spend(text.size() / 256)) return false;
  bool good = true;
  if (rules.min_length > 0 || rules.max_length != SIZE_MAX) {
    const std::size_t length = expression::count_code_points(text);
    if (length < rules.min_length) {
      good = refuse(place, "minLength",
                    "must have at least " + count_text(rules.min_length, "character"));
    }
    if (length > rules.max_length) {
      good = refuse(place, "maxLength",
                    "must have at most " + count_text(rules.max_length, "character"));
    }
  }
  if (rules.pattern) {
    if (!spend(text.size() / 32)) return false;
    if (!rules.pattern->matches(text)) {
      good = refuse(place, "pattern", "must match " + rules.pattern_text);
    }
  }
  if (rules.format != nullptr && !rules.format(text)) {
    good = refuse(place, "format", "must be a " + rules.format_name);
  }
  return good;
}

bool Validation::list(const ListRules& rules, const Value& value, const Place& place,
                      Evaluated* evaluated) {
  const auto& items = value.items();
  bool good = true;
  if (items.size() < rules.min_items) {
    good = refuse(place, "minItems", "must have at least " + count_text(rules.min_items, "item"));
  }
  if (items.size() > rules.max_items) {
    good = refuse(place, "maxItems", "must have at most " + count_text(rules.max_items, "item"));
  }
  if (rules.unique && goes_on(good)) {
    if (!spend(items.size())) return false;
    if (has_equal_items(items)) good = refuse(place, "uniqueItems", "must not hold an item twice");
  }
  for (std::size_t i = 0; i < items.size() && goes_on(good); ++i) {
    const NodePointer* node = i < rules.prefix.size() ? &rules.prefix[i] : &rules.items;
    if (!*node) break;
    if (evaluated != nullptr) (*evaluated)[i] = true;
    good = check(**node, items[i], {&place, {}, i, false}, nullptr) && good;
  }
  return rules.contains && goes_on(good) ? contains(rules, value, place, evaluated) && good : good;
}

bool Validation::contains(const ListRules& rules, const Value& value, const Place& place,
                          Evaluated* evaluated) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    const Place inner{&place, {}, i, false};
    if (!fits(*rules.contains, value.items()[i], inner, nullptr)) continue;
    ++count;
    if (evaluated != nullptr) (*evaluated)[i] = true;
  }
  if (exhausted_) return false;
  if (count < rules.min_contains) {
    return refuse(place, "contains",
                  "must hold at least " + std::to_string(rules.min_contains) + " fitting item");
  }
  if (count <= rules.max_contains) return true;
  return refuse(place, "maxContains",
                "must hold at most " + std::to_string(rules.max_contains) + " fitting items");
}

bool Validation::map(const MapRules& rules, const Value& value, const Place& place,
                     Evaluated* evaluated) {
  const std::size_t size = value.members().size();
  bool good = true;
  for (const auto& name : rules.required) {
    if (!goes_on(good)) return false;
    if (value.find(name) == nullptr) good = refuse(place, "required", "`" + name + "` is missing");
  }
  if (size < rules.min_properties) {
    good = refuse(place, "minProperties",
                  "must have at least " + count_text(rules.min_properties, "member"));
  }
  if (size > rules.max_properties) {
    good = refuse(place, "maxProperties",
                  "must have at most " + count_text(rules.max_properties, "member"));
  }
  if (goes_on(good)) good = members(rules, value, place, evaluated) && good;
  if (goes_on(good)) good = dependencies(rules, value, place, evaluated) && good;
  return good;
}

bool Validation::members(const MapRules& rules, const Value& value, const Place& place,
                         Evaluated* evaluated) {
  if (rules.properties.empty() && rules.patterns.empty() && !rules.additional && !rules.names) {
    return true;
  }
  bool good = true;
  const auto& all = value.members();
  for (std::size_t i = 0; i < all.size() && goes_on(good); ++i) {
    const std::string key = all[i].key.is_string() ? std::string() : number_text(all[i].key);
    const std::string& name = all[i].key.is_string() ? all[i].key.string() : key;
    const Place inner{&place, name, 0, true};
    bool known = false;
    good = member(rules, all[i], inner, known) && good;
    if (!known && rules.additional) {
      known = true;
      // `false` names the member that is too much, not the schema.
      if (rules.additional->refuses_all) {
        good = refuse(inner, "additionalProperties", "`" + name + "` is not known here");
      } else {
        good = check(*rules.additional, all[i].value, inner, nullptr) && good;
      }
    }
    if (known && evaluated != nullptr) (*evaluated)[i] = true;
  }
  return good;
}

// `properties`, `patternProperties` and `propertyNames` for one member.
bool Validation::member(const MapRules& rules, const Member& member, const Place& place,
                        bool& known) {
  bool good = true;
  const auto found = std::lower_bound(
      rules.properties.begin(), rules.properties.end(), place.key,
      [](const NamedNode& node, std::string_view name) { return node.name < name; });
  if (found != rules.properties.end() && found->name == place.key) {
    known = true;
    good = check(*found->node, member.value, place, nullptr);
  }
  for (const auto& pattern : rules.patterns) {
    if (!spend(1 + place.key.size() / 32)) return false;
    if (!pattern.pattern->matches(place.key)) continue;
    known = true;
    good = check(*pattern.node, member.value, place, nullptr) && good;
  }
  if (rules.names && !fits(*rules.names, Value(place.key), place, nullptr)) {
    good = refuse(place, "propertyNames", "this name is not allowed");
  }
  return good;
}

bool Validation::dependencies(const MapRules& rules, const Value& value, const Place& place,
                              Evaluated* evaluated) {
  bool good = true;
  for (const auto& [name, required] : rules.dependent_required) {
    if (value.find(name) == nullptr) continue;
    for (const auto& other : required) {
      if (value.find(other) != nullptr) continue;
      good = refuse(place, "dependentRequired", "`" + other + "` must go with `" + name + "`");
      if (!goes_on(good)) return false;
    }
  }
  for (const auto& [name, node] : rules.dependent_schemas) {
    if (!goes_on(good)) return false;
    if (value.find(name) != nullptr) good = check(*node, value, place, evaluated) && good;
  }
  return good;
}

}  // namespace sagaloom::schema
