// Reads what text_writer.h wrote, from a parsed Value. A Reading collects the first problem with
// its place; after it every read leaves its target alone, so that callers check once at the end.
#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/core/record.h"
#include "runtime/core/saga.h"
#include "runtime/expression/result.h"
#include "runtime/expression/value.h"
#include "runtime/store/fields.h"
#include "runtime/store/names.h"

namespace sagaloom::store {

using expression::Error;
using expression::Value;

class Reading {
 public:
  // Times are milliseconds after this.
  void set_base(core::Time base) { base_ = base; }

  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

  void damaged(std::string_view place, std::string_view what) {
    fail("record.unreadable", place, what);
  }
  void newer(std::string_view place) {
    fail("record.newer", place, "is not known to this program: a newer one wrote it");
  }

  void read(std::string_view place, const Value& from, bool& to);
  void read(std::string_view place, const Value& from, double& to);
  void read(std::string_view place, const Value& from, std::string& to);
  void read(std::string_view place, const Value& from, core::Time& to);
  void read(std::string_view place, const Value& from, core::Duration& to);
  void read(std::string_view place, const Value& from, core::Try& to);
  void read(std::string_view place, const Value& from, core::Failure& to);
  void read(std::string_view place, const Value& from,
            std::vector<std::pair<std::string, std::string>>& to);
  void read(std::string_view place, const Value& from, std::vector<core::Event>& to);
  void read(std::string_view, const Value& from, Value& to) { to = from; }

  template <std::integral Number>
  void read(std::string_view place, const Value& from, Number& to) {
    // A counter of 64 bits is written unsigned; documents hold int64, far more than is ever used.
    if (!from.is_integer()) return damaged(place, "is not an integer");
    if (!std::in_range<Number>(from.integer())) return damaged(place, "is out of range");
    to = static_cast<Number>(from.integer());
  }

  template <typename Enum>
    requires std::is_enum_v<Enum>
  void read(std::string_view place, const Value& from, Enum& to) {
    if (!from.is_string()) return damaged(place, "is not a name");
    if (const auto value = from_stored_name<Enum>(from.string())) {
      to = *value;
    } else {
      newer(place);
    }
  }

  template <typename T>
  void read(std::string_view place, const Value& from, std::optional<T>& to) {
    read(place, from, to.emplace());
  }

  // Reads the members that `from` names into `to` and returns the mask of those fields. Members
  // listed in `also` are left to the caller.
  template <typename Struct>
  core::FieldMask members(std::string_view place, const Value& from, Struct& to,
                          std::initializer_list<std::string_view> also = {});

  const expression::List& list(std::string_view place, const Value& from);

 private:
  void fail(std::string_view code, std::string_view place, std::string_view what);
  bool is_cleared(const Value* none, std::string_view name) const;
  void check_cleared(std::string_view place, const Value& none, std::size_t found);

  template <typename T>
  static bool clear(T&) {
    return false;  // only an optional can be cleared
  }
  template <typename T>
  static bool clear(std::optional<T>& value) {
    value.reset();
    return true;
  }

  std::optional<Error> error_;
  core::Time base_{};
};

template <typename Struct>
core::FieldMask Reading::members(std::string_view place, const Value& from, Struct& to,
                                 std::initializer_list<std::string_view> also) {
  if (!from.is_map()) return damaged(place, "is not an object"), 0;
  const Value* none = from.find("none");
  core::FieldMask mask = 0;
  std::size_t index = 0, known = none == nullptr ? 0 : 1, cleared = 0;
  visit_fields(to, [&](std::string_view name, auto& member) {
    const core::FieldMask bit = core::FieldMask{1} << index++;
    if (const Value* value = from.find(name)) {
      ++known;
      mask |= bit;
      read(name, *value, member);
    } else if (is_cleared(none, name) && clear(member)) {
      ++cleared;
      mask |= bit;
    }
  });
  for (const auto name : also) known += from.find(name) != nullptr;
  if (none != nullptr) check_cleared(place, *none, cleared);
  if (known != from.members().size()) newer(place);
  return mask;
}

}  // namespace sagaloom::store
