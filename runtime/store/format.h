// What format 1 leaves out because it is nearly always the same. Constants of the format: they
// never change, even when the program's own defaults do.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "runtime/core/record.h"
#include "runtime/core/saga.h"

namespace sagaloom::store {

inline constexpr std::string_view default_topic = "sagaloom.events";
inline constexpr std::uint32_t default_rules = 1;

// The place of a named field in a struct's list.
template <typename Struct>
std::size_t field_number(std::string_view wanted) {
  std::size_t index = 0, found = 0;
  static const Struct object;  // a local one makes g++ 12 warn of its destructor
  Struct::fields(object, [&](std::string_view name, const auto&) {
    if (name == wanted) found = index;
    ++index;
  });
  return found;
}

inline std::size_t output_field() {
  static const std::size_t number = field_number<core::StepRecord>("output");
  return number;
}

inline std::size_t updated_field() {
  static const std::size_t number = field_number<core::SagaRecord>("updated");
  return number;
}

// What the head's changed fields already say about the lifecycle of the same record.
inline core::Lifecycle implied_lifecycle(const core::Record& record) {
  core::Lifecycle implied;
  core::FieldMask bit = 1;
  core::SagaRecord::fields(record.head, [&](std::string_view name, const auto& value) {
    using Member = std::remove_cvref_t<decltype(value)>;
    const bool changed = (record.head_changed & bit) != 0;
    bit <<= 1;
    if (!changed) return;
    if constexpr (std::same_as<Member, std::string>) {
      if (name == "workflow") implied.workflow = value;
      if (name == "identity") implied.identity = value;
      if (name == "status") implied.status = value;
    } else if constexpr (std::same_as<Member, std::uint32_t>) {
      if (name == "version") implied.version = value;
    }
  });
  return implied;
}

// The output that this record keeps at the step its event is about; nullptr: none.
inline const expression::Value* kept_output(const core::Record& record) {
  const core::FieldMask bit = core::FieldMask{1} << output_field();
  for (const auto& change : record.steps) {
    if (change.path == record.event.path && change.changed & bit && change.step.output) {
      return &*change.step.output;
    }
  }
  return nullptr;
}

}  // namespace sagaloom::store
