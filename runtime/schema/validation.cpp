#include "runtime/schema/validation.h"

#include <algorithm>
#include <cmath>

#include "runtime/expression/text.h"
#include "runtime/schema/pointer.h"

namespace sagaloom::schema {
namespace {

using expression::Value;
using Kind = Value::Kind;

bool is_whole(double real) {
  return std::isfinite(real) && std::trunc(real) == real;
}

std::uint8_t bits_of(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return type_null;
    case Kind::boolean:
      return type_boolean;
    case Kind::integer:
      return type_number | type_integer;
    case Kind::real:
      return is_whole(value.real()) ? type_number | type_integer : type_number;
    case Kind::list:
      return type_array;
    case Kind::map:
      return type_object;
    default:
      return type_string;
  }
}

std::string type_names(std::uint8_t types) {
  static constexpr std::pair<std::uint8_t, std::string_view> names[] = {
      {type_null, "null"},     {type_boolean, "boolean"}, {type_object, "object"},
      {type_array, "array"},   {type_number, "number"},   {type_integer, "integer"},
      {type_string, "string"},
  };
  std::string text;
  for (const auto& [bit, name] : names) {
    if (!(types & bit)) continue;
    if (!text.empty()) text += " or ";
    text += name;
  }
  return text;
}

std::string_view json_name(const Value& value) {
  const auto bits = bits_of(value);
  if (bits & type_number) return "number";
  if (bits & type_array) return "array";
  if (bits & type_object) return "object";
  if (bits & type_boolean) return "boolean";
  return bits & type_null ? "null" : "string";
}

void merge(std::vector<bool>& into, const std::vector<bool>& from) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = into[i] || from[i];
}

}  // namespace

std::vector<Violation> Validation::run(const Schema::Node& root, const Value& value) {
  if (limit_ > 0) check(root, value, Place{}, nullptr);
  return std::move(violations_);
}

bool Validation::refuse(const Place& place, std::string_view code, std::string message) {
  if (quiet_ > 0 || violations_.size() >= limit_) return false;
  std::vector<const Place*> chain;
  for (const Place* at = &place; at->parent != nullptr; at = at->parent) chain.push_back(at);
  std::string pointer;
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    append_token(pointer, (*at)->is_key ? std::string((*at)->key) : std::to_string((*at)->index));
  }
  violations_.push_back({std::move(pointer), std::string(code), std::move(message)});
  return false;
}

bool Validation::spend(std::size_t units) {
  if (exhausted_) return false;
  if (units <= work_) {
    work_ -= units;
    return true;
  }
  return give_up();
}

bool Validation::give_up() {
  if (exhausted_) return false;
  exhausted_ = true;
  quiet_ = 0;
  if (violations_.size() >= limit_) violations_.pop_back();
  return refuse(Place{}, "limit", "checking this value against its schema takes too long");
}

bool Validation::check(const Schema::Node& node, const Value& value, const Place& place,
                       Evaluated* evaluated) {
  if (!spend(1)) return false;
  const Level level(*this);
  if (depth_ > deepest) return give_up();
  if (node.refuses_all) return refuse(place, "false", "nothing is allowed here");
  switch (value.kind()) {
    // What a secret holds is not known here; the step that gets it will see.
    case Kind::secret:
      return true;
    case Kind::timestamp:
    case Kind::time_span:
      return check_kind(node, Value(*expression::text_of(value)), place, evaluated);
    default:
      return check_kind(node, value, place, evaluated);
  }
}

bool Validation::check_kind(const Schema::Node& node, const Value& value, const Place& place,
                            Evaluated* evaluated) {
  if (node.types != 0 && !(node.types & bits_of(value))) {
    return refuse(place, "type",
                  "must be " + type_names(node.types) + ", not " + std::string(json_name(value)));
  }
  const bool collects = (node.map && node.map->unevaluated && value.is_map()) ||
                        (node.list && node.list->unevaluated && value.is_list());
  Evaluated own;
  if (collects) own.resize(value.is_map() ? value.members().size() : value.items().size());
  Evaluated* seen = collects ? &own : evaluated;
  bool good = scalars(node, value, place);
  if (goes_on(good) && node.list && value.is_list()) {
    good = list(*node.list, value, place, seen) && good;
  }
  if (goes_on(good) && node.map && value.is_map()) {
    good = map(*node.map, value, place, seen) && good;
  }
  if (goes_on(good)) good = combined(node, value, place, seen) && good;
  if (collects && good) {
    good = unevaluated(node, value, place, own);
    if (good && evaluated != nullptr) merge(*evaluated, own);
  }
  return good && !exhausted_;
}

