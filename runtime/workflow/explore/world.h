// Everything about one explored saga at one moment: its state as the core keeps it, the truth
// outside, and what is still under way.
//
// Lifecycle: a value; a move makes the next one. Threads: one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/workflow/explore/participant.h"

namespace sagaloom::explore {

// How a participant has stopped working for one step.
enum class Broken : std::uint8_t { not_done, silent };

struct World {
  core::Saga saga;
  Participant participant;
  std::vector<core::Command> late;       // timed-out calls whose effect may yet appear
  std::map<std::string, Broken> broken;  // by desk()
  std::set<std::string> endless;         // desks that are tried without end, and nothing changes
  core::Time now{};
  std::uint32_t faults_left = 0;
  bool committed = false;  // the pivot was passed at some time
};

// Who answers a command: the step's own operation (calls and questions), or its undo.
std::string desk(const core::Command& command);

// Two worlds with the same fingerprint go on alike. Left out: moments, numbers of attempts (but for
// how many are left, up to the faults left), the start order of parallel branches, and texts for
// people.
using Fingerprint = std::array<std::uint64_t, 2>;
Fingerprint fingerprint(const core::Definition& definition, const World& world);

}  // namespace sagaloom::explore
