// The small parts of a scenario, from values that fit the schema of scenario files.
//
// Threads: free functions. Errors: `scenario.invalid` with what is wrong, where the schema cannot
// say it.
#pragma once

#include <string>
#include <vector>

#include "runtime/expression/result.h"
#include "runtime/workflow/scenario/scenario.h"

namespace sagaloom::workflow::scenario {

std::vector<std::string> read_texts(const Value& list);
// "5m", "pay is BACKOFF", "pay is RUNNING 2", "saga is PARKED".
Moment read_moment(const std::string& text);
// One answer for every attempt, or a list of answers in order.
expression::Result<AnswerScript> read_script(const Value& value);
expression::Result<Act> read_act(const Value& value);

}  // namespace sagaloom::workflow::scenario
