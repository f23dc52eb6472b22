// Whether a running saga may go on under another version of its workflow: the proof, and what
// stands against it.
//
// Proven is: every recorded event, decided again under the new version, starts the same steps with
// the same keys and inputs, leaves them with the same outputs and in the same states, and leaves
// the same commands open; what is done would be undone by the same calls in the same way. What lies
// ahead may differ: that is what a migration is for. Timeouts, retries, statuses, attributes and
// messages of what is done may differ too; they are not said again.
// Threads: pure functions. Errors: none; a reason, for people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/workflow/replay/audit.h"

namespace sagaloom::workflow::replay {

// Why the saga must stay on `from`; nullopt: proven safe. The journal ends with the state that the
// proof is about, and must begin with the accept.
std::optional<std::string> reason_to_stay(const std::vector<Entry>& journal,
                                          const core::DefinitionPointer& from,
                                          const core::Definition& to);

// What undoes the step, as text that is equal exactly when the calls, their inputs, keys and
// conditions are; timeouts and retries are left out.
std::string undo_text(const core::Step& step);

}  // namespace sagaloom::workflow::replay
