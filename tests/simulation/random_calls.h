// Random calls and undos for the simulator's workflows, and how the simulated participant is told
// by an operation's name what it offers.
//
// Lifecycle: free functions; what they return belongs to the caller. Threads: any, one Random each.
#pragma once

#include <string>
#include <string_view>

#include "runtime/core/definition.h"
#include "tests/simulation/world.h"

namespace sagaloom::simulation {

// Names of operations. "shop.<kind>_<step>": the participant looks at the kind alone.
inline constexpr std::string_view looking = "shop.look_";           // has no effect
inline constexpr std::string_view answering_later = "shop.later_";  // `pending`, then an event
inline constexpr std::string_view surely_later = "shop.sure_";      // the same, never refused
inline constexpr std::string_view telling = "shop.tell_";           // a second call of an undo
inline constexpr std::string_view fencing_check = "shop.fence_";    // after `absent` nothing comes

struct CallPlace {
  bool after_pivot = false;
  bool pivot = false;
  bool covered = false;  // inside a block with an undo of its own
  bool events = false;   // its saga has a business id, so that events can find it
};

// A call with a random manifest and random budgets.
core::Step random_call(Random& random, const std::string& id, const CallPlace& place);
// The undo of a step: one call, or a call with a `set` and a second call beside it.
core::Undo random_undo(Random& random, const std::string& id);

core::Template template_of(const std::string& source);
core::Program condition_of(const std::string& source);
core::Emit event_of(const std::string& id, const std::string& what);

}  // namespace sagaloom::simulation
