// The decisions about one saga: pure, total, deterministic functions.
//
// Threads: any; nothing is shared. Time, jitter and ids are handed in; nothing is read from
// outside. docs/semantics.md holds the tables that these functions follow cell by cell.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/core/command.h"
#include "runtime/core/definition.h"
#include "runtime/core/event.h"
#include "runtime/core/record.h"
#include "runtime/core/saga.h"
#include "runtime/expression/result.h"

namespace sagaloom::core {

using expression::Result;

struct Context {
  Time now{};         // the store's clock as estimated; decide never goes below saga.head.updated
  double jitter = 0;  // uniform in [0, 1)
  // Operations that no loaded plugin offers now, or offers weakened; empty: none is missing.
  std::function<bool(std::string_view operation)> missing;
};

// Why an event that somebody waits for was not taken: 409 with this code.
struct Refusal {
  std::string code;  // past_pivot, saga.ended, wrong_state, step_unknown, saga_unknown
  std::string message;
};

// A record, or a refusal, or neither: the event is stale and the saga unchanged.
struct Decision {
  std::optional<Record> record;
  std::optional<Refusal> refusal;
  bool stale() const { return !record && !refusal; }
};

Decision decide(const Definition& definition, const Saga& saga, const Event& event,
                const Context& context);

// The operation that a step which waits for its plugin needs next.
std::string awaited_operation(const Definition& definition, const Path& path,
                              const StepRecord& step);

// Copies the changed fields. The first record of a saga makes it exist.
void apply(Saga& saga, const Record& record);

// A submission as it came in. `header` is the Idempotency-Key or empty; `fingerprint` the SHA-256
// of the canonical input, 64 hex digits.
struct Submission {
  std::string tenant;
  Value input;
  std::string header;
  std::string fingerprint;
};

// Defaults, input schema, `id`, `deadline`. Errors: input.invalid (with the pointer of the first
// violation and all of them in the message), expression.failed.
Result<SagaRecord> admit(const Definition& definition, const Submission& submission,
                         const Context& context);
// Every violation of the input, for 422: pointer, code, message.
std::vector<schema::Violation> check_input(const Definition& definition, const Value& input);

// A view of the saga as `expose` declares it: "" is the response, "status" the business status,
// else a name under `views`. nullopt: no such view. `ready` is false while it can't be rendered.
struct Projection {
  bool ready = false;
  Value value;
};
std::optional<Projection> project(const Definition& definition, const Saga& saga,
                                  std::string_view view);

}  // namespace sagaloom::core
