#include "runtime/workflow/explore/story.h"

namespace sagaloom::explore {
namespace {

using core::Outcome;
using core::Purpose;
using core::StepRecord;
using core::StepState;

std::string quoted(std::string_view path) {
  return "`" + std::string(path) + "`";
}

std::string of_call(const std::string& name, const Move& move, const Reply& fact) {
  switch (move.fault) {
    case Fault::none:
      if (fact.outcome == Outcome::pending) return name + " is called and accepted";
      if (fact.outcome != Outcome::ok) return name + " is called and refused (" + fact.code + ")";
      return name + " is called and done";
    case Fault::not_done:
      return name + " is called and fails without effect";
    case Fault::not_done_ever:
      return name + " is called and fails without effect, and so does every further attempt";
    case Fault::rejected:
      return name + " is called and refused (" + move.code + ")";
    case Fault::request_lost:
      return name + " is called; the request is lost before it has an effect";
    case Fault::reply_lost:
      return name + " is called; its reply is lost after the effect";
    case Fault::late_effect:
      return name + " is called and does not answer in time; the request is still under way";
    default:
      return name + (move.free ? " is called, and again there is no answer"
                               : " is called and done, but no answer comes, now or later");
  }
}

std::string of_undo(const std::string& name, const Move& move, const Reply& fact) {
  const std::string undo = "the undo of " + name + " (" + move.command.operation + ")";
  switch (move.fault) {
    case Fault::none:
      return undo + (fact.outcome == Outcome::no_effect ? " is called; there was nothing to undo"
                                                        : " is called and done");
    case Fault::not_done:
      return undo + " fails without effect";
    case Fault::not_done_ever:
      return undo + " fails without effect, and so does every further try";
    case Fault::rejected:
      return undo + " is refused (" + move.code + ")";
    default:
      return undo + " is called; its reply is lost after the effect";
  }
}

std::string of_question(const std::string& name, const Move& move, const Reply& fact) {
  const std::string asked = move.command.operation + " is asked whether " + name + " was done: ";
  if (move.fault != Fault::none) return asked + "no answer";
  if (fact.outcome == Outcome::ok) return asked + "yes";
  return asked + (fact.outcome == Outcome::business ? "it was refused" : "no");
}

std::string of_engine(const std::string& name, const Move& move) {
  if (move.command.operation == core::saga_start) return "the child saga of " + name + " starts";
  if (move.command.operation == core::saga_undo) {
    return "the child saga of " + name + " is asked to go back";
  }
  return "the concurrency key is granted";
}

std::string of_timer(const Move& move, const core::Saga& before) {
  const auto* record = before.find(move.command.path);
  const bool undo_tried = record && record->undo.number > 0;
  const std::string name = quoted(move.command.path);
  if (move.fault == Fault::no_event) return name + " waits in vain: its time is over";
  if (move.fault == Fault::came_to_nothing) {
    return "what " + name + " asked for comes to nothing, and its time is over";
  }
  if (move.fault == Fault::out_of_time) return "the time of " + name + " is over";
  if (move.command.purpose == Purpose::undo && !undo_tried) {
    return "the late call of " + name + " is not waited for any longer";
  }
  if (move.command.purpose == Purpose::wait) return "the time for which " + name + " waits is over";
  return {};
}

std::string of_move(const Move& move, const Reply& fact, const core::Saga& before) {
  const std::string name = quoted(move.command.path);
  switch (move.kind) {
    case Move::Kind::call:
      if (core::between_shards(move.command.operation)) return of_engine(name, move);
      if (move.command.purpose == Purpose::undo) return of_undo(name, move, fact);
      if (move.command.purpose == Purpose::question) return of_question(name, move, fact);
      return of_call(name, move, fact);
    case Move::Kind::timer:
      return of_timer(move, before);
    case Move::Kind::arrival:
      return "the late call of " + name + " arrives" +
             (fact.outcome == Outcome::business ? " and is refused (" + fact.code + ")"
                                                : " and has its effect; nobody hears of it");
    case Move::Kind::late_reply:
      return "the late call of " + name + " is answered" +
             (fact.outcome == Outcome::business ? ": refused (" + fact.code + ")" : ": done");
    case Move::Kind::crash:
      return std::string("the node dies ") +
             (move.fault == Fault::crash_before ? "before " : "after ") +
             (move.command.purpose == Purpose::undo ? "the undo of " : "") + name +
             (move.fault == Fault::crash_before ? " is called"
                                                : " was done, before its answer is "
                                                  "recorded") +
             "; it starts again and finds the call interrupted";
    case Move::Kind::cancel:
      return "a customer cancels the saga";
    case Move::Kind::deadline:
      return "the saga's deadline passes";
    case Move::Kind::heard:
      return move.said;
  }
  return {};
}

std::string code_of(const std::optional<core::Failure>& error) {
  return error ? " (" + error->code + ")" : "";
}

std::string of_state(const core::Path& path, const StepRecord& record) {
  const std::string name = quoted(path);
  switch (record.state) {
    case StepState::backoff:
      return name + " will be tried again";
    case StepState::awaiting:
      return record.operation.empty() ? name + " waits" : name + " waits for its end";
    case StepState::resolving:
      return "it is to be found out whether " + name + " was done";
    case StepState::parked:
      if (record.parked == core::Parked::doubt) {
        return name + " is PARKED in doubt" + code_of(record.error) + ": an operator decides";
      }
      return name + " is PARKED" + code_of(record.error) + ": an operator decides";
    case StepState::failed:
      return name + " has failed" + code_of(record.error);
    case StepState::unknown:
      return name + " may have been done and is given up";
    case StepState::skipped:
      return name + " is skipped";
    case StepState::cancelled:
      return name + " is stopped";
    case StepState::handling:
    case StepState::handled:
      return "a handler takes over from " + name;
    case StepState::undo_backoff:
      return "the undo of " + name + " will be tried again";
    case StepState::undo_stuck:
      return "the undo of " + name + " is stuck" + code_of(record.undo_error) +
             ": an operator decides";
    case StepState::kept:
      return name + " is kept" + (record.doubt ? ", in doubt" : "");
    case StepState::residue:
      return "the undo of " + name + " is given up and listed";
    default:
      return {};
  }
}

std::string of_phase(const core::Saga& saga) {
  using core::Phase;
  switch (saga.head.phase) {
    case Phase::committed:
      return "the pivot is passed";
    case Phase::compensating:
      return "the saga goes back" + code_of(saga.head.error);
    case Phase::running:
      return {};
    default:
      return "the saga is " + std::string(core::name(saga.head.phase));
  }
}

std::string consequences(const core::Saga& before, const core::Saga& after) {
  std::string text;
  const auto add = [&](const std::string& what) {
    if (!what.empty()) text += "; " + what;
  };
  for (const auto& [path, record] : after.steps) {
    const StepRecord* known = before.find(path);
    if (known && known->state == record.state) continue;
    add(of_state(path, record));
  }
  if (!before.head.noted && after.head.noted) add("it is noted until the pivot is decided");
  if (before.head.phase != after.head.phase) add(of_phase(after));
  return text;
}

}  // namespace

std::string sentence(const Model& model, const Move& move, const Reply& fact,
                     const core::Saga& before, const core::Saga& after) {
  std::string text = of_move(move, fact, before);
  std::string then = consequences(before, after);
  if (text.empty() && then.empty()) return {};
  if (text.empty()) text = "time passes";
  text += then;
  if (text.front() >= 'a' && text.front() <= 'z') text.front() = char(text.front() - 'a' + 'A');
  return text + ".";
}

}  // namespace sagaloom::explore
