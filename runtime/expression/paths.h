// The paths into the scope that an expression reads: `steps.price.output.amount`.
//
// Threads: free functions. For whoever must know what an expression uses without running it:
// which steps, secrets and constants. A name that a macro binds is no root, whatever it is called.
#pragma once

#include <string>
#include <vector>

#include "runtime/expression/program.h"

namespace sagaloom::expression {

struct UsedPath {
  std::string root;
  std::vector<std::string> members;  // as far as they are known from the text; `x['a']` counts
  bool guarded = false;              // asked with `has`, `.?` or `[?…]` somewhere on the way
  bool whole_text = false;           // the expression is this path and nothing else
  std::size_t offset = 0;            // of the root, in the expression's text
};

// Each longest path once for each place where it stands, in the order of the text.
std::vector<UsedPath> used_paths(const Program& program);

}  // namespace sagaloom::expression
