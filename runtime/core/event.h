// What can happen to a saga. One flat struct, since an event is journaled in short with the record
// it led to; a field that a kind does not use keeps its default and is not stored.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/core/time.h"
#include "runtime/expression/value.h"

namespace sagaloom::core {

using expression::Value;
using Path = std::string;  // "reserve", "tickets[2]/issue"

// What a command is for: a step's call, the question about it, its undo; the timers of a wait or a
// block; and the calls between shards (architecture.md section 6).
enum class Purpose : std::uint8_t {
  forward,
  question,
  undo,
  wait,     // a timer of a wait, of `await`, or of a block's body
  lock,     // engine.lock.acquire
  unlock,   // engine.lock.release
  report,   // engine.saga.ended: a child tells its parent how it ended
  release,  // engine.saga.release: the root has ended, the child need not be held any more
};

struct SagaRecord;

enum class EventKind : std::uint8_t {
  started,          // the saga was admitted; `start` holds its head
  answered,         // an outcome of a call, question or undo: path, purpose, occurrence, number
  interrupted,      // an open call's answer will never come: the node restarted or took over
  timer,            // a due time of the saga's state: path, purpose, number; without a path: the
                    // next stored event is due
  call_returned,    // a timed-out in-process call is over: path
  deadline,         // the saga's deadline
  cancel_customer,  // reason, by
  cancel_operator,
  plugin_installed,  // code: the operation
  retry,             // operator's verbs: path, reason, by; retry: input; resolve: output
  resolve,
  refused_by_store,  // the store refused the saga's record for its content (storage.refused)
  deliver,           // an event of the inbox: code: its name; details: `event`; inbox: its row
  signal,            // code: its name; output: the data; by; inbox: its row
  task_answered,     // path; output: the answer; by
  suspend,           // operator's verbs: reason, by
  resume,
  abort_step,  // path, reason, by
  skip_undo,
  lock_granted,  // the home of the concurrency key calls back
  child_ended,   // path, occurrence; code: its state; output; details: {error, residue}
  parent_undo,   // the parent asks the saga to go back; with `start`: it never existed
  released,      // the root has ended
  migrate,       // code: the new content hash; number: the new version; reason, by
};

// What the plugin contract (or the host in its place) answered; core maps it to a verdict.
enum class Outcome : std::uint8_t {
  ok,
  pending,
  business,
  retryable,
  unknown,
  cancelled,
  fatal,
  no_effect,
  protocol,
};

struct Event {
  EventKind kind = EventKind::started;
  Path path;
  Purpose purpose = Purpose::forward;
  std::uint32_t occurrence = 1;
  std::uint32_t number = 0;  // of the attempt, question or try
  Outcome outcome = Outcome::ok;
  std::string code;  // of the error, or the operation for plugin_installed
  std::string message;
  Value details;
  std::optional<Value> output;  // of an answer or of `resolve`
  std::optional<Value> input;   // of `retry {input}`
  Duration retry_after{0};
  bool no_effect = false;  // flag of a CANCELLED answer
  bool running = false;    // timed out, but the call still runs in the host
  bool crashed = false;    // an attributed crash
  bool manual_undo = false;
  std::string by;  // principal of a cancel or verb
  std::string reason;
  std::int64_t inbox = 0;                   // the row that a record of this event consumes; 0: none
  std::shared_ptr<const SagaRecord> start;  // not journaled: the record holds the head

  bool operator==(const Event&) const = default;

  // Calls visit(name, field...) with the same field of every object, in order.
  template <typename Visit, typename... Self>
  static void each_field(Visit&& visit, Self&... s) {
    visit("kind", s.kind...);
    visit("path", s.path...);
    visit("purpose", s.purpose...);
    visit("occurrence", s.occurrence...);
    visit("number", s.number...);
    visit("outcome", s.outcome...);
    visit("code", s.code...);
    visit("message", s.message...);
    visit("details", s.details...);
    visit("output", s.output...);
    visit("input", s.input...);
    visit("retry_after", s.retry_after...);
    visit("no_effect", s.no_effect...);
    visit("running", s.running...);
    visit("crashed", s.crashed...);
    visit("manual_undo", s.manual_undo...);
    visit("by", s.by...);
    visit("reason", s.reason...);
    visit("inbox", s.inbox...);
  }
  template <typename Self, typename Visit>
  static void fields(Self& s, Visit&& visit) {
    each_field(visit, s);
  }
};

std::string_view name(EventKind kind);
std::string_view name(Outcome outcome);

}  // namespace sagaloom::core
