// The cases of the kit, by name. Each leaves its findings in the bench.
#pragma once

#include <string>
#include <vector>

#include "sdk/conformance/bench.h"

namespace sagaloom::sdk::conformance {

struct Case {
  const char* rule;
  bool (*applies)(const Subject& subject);
  void (*run)(Bench& bench);
};

// Repeats, reuse, epochs, refusals, and many at once.
std::vector<Case> key_cases();
// Undo in every order, and the check operation in every state.
std::vector<Case> undo_cases();
// A process that is killed in the middle of a call.
std::vector<Case> kill_cases();

}  // namespace sagaloom::sdk::conformance
