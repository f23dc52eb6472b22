// The field lists that core does not give itself, and the comparison of a field with its default.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "runtime/core/record.h"
#include "runtime/core/saga.h"

namespace sagaloom::store {

// FieldList<Struct>::visit(object, v) calls v(name, member) for each member, in a fixed order.
template <typename Struct>
struct FieldList {
  template <typename Self, typename Visit>
  static void visit(Self& self, Visit&& visit) {
    Struct::fields(self, visit);
  }
};

template <>
struct FieldList<core::Failure> {
  template <typename Self, typename Visit>
  static void visit(Self& self, Visit&& visit) {
    visit("code", self.code);
    visit("kind", self.kind);
    visit("message", self.message);
    visit("step", self.step);
    visit("attempt", self.attempt);
    visit("details", self.details);
  }
};

template <>
struct FieldList<core::Note> {
  template <typename Self, typename Visit>
  static void visit(Self& self, Visit&& visit) {
    visit("code", self.code);
    visit("details", self.details);
  }
};

template <>
struct FieldList<core::Lifecycle> {
  template <typename Self, typename Visit>
  static void visit(Self& self, Visit&& visit) {
    visit("workflow", self.workflow);
    visit("version", self.version);
    visit("identity", self.identity);
    visit("state", self.state);
    visit("status", self.status);
    visit("error", self.error);
  }
};

template <>
struct FieldList<core::Emitted> {
  template <typename Self, typename Visit>
  static void visit(Self& self, Visit&& visit) {
    visit("topic", self.topic);
    visit("type", self.type);
    visit("key", self.key);
    visit("data", self.data);
    visit("headers", self.headers);
  }
};

template <typename Struct, typename Visit>
void visit_fields(Struct& object, Visit&& visit) {
  FieldList<std::remove_const_t<Struct>>::visit(object, visit);
}

inline constexpr std::size_t most_fields = 64;  // bits of a FieldMask

// Where the members of an object lie, in the order of its field list.
template <typename Struct>
std::array<const void*, most_fields> members_of(const Struct& object) {
  std::array<const void*, most_fields> list{};
  std::size_t count = 0;
  visit_fields(object, [&](const char*, const auto& member) { list.at(count++) = &member; });
  return list;
}

template <typename Struct>
const std::array<const void*, most_fields>& default_members() {
  static const Struct defaults{};
  static const auto members = members_of(defaults);
  return members;
}

template <typename Struct, typename T>
bool is_default(std::size_t index, const T& member) {
  return member == *static_cast<const T*>(default_members<Struct>()[index]);
}

}  // namespace sagaloom::store
