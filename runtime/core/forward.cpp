// Folding the answers of a call going forward into the step's outcome (docs/semantics.md 2 and 3).
#include <algorithm>

#include "runtime/core/transition.h"

namespace sagaloom::core {

namespace {

constexpr Duration default_attempt{30'000};

}  // namespace

std::optional<Duration> Transition::duration_of(const std::optional<DurationTemplate>& duration) {
  if (!duration) return std::nullopt;
  if (!duration->computed) return duration->constant;
  const auto rendered = render(*duration->computed);
  return rendered.ok() ? to_duration(*rendered) : std::nullopt;
}

// The host restarts the attempt's timer at each heartbeat, so silence for `heartbeat` ends it.
Duration Transition::attempt_timeout(const TimeoutPolicy& timeout) {
  const Duration attempt = duration_of(timeout.attempt).value_or(default_attempt);
  return std::min(attempt, duration_of(timeout.heartbeat).value_or(attempt));
}

std::optional<Time> Transition::total_end(const TimeoutPolicy& timeout, Time first_at) {
  const auto total = duration_of(timeout.total);
  return total ? std::optional(first_at + *total) : std::nullopt;
}

Time Transition::attempt_end(const TimeoutPolicy& timeout, Time first_at) {
  const Time end = now_ + attempt_timeout(timeout);
  return std::min(end, total_end(timeout, first_at).value_or(end));
}

// `end`: the earliest moment after which no further attempt may start.
std::optional<Time> Transition::next_due(const RetryPolicy& policy, const Try& budget,
                                         const Verdict& verdict, std::optional<Time> end) {
  const auto due = next_attempt(policy, budget, {now_, verdict.retry_after, draw(), end});
  const Time alert_at = budget.first_at + definition_.alert_after;
  const bool crosses = due && *due >= alert_at && budget.started_at < alert_at;
  if (crosses) note("retry.long", Value(verdict.error.step));
  return due;
}

// Three attributed crashes in a row of one occurrence end it, before `on_unknown` is looked at; an
// interruption neither counts nor resets.
bool Transition::poisoned(Try& budget, Verdict& verdict) const {
  if (verdict.error.code == "call.interrupted") return false;
  budget.crashes = event_.crashed ? budget.crashes + 1 : 0;
  if (budget.crashes < max_crashes) return false;
  verdict.error.code = "plugin.poison";
  return true;
}

void Transition::on_answer(const Step& step, const Path& path) {
  const bool undo = event_.purpose == Purpose::undo;
  const StepRecord& record = *find(path);
  const bool own_undo = undo && undo_begun.has(record.state) && record.undo_operation != saga_undo;
  if (step.as<ChildSaga>() && !own_undo) return on_child_answer(path);
  if (undo) return on_undo_answer(step, path);
  if (!step.call()) return;
  if (event_.purpose == Purpose::question) return on_check_answer(step, path);
  if (event_.number == 0 || event_.number > record.forward.number) return;
  const Verdict verdict = verdict_of_call(event_, *step.call());
  const bool current = record.forward.in_flight && record.forward.number == event_.number;
  if (!current) return on_late_answer(step, path, verdict);
  if (event_.running) ++edit(path).still_running;
  on_forward_answer(step, path, verdict);
}

// The answer of the attempt in flight; while RESOLVING, to the same key sent again.
void Transition::on_forward_answer(const Step& step, const Path& path, Verdict verdict) {
  StepRecord& record = edit(path);
  const bool resolving = record.state == StepState::resolving;
  record.forward.in_flight = false;
  switch (verdict.kind) {
    case VerdictKind::ok:
      return succeed(step, path, answer());
    case VerdictKind::pending:
      if (resolving) ++record.question.counted;
      return begin_awaiting(step, path);
    case VerdictKind::rejected:
      if (!record.doubt || record.idempotent) return make_known(step, path, verdict.error);
      if (!resolving) return end_policy(step, path, verdict.error);
      break;
    default:
      if (!resolving) return retry_or_end(step, path, verdict);
      if (verdict.fatal) record.no_repeat = true;
      if (poisoned(record.question, verdict)) return park(path, parked_for(record), verdict.error);
  }
  next_question(step, path, verdict);
}

// `not_done` and `lost`: another attempt if the policy, the operation and the saga allow one.
void Transition::retry_or_end(const Step& step, const Path& path, Verdict verdict) {
  StepRecord& record = edit(path);
  Try& budget = record.forward;
  budget.in_flight = false;
  record.error = verdict.error;
  if (verdict.counted) ++budget.counted;
  const bool lost = verdict.kind == VerdictKind::lost;
  if (lost) record.doubt = true;
  if (verdict.fatal) record.no_repeat = true;
  if (poisoned(budget, verdict)) return park(path, parked_for(record), verdict.error);
  const RetryPolicy& policy = step.call()->retry;
  const bool repeatable = !verdict.fatal && (!lost || record.idempotent) && !halted(path) &&
                          !(step.pivot && head_.noted) && lets_through(policy, verdict.error.code);
  if (!repeatable) return end_policy(step, path, verdict.error);
  std::optional<Time> end = total_end(step.timeout, budget.first_at);
  const bool deadline_binds = head_.phase == Phase::running && !step.pivot &&
                              head_.deadline != Time{} && !head_.deadline_alerts;
  if (deadline_binds) end = std::min(end.value_or(head_.deadline), head_.deadline);
  const auto due = next_due(policy, budget, verdict, end);
  if (!due) return end_policy(step, path, verdict.error);
  record.state = StepState::backoff;
  budget.due = *due;
}

void Transition::end_policy(const Step& step, const Path& path, const Failure& error) {
  StepRecord& record = edit(path);
  if (!record.doubt) return fail(path, error);
  record.error = error;
  if (may_leave(step)) {
    if (halted(path) || record.check.empty()) return leave_unknown(path, error);
    return begin_resolving(step, path, false);
  }
  const bool asks = step.call()->on_unknown != OnUnknown::park && can_be_asked(record);
  if (asks) return begin_resolving(step, path, true);
  park(path, Parked::doubt, error);
}

void Transition::on_interrupted(const Step& step, const Path& path) {
  const StepRecord& record = *find(path);
  const bool undo = event_.purpose == Purpose::undo;
  const bool forward = event_.purpose == Purpose::forward;
  if (!undo && !forward && event_.purpose != Purpose::question) return;
  const Try& budget = undo ? record.undo : forward ? record.forward : record.question;
  if (!budget.in_flight || budget.number != event_.number) return;
  Verdict verdict{VerdictKind::lost,
                  {"call.interrupted", "unknown",
                   "the node that made the call ended before its answer", path, event_.number}};
  verdict.counted = false;
  if (undo) {
    if (record.state == StepState::undoing) retry_undo(step, path, verdict);
  } else if (record.state == StepState::resolving) {
    next_question(step, path, verdict);
  } else if (forward && record.state == StepState::running) {
    if (step.call()->effect == Effect::none) verdict.kind = VerdictKind::not_done;
    retry_or_end(step, path, verdict);
  }
}

// What a late answer (of an earlier attempt of this occurrence) still changes: semantics.md 3, 9.
void Transition::on_late_answer(const Step& step, const Path& path, const Verdict& verdict) {
  const StepRecord& record = *find(path);
  if (verdict.kind == VerdictKind::rejected && record.idempotent && undecided(record)) {
    return make_known(step, path, verdict.error);
  }
  if (verdict.kind != VerdictKind::ok) return;
  const bool counts = undecided(record) || parked_as(record, Parked::done);
  if (!counts) return note("step.late_ok", Value(path));
  succeed(step, path, answer());
}

// A definite refusal of a step in doubt: FAILED; of an UNKNOWN one only the undo is spared.
void Transition::make_known(const Step& step, const Path& path, Failure error) {
  StepRecord& record = edit(path);
  record.doubt = false;
  if (record.state != StepState::unknown) return fail(path, std::move(error));
  record.state = StepState::failed;
  record.undo.due = Time{};
  record.error = std::move(error);
}

// The output as it is kept: checked, limited, shaped by the step's `output` template. On success it
// stands in the step, so that emits can see it.
Result<Value> Transition::usable_output(const Step& step, const Path& path, const Value& answer) {
  if (const Call* call = step.call(); call && !call->await) {
    if (auto wrong = misfit(call->operation->output, answer)) {
      return expression::Error{"output.invalid", std::move(*wrong)};
    }
  }
  look_from(path);
  scope_.set_self(Value::object({{"output", answer}}));
  auto kept = step.output ? render(*step.output) : answer;
  if (!kept.ok()) return kept;
  if (expression::byte_size(*kept) > max_output_bytes) {
    return expression::Error{"output.too_large", "the output is larger than 256 KiB"};
  }
  if (!fits_state(*kept)) {
    return expression::Error{"state.too_large", "the saga's state would exceed 1 MiB"};
  }
  keep_bytes(*kept);
  edit(path).output = *kept;
  return kept;
}

// Keeps the output and renders the emits of a step that goes on; what is wrong with them otherwise.
std::optional<Failure> Transition::make_use(const Step& step, const Path& path, const Value& answer,
                                            bool forward, std::vector<Emitted>& emitted) {
  const auto output = usable_output(step, path, answer);
  if (!output.ok()) return expression_failed(path, output.error());
  if (!forward) return std::nullopt;
  auto rendered = render_emits(step.emit);
  if (!rendered.ok()) return expression_failed(path, rendered.error());
  emitted = std::move(*rendered);
  return std::nullopt;
}

// `ok` decides the effect, whatever comes with it. An UNKNOWN step left the path: then it is
// SUCCEEDED for its undo only.
void Transition::succeed(const Step& step, const Path& path, const Value& answer) {
  const StepRecord& known = *find(path);
  const bool left = known.state == StepState::unknown;
  const bool settled = left || parked_as(known, Parked::done);
  const bool forward = !left && !halted(path);
  const bool before = changed_;
  std::vector<Emitted> emitted;
  const auto problem = make_use(step, path, answer, forward, emitted);
  if (problem && settled) {  // an unusable answer adds nothing to what is known: stale
    edited_.erase(path);
    changed_ = before;
    return;
  }
  if (problem) return succeed_unusable(step, path, *problem);
  StepRecord& record = edit(path);
  leave_path(record);
  record.state = StepState::succeeded;
  record.doubt = record.unusable = false;
  if (!record.undo_before) record.error.reset();  // the handler that waits for its undo sees it
  step_succeeded_ = true;
  if (!forward) return;
  set_status(step.status.ok);
  publish(std::move(emitted));
  go_forward(step, path);
}

// Done, but nothing can be done with it: no output, the error climbs; past the point of return it
// waits for an operator, and the pivot is passed all the same.
void Transition::succeed_unusable(const Step& step, const Path& path, Failure error) {
  StepRecord& record = edit(path);
  leave_path(record);
  drop_output(record);
  record.unusable = true;
  record.error = error;
  const bool stopped = halted(path);
  const bool pivot = holds_pivot(step);
  if (!stopped) set_error_status(step, path, error);
  if (!stopped && (pivot || head_.phase == Phase::committed)) {
    if (pivot) pass_pivot();
    return park(path, Parked::done, std::move(error));
  }
  record.state = StepState::succeeded;
  if (!stopped) climb(path, error);
}

}  // namespace sagaloom::core