bool Validation::scalars(const Schema::Node& node, const Value& value, const Place& place) {
  bool good = true;
  if (node.constant && *node.constant != value) {
    good = refuse(place, "const", "must be the one value that is allowed");
  }
  if (node.allowed) {
    spend(node.allowed->size() / 16);
    if (std::find(node.allowed->begin(), node.allowed->end(), value) == node.allowed->end()) {
      good = refuse(place, "enum",
                    "must be one of the " + std::to_string(node.allowed->size()) +
                        " values that are allowed");
    }
  }
  if (node.number && value.is_number()) good = number(*node.number, value, place) && good;
  if (node.text && value.is_string()) good = text(*node.text, value, place) && good;
  return good;
}

bool Validation::combined(const Schema::Node& node, const Value& value, const Place& place,
                          Evaluated* evaluated) {
  bool good = true;
  if (node.reference != nullptr) good = check(*node.reference, value, place, evaluated);
  for (const auto& part : node.all_of) {
    if (!goes_on(good)) return false;
    good = check(*part, value, place, evaluated) && good;
  }
  if (!node.any_of.empty()) good = any_of(node, value, place, evaluated) && good;
  if (!node.one_of.empty()) good = one_of(node, value, place, evaluated) && good;
  if (node.none_of && goes_on(good) && fits(*node.none_of, value, place, nullptr)) {
    good = refuse(place, "not", "fits what is forbidden here");
  }
  if (node.condition) good = conditional(node, value, place, evaluated) && good;
  return good;
}

bool Validation::fits(const Schema::Node& node, const Value& value, const Place& place,
                      Evaluated* evaluated) {
  ++quiet_;
  Evaluated own(evaluated == nullptr ? 0 : evaluated->size());
  const bool good = check(node, value, place, evaluated == nullptr ? nullptr : &own);
  if (!exhausted_) --quiet_;
  if (good && evaluated != nullptr) merge(*evaluated, own);
  return good;
}

bool Validation::any_of(const Schema::Node& node, const Value& value, const Place& place,
                        Evaluated* evaluated) {
  bool good = false;
  for (const auto& part : node.any_of) {
    good = fits(*part, value, place, evaluated) || good;
    if (exhausted_) return false;
    // All branches must be seen only where someone asks what they speak about.
    if (good && evaluated == nullptr) return true;
  }
  if (good) return true;
  return refuse(place, "anyOf",
                "fits none of the " + std::to_string(node.any_of.size()) + " alternatives");
}

bool Validation::one_of(const Schema::Node& node, const Value& value, const Place& place,
                        Evaluated* evaluated) {
  std::size_t fitting = 0;
  for (const auto& part : node.one_of) {
    fitting += fits(*part, value, place, evaluated) ? 1 : 0;
    if (exhausted_) return false;
    if (fitting > 1) return refuse(place, "oneOf", "fits more than one of the alternatives");
  }
  if (fitting == 1) return true;
  return refuse(place, "oneOf",
                "fits none of the " + std::to_string(node.one_of.size()) + " alternatives");
}

bool Validation::conditional(const Schema::Node& node, const Value& value, const Place& place,
                             Evaluated* evaluated) {
  const bool holds = fits(*node.condition, value, place, evaluated);
  if (exhausted_) return false;
  const auto& next = holds ? node.then : node.otherwise;
  return !next || check(*next, value, place, evaluated);
}

// What no other keyword has spoken about.
bool Validation::unevaluated(const Schema::Node& node, const Value& value, const Place& place,
                             Evaluated& evaluated) {
  const NodePointer& rest = value.is_map() ? node.map->unevaluated : node.list->unevaluated;
  bool good = true;
  for (std::size_t i = 0; i < evaluated.size() && goes_on(good); ++i) {
    if (evaluated[i]) continue;
    evaluated[i] = true;
    if (value.is_list()) {
      good = check(*rest, value.items()[i], {&place, {}, i, false}, nullptr) && good;
      continue;
    }
    const auto& [key, member] = value.members()[i];
    const std::string_view name = key.is_string() ? std::string_view(key.string()) : "";
    good = check(*rest, member, {&place, name, 0, true}, nullptr) && good;
  }
  return good;
}

}  // namespace sagaloom::schema
