// The words of a drawing: what is written on a node about a step.
//
// Threads: free functions. Errors: none. Units: durations as the language writes them (`1h30m`).
#pragma once

#include <string>
#include <vector>

#include "runtime/core/definition.h"

namespace sagaloom::workflow::graph {

// One line of at most 60 characters; control characters become spaces.
std::string one_line(std::string_view text);
std::string duration_text(core::Duration duration);
std::string duration_text(const core::DurationTemplate& duration);
std::string condition_text(const std::optional<core::Program>& condition);

// The lines of a leaf (a step without steps of its own).
std::vector<std::string> leaf_lines(const core::Step& step);
// "parallel: notify"
std::string block_title(const core::Step& step);
// What undoes the step: its operations in order.
std::vector<std::string> undo_lines(const core::Step& step);
// "on payment.declined, when …": what leads to the handler.
std::string handler_text(const core::ErrorHandler& handler);
std::string failure_text(const core::FailureTemplate& failure);

}  // namespace sagaloom::workflow::graph
