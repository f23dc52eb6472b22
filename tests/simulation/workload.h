// Random workflows for the simulator: trees of every kind of step, with random manifests, budgets
// and, often, a pivot.
#pragma once

#include <memory>
#include <vector>

#include "runtime/core/definition.h"
#include "tests/simulation/world.h"

namespace sagaloom::simulation {

std::shared_ptr<core::Definition> random_definition(Random& random, int number);
// Version 2 of the definition that the same `random` gives: one more step at the end, so that every
// saga of version 1 that has not ended may move to it.
std::shared_ptr<core::Definition> next_version(Random& random, int number);
// Without a pivot: an undo reaches it until its root has ended.
std::shared_ptr<core::Definition> random_child(Random& random);
inline constexpr const char* child_workflow = "child";

}  // namespace sagaloom::simulation
