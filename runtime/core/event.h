// What can happen to a saga. One flat struct, since an event is journaled in short with the record
// it led to; a field that a kind does not use keeps its default and is not stored.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/core/saga.h"

namespace sagaloom::core {

enum class EventKind : std::uint8_t {
  started,          // the saga was admitted; `start` holds its head
  answered,         // an outcome of a call, question or undo: path, purpose, occurrence, number
  interrupted,      // an open call's answer will never come: the node restarted or took over
  timer,            // a due time of the saga's state: path, purpose, number
  call_returned,    // a timed-out in-process call is over: path
  deadline,         // the saga's deadline
  cancel_customer,  // reason, by
  cancel_operator,
  plugin_installed,  // code: the operation
  retry,             // operator's verbs: path, reason, by; retry: input; resolve: output
  resolve,
  refused_by_store,  // the store refused the saga's record for its content (storage.refused)
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
  std::shared_ptr<const SagaRecord> start;  // not journaled: the record holds the head

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
  }
  template <typename Self, typename Visit>
  static void fields(Self& s, Visit&& visit) {
    each_field(visit, s);
  }
};

std::string_view name(EventKind kind);
std::string_view name(Outcome outcome);

}  // namespace sagaloom::core
