// A scenario as it was written: what participants answer, what happens meanwhile, what must come of
// it. The form is schemas/scenario.schema.json, explained in docs/scenarios.md.
//
// Lifecycle: read from a file once, immutable afterwards. Threads: plain values. Units: durations
// in milliseconds since the saga was accepted, unless said otherwise.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/expression/value.h"
#include "runtime/workflow/diagnostics.h"

namespace sagaloom::workflow::scenario {

using core::Duration;
using core::Time;
using expression::Value;

// What a participant (or the host in its place) answers to one call.
struct Answer {
  std::string word;  // "ok", "rejected", …: a key of `words` in the schema
  std::string code;
  std::optional<Value> output;
  Value details;
  Duration after{0};  // from the call on; beyond the attempt's deadline: a late answer
  Duration retry_after{0};
  bool no_effect = false;  // of `cancelled`
};

struct AnswerScript {
  std::vector<Answer> answers;  // one for each attempt
  bool always = false;          // a single answer, given every time
};

// When something happens: at a time, in a state, or (neither) as soon as nothing else is due now.
struct Moment {
  std::optional<Duration> at;
  std::string subject;  // "saga" or a step's path; empty: no state is asked for
  std::string state;    // as core::name tells it
  std::uint32_t attempt = 0;
  std::string text;  // as written
};

struct Act {
  Moment moment;
  std::string verb;     // "event", "retry", …: the key that says what happens
  std::string subject;  // its value: a name or a path
  Duration advance{0};
  Value data;  // the whole object, for what belongs to the verb
  std::string refused;
  bool stale = false;
  std::optional<Value> expect;
};

struct Scenario {
  std::string name;
  Position position;
  std::vector<std::string> covers;
  core::DefinitionPointer definition;
  std::map<std::string, core::OperationPointer, std::less<>> operations;
  Value input;
  std::string key = "scenario";
  Time starts_at{Duration(1'767'225'600'000)};  // 2026-01-01T00:00:00Z
  bool as_child = false;                        // the saga has a parent
  double jitter = 0.5;
  std::vector<std::string> missing;
  std::map<std::string, AnswerScript, std::less<>> answers;
  std::vector<Act> acts;
  std::optional<Moment> until;
  Value expect;
};

}  // namespace sagaloom::workflow::scenario
