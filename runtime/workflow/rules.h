// Every check by its code: what docs/checks.md, SARIF and the tests go by.
//
// Threads: a constant table. Codes are stable; a check that goes keeps its code.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/workflow/diagnostics.h"

namespace sagaloom::workflow {

struct Rule {
  const char* code;
  Severity severity;    // the gravest that it reports
  const char* title;    // a few words
  const char* meaning;  // what it looks for and why that is wrong; one paragraph
  const char* fix;      // what to do
};

// In the order of the reference: Y, S, X, C, T, F, W, P, V, Q, R.
const std::vector<Rule>& rules();

// nullptr: no check has this code.
const Rule* rule(std::string_view code);

// docs/checks.md. `bad`: the example of a code, a workflow that has it.
std::string rules_page(const std::function<std::string(std::string_view code)>& bad);

}  // namespace sagaloom::workflow
