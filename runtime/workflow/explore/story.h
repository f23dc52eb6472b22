// Telling what happened in a schedule, for people.
//
// Threads: pure functions.
#pragma once

#include <string>

#include "runtime/workflow/explore/move.h"

namespace sagaloom::explore {

// One numbered point of a story: the move, what the participant did (`fact`), and what the saga
// made of it. Empty: nothing worth telling.
std::string sentence(const Model& model, const Move& move, const Reply& fact,
                     const core::Saga& before, const core::Saga& after);

}  // namespace sagaloom::explore
