// A value of the workflow language: what JSON can say, plus timestamps, durations, optionals and
// references to secrets. Immutable and cheap to copy (lists, maps and strings are shared).
//
// Threads: a Value may be copied and read from any thread; it never changes after construction.
// Units: durations and timestamps are nanoseconds (since the Unix epoch).
// Source: the CEL language definition (github.com/google/cel-spec), without bytes, unsigned
// integers and type values.
#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sagaloom::expression {

class Value;
struct Member;

using List = std::vector<Value>;
// Members sorted by key, each key once. Keys are strings in everything that comes from JSON;
// expressions may also build maps with integer and boolean keys.
using Map = std::vector<Member>;

struct Timestamp {
  std::int64_t seconds = 0;  // since the Unix epoch
  std::int32_t nanos = 0;    // 0 to 999,999,999
  auto operator<=>(const Timestamp&) const = default;
};

struct TimeSpan {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;  // same sign as seconds
  auto operator<=>(const TimeSpan&) const = default;
};

class Value {
 public:
  enum class Kind : std::uint8_t {
    null,
    boolean,
    integer,  // int64
    real,     // double
    string,   // UTF-8
    list,
    map,
    timestamp,
    time_span,
    optional,  // inside an expression only: never in state or documents
    secret,    // a reference by name, made only by `secrets.x`; never holds the secret itself
  };

  Value() = default;  // null
  Value(std::nullptr_t) {}
  Value(bool value);
  Value(int value);
  Value(std::int64_t value);
  Value(double value);
  Value(const char* text);
  Value(std::string_view text);
  Value(std::string text);
  Value(List items);
  // Sorts the members; of equal keys the last one stays.
  Value(Map members);
  Value(Timestamp time);
  Value(TimeSpan span);

  static Value list(std::initializer_list<Value> items);
  static Value object(std::initializer_list<std::pair<std::string_view, Value>> members);
  static Value secret(std::string name);
  static Value some(Value inner);  // an optional that holds a value
  static Value none();             // an optional that holds nothing

  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }
  bool is_boolean() const { return kind() == Kind::boolean; }
  bool is_integer() const { return kind() == Kind::integer; }
  bool is_real() const { return kind() == Kind::real; }
  bool is_number() const { return is_integer() || is_real(); }
  bool is_string() const { return kind() == Kind::string; }
  bool is_list() const { return kind() == Kind::list; }
  bool is_map() const { return kind() == Kind::map; }
  bool is_optional() const { return kind() == Kind::optional; }
  bool is_secret() const { return kind() == Kind::secret; }

  // Each asserts its kind.
  bool boolean() const;
  std::int64_t integer() const;
  double real() const;
  const std::string& string() const;
  const List& items() const;
  const Map& members() const;
  Timestamp timestamp() const;
  TimeSpan time_span() const;
  const std::string& secret_name() const;
  const Value* inner() const;  // of an optional; nullptr when it holds nothing

  // The member with this key; nullptr when there is none or this is not a map.
  const Value* find(std::string_view key) const;
  const Value* find(const char* key) const { return find(std::string_view(key)); }
  const Value* find(const std::string& key) const { return find(std::string_view(key)); }
  const Value* find(const Value& key) const;

  // A copy of this map with one member set; asserts that this is a map or null.
  Value with(std::string_view key, Value value) const;

  // Equality of CEL: numbers compare across int and double, maps and lists deeply.
  bool operator==(const Value& other) const;

  // Whether both are the same shared node or equal scalars: cheap, may miss equal values.
  bool identical(const Value& other) const;

  // A total order over all values, used to sort map keys; not the language's `<`.
  static std::strong_ordering order(const Value& left, const Value& right);

 private:
  struct Secret {
    std::string name;
    bool operator==(const Secret&) const = default;
  };
  struct Optional {
    std::shared_ptr<const Value> inner;
  };
  using StringPointer = std::shared_ptr<const std::string>;
  using ListPointer = std::shared_ptr<const List>;
  using MapPointer = std::shared_ptr<const Map>;
  using SecretPointer = std::shared_ptr<const Secret>;

  std::variant<std::monostate, bool, std::int64_t, double, StringPointer, ListPointer, MapPointer,
               Timestamp, TimeSpan, Optional, SecretPointer>
      data_;
};

struct Member {
  Value key;
  Value value;
};

// Size of the value as compact JSON text in bytes (strings counted unescaped); used for limits.
std::size_t byte_size(const Value& value);

// Nesting depth: 0 for a scalar, 1 for a flat list or map.
std::size_t depth(const Value& value);

// A short name for messages: "null", "bool", "int", "double", "string", "list", "map", …
std::string_view kind_name(Value::Kind kind);

}  // namespace sagaloom::expression
