#include "runtime/expression/value.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

namespace sagaloom::expression {
namespace {

template <typename T>
bool same_or_deep(const std::shared_ptr<const T>& left, const std::shared_ptr<const T>& right) {
  return left == right || *left == *right;
}

// Exact comparison of an int64 with a double: no rounding of the integer.
std::partial_ordering compare_numbers(std::int64_t left, double right) {
  if (std::isnan(right)) return std::partial_ordering::unordered;
  if (right >= 9223372036854775808.0) return std::partial_ordering::less;
  if (right < -9223372036854775808.0) return std::partial_ordering::greater;
  const double whole = std::trunc(right);
  const auto integer = static_cast<std::int64_t>(whole);
  if (left != integer) return left <=> integer;
  return 0.0 <=> right - whole;
}

bool equal_maps(const Map& left, const Map& right) {
  if (left.size() != right.size()) return false;
  return std::equal(left.begin(), left.end(), right.begin(), [](const Member& a, const Member& b) {
    return a.key == b.key && a.value == b.value;
  });
}

bool sorted_and_unique(const Map& members) {
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (Value::order(members[i - 1].key, members[i].key) >= 0) return false;
  }
  return true;
}

Map sorted(Map members) {
  if (sorted_and_unique(members)) return members;
  std::stable_sort(members.begin(), members.end(),
                   [](const Member& a, const Member& b) { return Value::order(a.key, b.key) < 0; });
  Map unique;
  unique.reserve(members.size());
  for (auto& member : members) {
    if (!unique.empty() && Value::order(unique.back().key, member.key) == 0) unique.pop_back();
    unique.push_back(std::move(member));
  }
  return unique;
}

// The first member whose key is not below `key`. String keys sort behind all other kinds that a
// map can have, so a member of another kind is always below.
Map::const_iterator lower_bound(const Map& members, std::string_view key) {
  return std::lower_bound(members.begin(), members.end(), key,
                          [](const Member& member, std::string_view wanted) {
                            return !member.key.is_string() || member.key.string() < wanted;
                          });
}

template <typename T>
std::strong_ordering order_of(const T& left, const T& right) {
  return left <=> right;
}

std::strong_ordering order_lists(const List& left, const List& right) {
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(),
                                                right.end(), Value::order);
}

std::strong_ordering order_maps(const Map& left, const Map& right) {
  return std::lexicographical_compare_three_way(
      left.begin(), left.end(), right.begin(), right.end(), [](const Member& a, const Member& b) {
        const auto keys = Value::order(a.key, b.key);
        return keys != 0 ? keys : Value::order(a.value, b.value);
      });
}

std::size_t digits(std::int64_t number) {
  char buffer[24];
  return static_cast<std::size_t>(std::to_chars(buffer, buffer + sizeof buffer, number).ptr -
                                  buffer);
}

std::size_t digits(double number) {
  char buffer[40];
  return static_cast<std::size_t>(std::to_chars(buffer, buffer + sizeof buffer, number).ptr -
                                  buffer);
}

std::size_t list_size(const List& items) {
  std::size_t size = 2 + (items.empty() ? 0 : items.size() - 1);
  for (const auto& item : items) size += byte_size(item);
  return size;
}

std::size_t map_size(const Map& members) {
  std::size_t size = 2 + (members.empty() ? 0 : members.size() - 1);
  for (const auto& member : members) size += byte_size(member.key) + 1 + byte_size(member.value);
  return size;
}

}  // namespace

Value::Value(bool value) : data_(value) {}
Value::Value(int value) : data_(static_cast<std::int64_t>(value)) {}
Value::Value(std::int64_t value) : data_(value) {}
Value::Value(double value) : data_(value) {}
Value::Value(const char* text) : Value(std::string(text)) {}
Value::Value(std::string_view text) : Value(std::string(text)) {}
Value::Value(std::string text) : data_(std::make_shared<const std::string>(std::move(text))) {}
Value::Value(List items) : data_(std::make_shared<const List>(std::move(items))) {}
Value::Value(Map members) : data_(std::make_shared<const Map>(sorted(std::move(members)))) {}
Value::Value(Timestamp time) : data_(time) {}
Value::Value(TimeSpan span) : data_(span) {}

