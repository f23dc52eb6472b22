// What an explored saga hears from outside: events, signals, answers of people, its child sagas,
// and the times up to which it waits for them.
//
// Threads: pure functions. Used by `moves` only.
#pragma once

#include <vector>

#include "runtime/workflow/explore/move.h"

namespace sagaloom::explore {

// A due time. That a wait or a block runs out of time is a fault; that a delay is over is none.
void add_timer(const Model& model, const World& world, const core::Command& timer,
               std::vector<Move>& out);
// Something that the step listens to arrives: as the scenario says, and with the other members of
// its schema's enums. What makes the step fail counts as a fault.
void add_heard(const Model& model, const World& world, const core::Command& subscription,
               std::vector<Move>& out);
// A child saga that runs ends in one way or another.
void add_child_ends(const Model& model, const World& world, std::vector<Move>& out);

}  // namespace sagaloom::explore
