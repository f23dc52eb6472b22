// Port: calling steps. The engine hands out one call at a time and gets exactly one answer for
// each, plus, after a timed-out in-process call, one `call_returned`.
//
// Threads: `invoke` is called from any engine thread and must not block; the completion may be
// called on any thread, also inside `invoke`, at most once. Ownership: the host copies what it
// keeps. Errors: never thrown; what goes wrong before sending is an outcome (retryable).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/command.h"
#include "runtime/core/definition.h"
#include "runtime/core/event.h"

namespace sagaloom::engine {

struct StepCall {
  core::SagaId saga;
  core::Command command;  // kind call
  std::string workflow;
  std::uint32_t version = 0;
  std::string tenant;
  std::int64_t epoch = 0;       // of the shard's owner: participants refuse a smaller one
  core::Duration time_left{0};  // until the attempt's deadline, from now
  // Asked right before the call is made: false once the node's lease is over, then the host
  // answers `retryable` with code call.not_owner instead of calling.
  std::function<bool()> may_call;
};

class StepHost {
 public:
  // `event` is EventKind::answered (or call_returned) with path, purpose, occurrence and number of
  // the command filled in.
  using Completion = std::function<void(core::Event event)>;

  virtual ~StepHost() = default;
  virtual void invoke(StepCall call, Completion completion) = 0;
  // The facts of an operation that is loaded now; nullptr: not loaded.
  virtual core::OperationPointer operation(std::string_view name) const = 0;
  virtual std::vector<core::OperationPointer> operations() const = 0;
  // No new calls; waits until those in flight have ended, at most so long.
  virtual void drain(core::Duration limit) = 0;
};

}  // namespace sagaloom::engine
