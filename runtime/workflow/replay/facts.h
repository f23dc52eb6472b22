// What came to a saga from outside, read out of its journal: the answers of its calls, and what
// people, brokers, parents and children did.
//
// Timers and deadlines are kept too, since a real one fires a little after it was due: a replay
// under the same definition then takes the same time. Threads: values. Errors: none; of a journal
// whose beginning is missing there are no facts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/workflow/replay/audit.h"

namespace sagaloom::workflow::replay {

// Something that happened, when, and what was drawn for the decision about it.
struct Happening {
  core::Event event;
  core::Time at{};
  double jitter = 0;
  std::int64_t seq = 0;
  std::vector<std::string> missing;  // operations that no plugin offered then
};

// One attempt as it was sent, with everything that was said about it later.
struct RecordedCall {
  core::Command command;
  core::Time sent{};
  std::vector<Happening> replies;
};

struct FiredTimer {
  Happening happening;
  core::Time due{};
};

struct Facts {
  core::SagaRecord start;  // as it was admitted
  Happening accepted;
  std::map<std::string, std::vector<RecordedCall>> calls;  // by call_key, in order of sending
  std::vector<Happening> happenings;                       // cancels, verbs, events, signals, …
  std::vector<FiredTimer> timers;                          // the deadline included
  core::Saga last;                                         // the recorded state after all
  core::Time until{};                                      // of the last record
};

// nullopt: the first entry is not the accept.
std::optional<Facts> facts_of(const std::vector<Entry>& journal);

// Of equal requests with equal keys: the request key with the role.
std::string call_key(const core::Command& command);

// What tells one command from another: kind, path, purpose, occurrence and number.
using CommandIdentity =
    std::tuple<core::Command::Kind, core::Path, core::Purpose, std::uint32_t, std::uint32_t>;
CommandIdentity identity_of(const core::Command& command);
bool same_command(const core::Command& left, const core::Command& right);

}  // namespace sagaloom::workflow::replay
