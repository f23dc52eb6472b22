// Static checks of expressions and templates against the types of their roots.
//
// Lifecycle: free functions over compiled programs. Threads: any. Nothing here changes what an
// expression means; what the checker does not know it does not report.
// Codes (docs/expressions.md): X03 unknown member, X04 types do not fit, X06 member that may be
// absent, X08 constant expression or comparison that is always the same, X09 text joined with a
// value that may be no text.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/expression/program.h"
#include "runtime/expression/type.h"

namespace sagaloom::expression {

struct Finding {
  std::string code;
  bool is_error;  // else a warning
  std::string message;
  std::size_t offset;     // in the expression's text; in a template: in the leaf's
  std::string pointer{};  // the leaf, in a template
};

// The types of the roots; a root that is not named has any type.
using RootTypes = std::vector<std::pair<std::string, TypePointer>>;

// Paths ("input.car.class") that are known to be there, and with a `!` behind them not null.
using Facts = std::set<std::string>;

struct Checked {
  TypePointer type;  // of the result
  std::vector<Finding> findings;
};

Checked check(const Program& program, const RootTypes& roots, const Facts& facts = {});

// The same, for a place that needs a boolean (`when`) or a list (`in`): adds X04, and X08 for a
// condition that uses nothing.
Checked check_condition(const Program& program, const RootTypes& roots, const Facts& facts = {});
Checked check_list(const Program& program, const RootTypes& roots, const Facts& facts = {});

// All expressions of a template; the type is that of the rendered value.
Checked check(const Template& tree, const RootTypes& roots, const Facts& facts = {});

// What is known where a condition holds (`when` of the step around), or does not hold.
Facts facts_if(const Program& condition, bool holds);

}  // namespace sagaloom::expression
