// A saga run once more under another definition, with what was recorded about it and nothing else:
// no call is made, no answer is invented, time is that of the record.
//
// A call gets the recorded answers of the same request (same key, operation and input), as long
// after it was sent as they came then. At the first call without one the rehearsal stops, since
// everything after it would be a guess. Threads: a pure function. Limits: 60,000 events a saga.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/workflow/replay/facts.h"

namespace sagaloom::workflow::replay {

struct RehearsalOptions {
  bool same_answers = false;  // recorded answers also stand where only the input differs
};

struct Rehearsed {
  core::Saga saga;
  std::vector<core::Record> records;
  // Why it could not go on, with the step; empty: it came as far as the record, or to the end.
  std::string undetermined;
};

// `start`: the head as the definition admits it.
Rehearsed rehearse(const core::Definition& definition, const core::SagaRecord& start,
                   const Facts& facts, const RehearsalOptions& options);

}  // namespace sagaloom::workflow::replay
