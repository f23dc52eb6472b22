// Random workflows for the simulator: trees of every kind of step, with random manifests, budgets
// and, often, a pivot.
#pragma once

#include <memory>
#include <vector>

#include "runtime/core/definition.h"
#include "tests/simulation/world.h"

namespace sagaloom::simulation {

std::shared_ptr<core::Definition> random_definition(Random& random, int number);

}  // namespace sagaloom::simulation