Value Value::list(std::initializer_list<Value> items) {
  return Value(List(items));
}

Value Value::object(std::initializer_list<std::pair<std::string_view, Value>> members) {
  Map map;
  map.reserve(members.size());
  for (const auto& [key, value] : members) map.push_back({Value(key), value});
  return Value(std::move(map));
}

Value Value::secret(std::string name) {
  Value value;
  value.data_ = std::make_shared<const Secret>(Secret{std::move(name)});
  return value;
}

Value Value::some(Value inner) {
  Value value;
  value.data_ = Optional{std::make_shared<const Value>(std::move(inner))};
  return value;
}

Value Value::none() {
  Value value;
  value.data_ = Optional{};
  return value;
}

Value::Kind Value::kind() const {
  return static_cast<Kind>(data_.index());
}

bool Value::boolean() const {
  assert(is_boolean());
  return *std::get_if<bool>(&data_);
}

std::int64_t Value::integer() const {
  assert(is_integer());
  return *std::get_if<std::int64_t>(&data_);
}

double Value::real() const {
  assert(is_real());
  return *std::get_if<double>(&data_);
}

const std::string& Value::string() const {
  assert(is_string());
  return **std::get_if<StringPointer>(&data_);
}

const List& Value::items() const {
  assert(is_list());
  return **std::get_if<ListPointer>(&data_);
}

const Map& Value::members() const {
  assert(is_map());
  return **std::get_if<MapPointer>(&data_);
}

Timestamp Value::timestamp() const {
  assert(kind() == Kind::timestamp);
  return *std::get_if<Timestamp>(&data_);
}

TimeSpan Value::time_span() const {
  assert(kind() == Kind::time_span);
  return *std::get_if<TimeSpan>(&data_);
}

const std::string& Value::secret_name() const {
  assert(is_secret());
  return (*std::get_if<SecretPointer>(&data_))->name;
}

const Value* Value::inner() const {
  assert(is_optional());
  return std::get_if<Optional>(&data_)->inner.get();
}

const Value* Value::find(std::string_view key) const {
  if (!is_map()) return nullptr;
  const Map& map = members();
  const auto found = lower_bound(map, key);
  if (found == map.end() || found->key.string() != key) return nullptr;
  return &found->value;
}

const Value* Value::find(const Value& key) const {
  if (key.is_string()) return find(std::string_view(key.string()));
  if (!is_map()) return nullptr;
  if (key.is_real()) {
    const double real = key.real();
    const bool fits = real >= -9223372036854775808.0 && real < 9223372036854775808.0;
    if (!fits || std::trunc(real) != real) return nullptr;
    return find(Value(static_cast<std::int64_t>(real)));
  }
  const Map& map = members();
  const auto found = std::lower_bound(
      map.begin(), map.end(), key,
      [](const Member& member, const Value& wanted) { return order(member.key, wanted) < 0; });
  return found != map.end() && order(found->key, key) == 0 ? &found->value : nullptr;
}

Value Value::with(std::string_view key, Value value) const {
  assert(is_map() || is_null());
  if (is_null()) return Value(Map{{Value(key), std::move(value)}});
  const Map& old = members();
  const auto place = lower_bound(old, key);
  const bool replaces = place != old.end() && place->key.string() == key;
  Map map;
  map.reserve(old.size() + 1);
  map.insert(map.end(), old.begin(), place);
  map.push_back({replaces ? place->key : Value(key), std::move(value)});
  map.insert(map.end(), place + (replaces ? 1 : 0), old.end());
  return Value(std::move(map));
}

