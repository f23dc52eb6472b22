// RESOLVING: asking the participant whether a doubtful call was done (docs/semantics.md 2).
//
// Two kinds of question share one budget (`question`): the check operation, whose attempt numbers
// are the budget's own, and the same key sent again, which is a further attempt of the forward
// call.
#include "runtime/core/transition.h"

namespace sagaloom::core {

// `ask_until_known`: under `resolve`, and after an operator's retry whatever `on_unknown` says.
OnUnknown Transition::mode_of(const Step& step, const StepRecord& record) const {
  const bool may_leave = head_.phase != Phase::committed && !step.pivot;
  if (step.call()->on_unknown == OnUnknown::compensate && may_leave && !record.ask_until_known) {
    return OnUnknown::compensate;
  }
  return OnUnknown::resolve;
}

void Transition::begin_resolving(const Step& step, const Path& path, OnUnknown mode) {
  StepRecord& record = edit(path);
  record.state = StepState::resolving;
  record.parked = Parked::no;
  record.ask_until_known = mode == OnUnknown::resolve;
  const std::uint32_t used = record.question.number;  // a number is never used twice
  record.question = Try{};
  record.question.number = used;
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
  if (is_missing(by_check ? record.check : record.operation)) {
    record.waiting_for_plugin = true;
    record.question.due = Time{};
    return;
  }
  record.waiting_for_plugin = false;
  record.question.due = Time{};
  record.question.started_at = now_;
  const Operation* check = by_check ? step.call()->check.get() : nullptr;
  const Time deadline =
      now_ + (check && check->timeout ? *check->timeout : attempt_timeout(step.timeout));
  ++record.question.number;
  if (by_check) {
    record.question.in_flight = true;
    record.question.deadline = deadline;
  } else {
    ++record.forward.number;
    record.forward.in_flight = true;
    record.forward.started_at = now_;
    record.forward.deadline = deadline;
  }
}

// The answer to the same key sent again.
void Transition::on_question_answer(const Step& step, const Path& path, const Verdict& verdict) {
  StepRecord& record = edit(path);
  record.forward.in_flight = false;
  switch (verdict.kind) {
    case VerdictKind::ok:
      return succeed(step, path, event_.output.value_or(Value{}), true);
    case VerdictKind::pending:
      ++record.question.counted;
      return begin_awaiting(step, path);
    case VerdictKind::rejected:
      if (record.idempotent) return make_known(step, path, verdict.error);
      return next_question(step, path, verdict, true);
    default:
      if (verdict.fatal) record.no_repeat = true;
      if (crashed_too_often(path, record.question, verdict)) return;
      next_question(step, path, verdict, true);
  }
}

void Transition::on_check_answer(const Step& step, const Path& path) {
  const Verdict verdict = verdict_of_check(event_);
  const StepRecord& known = *find(path);
  if (event_.number == 0 || event_.number > known.question.number) return;
  const bool current = known.state == StepState::resolving && known.question.in_flight &&
                       known.question.number == event_.number;
  if (!current) return on_late_check(step, path, verdict);
  StepRecord& record = edit(path);
  record.question.in_flight = false;
  switch (verdict.kind) {
    case VerdictKind::found:
      return succeed(step, path, event_.output.value_or(Value{}), true);
    case VerdictKind::refused:
      return make_known(step, path, verdict.error);
    case VerdictKind::absent:
      if (step.call()->operation->check_fences) return make_known(step, path, verdict.error);
      if (mode_of(step, record) == OnUnknown::compensate) {
        return leave_unknown(path, record.error.value_or(verdict.error));
      }
      if (record.idempotent && !record.no_repeat) record.no_check = true;
      return next_question(step, path, verdict, true);
    default:
      if (verdict.fatal) record.no_check = true;
      return next_question(step, path, verdict, true);
  }
}

// A check that was asked earlier, answered when the step is no longer waiting for it.
void Transition::on_late_check(const Step& step, const Path& path, const Verdict& verdict) {
  const StepRecord& record = *find(path);
  const bool doubtful = record.state == StepState::resolving ||
                        record.state == StepState::unknown ||
                        (record.state == StepState::parked && record.parked == Parked::doubt);
  const bool done = record.state == StepState::parked && record.parked == Parked::done;
  if (verdict.kind == VerdictKind::found && (doubtful || done)) {
    return succeed(step, path, event_.output.value_or(Value{}), record.state != StepState::unknown);
  }
  const bool definite =
      verdict.kind == VerdictKind::refused ||
      (verdict.kind == VerdictKind::absent && step.call()->operation->check_fences);
  if (definite && doubtful) make_known(step, path, verdict.error);
}

void Transition::next_question(const Step& step, const Path& path, const Verdict& verdict,
                               bool counted) {
  StepRecord& record = edit(path);
  record.forward.in_flight = record.question.in_flight = false;
  if (counted) ++record.question.counted;
  record.doubt = true;
  const bool can_check = !record.check.empty() && !record.no_check;
  const bool compensate = mode_of(step, record) == OnUnknown::compensate;
  const bool can_repeat = !compensate && record.idempotent && !record.no_repeat;
  if ((!can_check && !can_repeat) || (compensate && halted(path))) {
    return give_up_resolving(step, path, verdict.error);
  }
  RetryPolicy policy = step.call()->retry;
  std::optional<Time> end;
  const auto total = duration_of(step.timeout.total);
  if (total) end = record.question.first_at + *total;
  if (compensate && !total && counted) return give_up_resolving(step, path, verdict.error);
  if (compensate) policy.max_attempts.reset();
  const auto due = next_attempt(policy, record.question, {now_, verdict.retry_after, draw(), end});
  if (!due) return give_up_resolving(step, path, verdict.error);
  record.question.due = *due;
}

void Transition::give_up_resolving(const Step& step, const Path& path, Failure error) {
  StepRecord& record = edit(path);
  if (record.error) error = *record.error;
  if (mode_of(step, record) == OnUnknown::compensate) {
    return leave_unknown(path, std::move(error));
  }
  park(path, Parked::doubt, std::move(error));
}

}  // namespace sagaloom::core
