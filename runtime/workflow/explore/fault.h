// What can go wrong with a saga, one thing at a time: the faults that the explorer puts into
// schedules. Each counts one against the number of faults that a schedule may have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/core/event.h"

namespace sagaloom::explore {

enum class Fault : std::uint8_t {
  none,
  not_done,         // no effect and an error, once
  not_done_ever,    // the same again and again, until the policy ends
  rejected,         // a definite refusal with a code
  request_lost,     // neither effect nor answer
  reply_lost,       // the effect, but no answer
  late_effect,      // no answer within the timeout; the effect appears later
  silent,           // from now on there is no answer to this step's calls and questions
  crash_before,     // the node dies before the call is made
  crash_after,      // the node dies when the effect is there, before the answer is recorded
  cancel,           // a customer cancels
  deadline,         // the saga's deadline passes
  no_event,         // what a wait listens for does not come in time
  came_to_nothing,  // the same, and what was accepted was not done
  out_of_time,      // a block's timeout passes
  bad_event,        // what a wait listens for says that it failed
  child_failed,     // a child saga ends FAILED, nothing done
  child_undone,     // a child saga ends COMPENSATED
  child_past,       // a child that is to be undone has passed its own pivot
};

// A stable name for JSON ("reply_lost").
std::string_view name(Fault fault);

// How the guarantee table calls it, by what was asked for: "reply lost after the effect",
// "the undo's reply is lost". `code`: of a refusal.
std::string title(Fault fault, core::Purpose purpose, std::string_view code);

}  // namespace sagaloom::explore
