#include "runtime/workflow/explore/fault.h"

namespace sagaloom::explore {

std::string_view name(Fault fault) {
  static constexpr std::string_view names[] = {
      "none",       "not_done",     "not_done_ever", "rejected",        "request_lost",
      "reply_lost", "late_effect",  "silent",        "crash_before",    "crash_after",
      "cancel",     "deadline",     "no_event",      "came_to_nothing", "out_of_time",
      "bad_event",  "child_failed", "child_undone",  "child_past"};
  return names[static_cast<std::size_t>(fault)];
}

namespace {

std::string_view plain_title(Fault fault) {
  switch (fault) {
    case Fault::not_done:
      return "fails once without effect";
    case Fault::not_done_ever:
      return "fails for ever without effect";
    case Fault::rejected:
      return "refused";
    case Fault::request_lost:
      return "no answer, no effect";
    case Fault::reply_lost:
      return "reply lost after the effect";
    case Fault::late_effect:
      return "timeout, the effect appears later";
    case Fault::silent:
      return "done, but never answers again";
    case Fault::crash_before:
      return "crash before the effect";
    case Fault::crash_after:
      return "crash after the effect";
    case Fault::cancel:
      return "cancel meanwhile";
    case Fault::deadline:
      return "deadline passes meanwhile";
    case Fault::no_event:
      return "nothing comes in time";
    case Fault::came_to_nothing:
      return "nothing comes in time, nothing was done";
    case Fault::out_of_time:
      return "its time is over";
    case Fault::bad_event:
      return "what comes leads to a failure";
    case Fault::child_failed:
      return "the child ends FAILED";
    case Fault::child_undone:
      return "the child ends COMPENSATED";
    case Fault::child_past:
      return "the child has passed its pivot";
    case Fault::none:
      break;
  }
  return "no fault";
}

}  // namespace

std::string title(Fault fault, core::Purpose purpose, std::string_view code) {
  std::string text(plain_title(fault));
  if (!code.empty()) text += " (" + std::string(code) + ")";
  if (purpose == core::Purpose::undo) return "undo: " + text;
  if (purpose == core::Purpose::question) return "question: " + text;
  return text;
}

}  // namespace sagaloom::explore
