// Plays one scenario: drives its saga, lets happen what it says, judges what came of it.
//
// Threads: free functions; scenarios are independent. Limits: 20,000 things may happen in one
// scenario; one that does not come to rest says so.
#pragma once

#include <vector>

#include "runtime/workflow/scenario/difference.h"
#include "runtime/workflow/scenario/scenario.h"

namespace sagaloom::workflow::scenario {

// Empty: everything was as expected.
std::vector<Difference> play(const Scenario& scenario);

}  // namespace sagaloom::workflow::scenario
