// What an exploration is about: the definition, and one scenario of data for it.
//
// Lifecycle: refers to the definition, which must outlive it. Threads: read only.
#pragma once

#include <map>
#include <string>

#include "runtime/core/definition.h"
#include "runtime/core/saga.h"

namespace sagaloom::explore {

using core::Value;

// The data that stands in for the world's: one value for each place where any comes in.
struct Scenario {
  std::string title;  // "smallest input", "input /weight_g = 30000"
  Value input;
  std::map<std::string, Value> outputs;  // by operation, or "saga <step>" for a child's
  std::map<std::string, Value> heard;    // by listening: "event:<name>", "signal:<name>"
  std::map<std::string, Value> answers;  // of tasks, by step
};

struct Model {
  const core::Definition& definition;
  const Scenario& scenario;

  // nullptr: the definition does not name it.
  const core::Operation* operation(std::string_view name) const {
    for (const auto& each : definition.operations) {
      if (each->name == name) return each.get();
    }
    return nullptr;
  }
  const core::Step* step(std::string_view path) const {
    return definition.find(core::step_id(path));
  }
};

}  // namespace sagaloom::explore
