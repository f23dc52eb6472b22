// From the plugin contract's result to the core's event, without deciding what it means: that is
// the core's table. Pure functions.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/core/event.h"
#include "runtime/engine/step_host.h"
#include "sdk/saga_plugin.h"

namespace sagaloom::steps {

// An `answered` event that names the command.
core::Event answer_to(const core::Command& command);
core::Event not_sent(const core::Command& command, std::string code, std::string message);
core::Event timed_out(const core::Command& command);
core::Event call_returned(const core::Command& command);

// Copies all that is worth keeping; secrets are masked in all of it. An unknown status or
// flag is `protocol`; output that is no JSON is left out, so that it breaks the output schema.
core::Event answered(const core::Command& command, const saga_result& result,
                     const std::vector<std::string>& secrets);

}  // namespace sagaloom::steps