bool Value::operator==(const Value& other) const {
  if (is_integer() && other.is_real()) return compare_numbers(integer(), other.real()) == 0;
  if (is_real() && other.is_integer()) return compare_numbers(other.integer(), real()) == 0;
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return boolean() == other.boolean();
    case Kind::integer:
      return integer() == other.integer();
    case Kind::real:
      return real() == other.real();
    case Kind::string:
      return same_or_deep(*std::get_if<StringPointer>(&data_),
                          *std::get_if<StringPointer>(&other.data_));
    // Never by identity: a list or map that holds NaN does not equal itself.
    case Kind::list:
      return items() == other.items();
    case Kind::map:
      return equal_maps(members(), other.members());
    case Kind::timestamp:
      return timestamp() == other.timestamp();
    case Kind::time_span:
      return time_span() == other.time_span();
    case Kind::optional:
      return inner() && other.inner() ? *inner() == *other.inner() : inner() == other.inner();
    case Kind::secret:
      return secret_name() == other.secret_name();
  }
  return false;
}

bool Value::identical(const Value& other) const {
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case Kind::string:
      return std::get_if<StringPointer>(&data_)->get() ==
             std::get_if<StringPointer>(&other.data_)->get();
    case Kind::list:
      return std::get_if<ListPointer>(&data_)->get() ==
             std::get_if<ListPointer>(&other.data_)->get();
    case Kind::map:
      return std::get_if<MapPointer>(&data_)->get() == std::get_if<MapPointer>(&other.data_)->get();
    case Kind::optional:
      return inner() == other.inner();
    default:
      return *this == other;
  }
}

std::strong_ordering Value::order(const Value& left, const Value& right) {
  // Strings are the usual keys, so they come first here and last in the order of kinds below.
  if (left.is_string() && right.is_string()) return left.string() <=> right.string();
  if (left.kind() != right.kind()) return left.data_.index() <=> right.data_.index();
  switch (left.kind()) {
    case Kind::boolean:
      return order_of(left.boolean(), right.boolean());
    case Kind::integer:
      return order_of(left.integer(), right.integer());
    case Kind::real:
      return std::strong_order(left.real(), right.real());
    case Kind::list:
      return order_lists(left.items(), right.items());
    case Kind::map:
      return order_maps(left.members(), right.members());
    case Kind::timestamp:
      return left.timestamp() <=> right.timestamp();
    case Kind::time_span:
      return left.time_span() <=> right.time_span();
    case Kind::secret:
      return left.secret_name() <=> right.secret_name();
    case Kind::optional:
      if (left.inner() && right.inner()) return order(*left.inner(), *right.inner());
      return order_of(left.inner() != nullptr, right.inner() != nullptr);
    default:
      return std::strong_ordering::equal;
  }
}

std::size_t byte_size(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return 4;
    case Value::Kind::boolean:
      return value.boolean() ? 4 : 5;
    case Value::Kind::integer:
      return digits(value.integer());
    case Value::Kind::real:
      return digits(value.real());
    case Value::Kind::string:
      return value.string().size() + 2;
    case Value::Kind::list:
      return list_size(value.items());
    case Value::Kind::map:
      return map_size(value.members());
    case Value::Kind::timestamp:
      return 32;
    case Value::Kind::time_span:
      return 24;
    case Value::Kind::optional:
      return value.inner() ? byte_size(*value.inner()) : 4;
    case Value::Kind::secret:
      return value.secret_name().size() + 14;
  }
  return 0;
}

std::size_t depth(const Value& value) {
  std::size_t deepest = 0;
  if (value.is_list()) {
    for (const auto& item : value.items()) deepest = std::max(deepest, depth(item));
    return deepest + 1;
  }
  if (value.is_map()) {
    for (const auto& member : value.members()) deepest = std::max(deepest, depth(member.value));
    return deepest + 1;
  }
  return value.is_optional() && value.inner() ? depth(*value.inner()) : 0;
}

std::string_view kind_name(Value::Kind kind) {
  static constexpr std::string_view names[] = {"null",     "bool",     "int",   "double",
                                               "string",   "list",     "map",   "timestamp",
                                               "duration", "optional", "secret"};
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace sagaloom::expression
