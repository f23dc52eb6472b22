// What format 1 leaves out because it is nearly always the same. Constants of the format: they
// never change, even when the program's own defaults do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/core/record.h"
#include "runtime/core/saga.h"

namespace sagaloom::store {

inline constexpr std::string_view default_topic = "sagaloom.events";
inline constexpr std::uint32_t default_rules = 1;
inline constexpr std::string_view step_output_mark = "step_output";

// The number of StepRecord's field "output".
inline std::size_t output_field() {
  static const std::size_t number = [] {
    std::size_t index = 0, found = 0;
    const core::StepRecord step;
    core::StepRecord::fields(step, [&](std::string_view name, const auto&) {
      if (name == "output") found = index;
      ++index;
    });
    return found;
  }();
  return number;
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
