// RESOLVING: asking the participant whether a doubtful call was done (docs/semantics.md 2).
//
// Two kinds of question share one budget (`question`): the check operation, whose attempt numbers
// are the budget's own, and the same key sent again, which is a further attempt of the forward
// call.
#include "runtime/core/transition.h"

namespace sagaloom::core {

// Whether doubt may leave the path as UNKNOWN.
bool Transition::may_leave(const Step& step) const {
  return step.call()->on_unknown == OnUnknown::compensate && head_.phase != Phase::committed &&
         !step.pivot;
}

// After an operator's retry it asks as under `resolve`, whatever `on_unknown` says.
bool Transition::may_leave(const Step& step, const StepRecord& record) const {
  return may_leave(step) && !record.ask_until_known;
}

void Transition::begin_resolving(const Step& step, const Path& path, bool until_known) {
  StepRecord& record = edit(path);
  record.state = StepState::resolving;
  record.parked = Parked::no;
  record.ask_until_known = until_known;
  if (const auto& await = step.call()->await)
    record.listens = Value(expression::List{heard(*await)});
  record.question = Try{record.question.number};  // a number is never used twice
  record.question.first_at = now_;
  record.question.crashes = record.forward.crashes;  // in a row, over both
  ask(step, path);
}

void Transition::ask(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  if (too_long()) {
    Failure error = record.error.value_or(Failure{});
    error.code = "saga.too_long";
    return park(path, Parked::doubt, std::move(error));
  }
  const bool by_check = !record.check.empty() && !record.no_check;
  record.question.due = Time{};
  record.waiting_for_plugin = is_missing(by_check ? record.check : record.operation);
  if (record.waiting_for_plugin) return;
  const Operation* check = by_check ? step.call()->check.get() : nullptr;
  const Duration timeout =
      check && check->timeout ? *check->timeout : attempt_timeout(step.timeout);
  if (by_check) return open_attempt(record.question, now_ + timeout);
  ++record.question.number;
  record.question.started_at = now_;
  open_attempt(record.forward, now_ + timeout);
}

// One that was asked earlier, answered when the step no longer waits for it, still says what is
// definite.
void Transition::on_check_answer(const Step& step, const Path& path) {
  const Verdict verdict = verdict_of_check(event_);
  const StepRecord& known = *find(path);
  if (event_.number == 0 || event_.number > known.question.number) return;
  const bool resolving = known.state == StepState::resolving;
  const bool current =
      resolving && known.question.in_flight && known.question.number == event_.number;
  const bool doubtful =
      resolving || known.state == StepState::unknown || parked_as(known, Parked::doubt);
  const bool absent = verdict.kind == VerdictKind::absent;
  const bool refused =
      verdict.kind == VerdictKind::refused || (absent && step.call()->operation->check_fences);
  if (current) edit(path).question.in_flight = false;
  if (verdict.kind == VerdictKind::found && (doubtful || parked_as(known, Parked::done))) {
    return succeed(step, path, answer());
  }
  if (refused && doubtful) return make_known(step, path, verdict.error);
  if (!current) return;
  StepRecord& record = edit(path);
  if (absent && may_leave(step, record)) {
    return leave_unknown(path, record.error.value_or(verdict.error));
  }
  if (verdict.fatal || (absent && record.idempotent && !record.no_repeat)) record.no_check = true;
  next_question(step, path, verdict);
}

// Another one while the budget lasts; then UNKNOWN, where it may leave, or PARKED.
void Transition::next_question(const Step& step, const Path& path, const Verdict& verdict) {
  StepRecord& record = edit(path);
  Try& budget = record.question;
  record.forward.in_flight = budget.in_flight = false;
  if (verdict.counted) ++budget.counted;
  record.doubt = true;
  const bool leaves = may_leave(step, record);
  const bool can_check = !record.check.empty() && !record.no_check;
  const bool can_repeat = !leaves && record.idempotent && !record.no_repeat;
  const auto end = total_end(step.timeout, budget.first_at);
  const bool only_one = leaves && !end && verdict.counted;
  const bool over = (!can_check && !can_repeat) || (leaves && halted(path)) || only_one;
  RetryPolicy policy = step.call()->retry;
  if (leaves) policy.max_attempts.reset();
  const auto due = over ? std::nullopt : next_due(policy, budget, verdict, end);
  if (due) {
    budget.due = *due;
    return;
  }
  const Failure error = record.error.value_or(verdict.error);
  leaves ? leave_unknown(path, error) : park(path, Parked::doubt, error);
}

}  // namespace sagaloom::core
