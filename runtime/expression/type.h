// What is known about a value before it exists: the kinds it may have and, for maps and lists,
// what is inside.
//
// Lifecycle: immutable, shared. Threads: any. A type is a set of kinds, so "string or null" is one
// type; what is not known is left open and never reported.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/value.h"

namespace sagaloom::expression {

struct Type;
using TypePointer = std::shared_ptr<const Type>;

// A set of Value::Kind.
using Kinds = std::uint16_t;
constexpr Kinds kinds_of(Value::Kind kind) {
  return static_cast<Kinds>(1U << static_cast<unsigned>(kind));
}
inline constexpr Kinds any_kind = 0x7FF;
inline constexpr Kinds number_kinds = kinds_of(Value::Kind::integer) | kinds_of(Value::Kind::real);

struct TypeMember {
  std::string name;
  TypePointer type;          // never nullptr
  bool always = true;        // false: may be absent
  std::string why_absent{};          // for messages: "`ship` may be skipped"
  const char* absent_code = "X06";  // of the finding when it is used unguarded
};

struct Type {
  Kinds kinds = any_kind;
  TypePointer item{};                 // of lists, and inside of optionals; nullptr: anything
  std::vector<TypeMember> members{};  // of maps, sorted by name
  bool open = true;                   // maps may have other members
  TypePointer rest{};                 // type of those; nullptr: anything
  std::optional<List> values{};       // the only values it can have, from `enum` and `const`

  bool may_be(Value::Kind kind) const { return (kinds & kinds_of(kind)) != 0; }
  bool is_only(Kinds wanted) const { return (kinds & ~wanted) == 0; }
  const TypeMember* find(std::string_view name) const;
};

TypePointer any_type();
TypePointer type_of_kinds(Kinds kinds);
TypePointer list_type(TypePointer item);
TypePointer optional_type(TypePointer inner);
// Sorts the members. Closed unless said otherwise.
TypePointer map_type(std::vector<TypeMember> members, bool open = false);
TypePointer type_of_value(const Value& value);

// A value of either type; a value of both.
TypePointer unite(const TypePointer& left, const TypePointer& right);
TypePointer intersect(const TypePointer& left, const TypePointer& right);

// The type once `defaults` have been filled in: their members are there.
TypePointer with_defaults(const TypePointer& type, const Value& defaults);

// "string", "int or null", "anything".
std::string type_name(const Type& type);

}  // namespace sagaloom::expression
