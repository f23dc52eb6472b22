// What the outcome of a condition tells about its paths.
//
// Threads: free functions.
#pragma once

#include <optional>
#include <string>

#include "runtime/expression/checker.h"
#include "runtime/expression/node.h"

namespace sagaloom::expression {

// "input.car.class" for a row of members over a root, with or without `?`; nullopt otherwise.
std::optional<std::string> path_of(const Node& node);

// Paths that are there (and, with `!` behind, not null) when the condition gives `outcome`.
Facts facts_of(const Node& condition, bool outcome);

}  // namespace sagaloom::expression
