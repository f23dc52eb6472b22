// What was expected of a saga against what came of it, as lines that show where they part.
//
// Threads: free functions. Errors: none; a part of the expectation that does not fit is a
// Difference.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/workflow/scenario/difference.h"
#include "runtime/workflow/scenario/drive.h"
#include "runtime/workflow/scenario/script.h"

namespace sagaloom::workflow::scenario {

struct Outcome {
  const Drive& drive;
  const ScriptedParticipants& participants;
  std::optional<expression::Error> refused;  // the submission
};

// `expect` has the form of `expect` in the schema.
std::vector<Difference> judge(const Value& expect, const Outcome& outcome);

}  // namespace sagaloom::workflow::scenario
