// CEL without its checker: an unknown name or function is an error when it is reached, so that
// `unknown || true` is true. For expressions that are tried, never for definitions, whose unknown
// names are refused before anything runs.
//
// Threads: any; the scope is used by one evaluation at a time. Errors: as Program's.
// Source: github.com/google/cel-spec, doc/langdef.md, "Evaluation" and its logical operators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/program.h"

namespace sagaloom::expression {

Result<Value> evaluate_unchecked(std::string_view text, const std::vector<std::string>& roots,
                                 const Scope& scope, const Budget& budget = Budget{});

}  // namespace sagaloom::expression
