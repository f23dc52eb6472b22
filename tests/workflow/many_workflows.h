// Workflows in any number, as a team might have them: calls with templates over the input and
// earlier outputs, undos, a block of each kind.
#pragma once

#include <string>

namespace sagaloom::workflow::testing {

// Workflow `number`, with this many steps (at least 10), over the operations of
// tests/workflow/manifests/odd.json.
std::string sample_workflow(int number, int steps);

}  // namespace sagaloom::workflow::testing
