// Data for an exploration: from the schemas of the input and of the manifests, and more of it where
// other data take another path.
//
// Threads: pure functions. Limits: a handful of scenarios; which steps none of them reaches is said
// in the report.
#pragma once

#include <optional>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/workflow/explore/model.h"

namespace sagaloom::explore {

// The smallest data that the schemas accept, or the given input. Error: `explore.no_example`, with
// the schema for which none was found.
core::Result<Scenario> first_scenario(const core::Definition& definition,
                                      const std::optional<Value>& input);

// The first one, and each that leads a saga without faults somewhere else than those before it.
// `vary_input`: the input may be changed too.
std::vector<Scenario> scenarios(const core::Definition& definition, const Scenario& first,
                                bool vary_input);

}  // namespace sagaloom::explore
