// Folding the answers of a call going forward into the step's outcome (docs/semantics.md 2 and 3).
#include <algorithm>

#include "runtime/core/transition.h"
#include "runtime/core/tree.h"
#include "runtime/expression/time.h"

namespace sagaloom::core {

namespace {

constexpr Duration default_attempt{30'000};

std::optional<Duration> as_duration(const Value& value) {
  std::optional<expression::TimeSpan> span;
  if (value.kind() == Value::Kind::time_span) span = value.time_span();
  if (value.is_string()) span = expression::parse_duration(value.string());
  if (!span || span->seconds < 0) return std::nullopt;
  return Duration(span->seconds * 1000 + span->nanos / 1'000'000);
}

bool undo_begun_or_over(StepState state) {
  switch (state) {
    case StepState::running:
    case StepState::backoff:
    case StepState::awaiting:
    case StepState::resolving:
    case StepState::parked:
    case StepState::unknown:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::optional<Duration> Transition::duration_of(const std::optional<DurationTemplate>& duration) {
  if (!duration) return std::nullopt;
  if (!duration->computed) return duration->constant;
  const auto rendered = render(*duration->computed);
  if (!rendered.ok()) return std::nullopt;
  return as_duration(*rendered);
}

// The host restarts the attempt's timer at each heartbeat, so silence for `heartbeat` ends it.
Duration Transition::attempt_timeout(const TimeoutPolicy& timeout) {
  const Duration attempt = duration_of(timeout.attempt).value_or(default_attempt);
  return std::min(attempt, duration_of(timeout.heartbeat).value_or(attempt));
}

// The earliest moment after which no further attempt may start.
std::optional<Time> Transition::policy_end(const Step& step, Time first_at) {
  std::optional<Time> end;
  if (const auto total = duration_of(step.timeout.total)) end = first_at + *total;
  const bool deadline_binds = head_.phase == Phase::running && !step.pivot &&
                              head_.deadline != Time{} && !head_.deadline_alerts;
  if (deadline_binds && (!end || head_.deadline < *end)) end = head_.deadline;
  return end;
}

void Transition::on_answer(const Step& step, const Path& path) {
  const StepRecord* record = find(path);
  if (!record || record->occurrence != event_.occurrence) return;
  if (event_.purpose == Purpose::undo) return on_undo_answer(step, path);
  if (event_.purpose == Purpose::question) return on_check_answer(step, path);
  if (event_.number == 0 || event_.number > record->forward.number) return;
  if (!step.call()) return;
  const Call& call = *step.call();
  const Verdict verdict = verdict_of_call(event_, call);
  const bool current = record->forward.in_flight && record->forward.number == event_.number;
  if (!current) return on_late_answer(step, path, verdict);
  if (event_.running) ++edit(path).still_running;
  if (record->state == StepState::resolving) return on_question_answer(step, path, verdict);
  on_forward_answer(step, path, verdict);
}

void Transition::on_forward_answer(const Step& step, const Path& path, const Verdict& verdict) {
  StepRecord& record = edit(path);
  record.forward.in_flight = false;
  switch (verdict.kind) {
    case VerdictKind::ok:
      return succeed(step, path, event_.output.value_or(Value{}), true);
    case VerdictKind::rejected:
      if (!record.doubt || record.idempotent) {
        record.doubt = false;
        return fail(path, verdict.error);
      }
      return end_policy(step, path, verdict.error);
    case VerdictKind::pending:
      return begin_awaiting(step, path);
    default:
      return retry_or_end(step, path, verdict, true);
  }
}

// `not_done` and `lost`: another attempt if the policy, the operation and the saga allow one.
void Transition::retry_or_end(const Step& step, const Path& path, const Verdict& verdict,
                              bool counted) {
  StepRecord& record = edit(path);
  record.forward.in_flight = false;
  record.error = verdict.error;
  if (counted) ++record.forward.counted;
  const bool lost = verdict.kind == VerdictKind::lost;
  if (lost) record.doubt = true;
  if (verdict.fatal) record.no_repeat = true;
  if (crashed_too_often(path, record.forward, verdict)) return;
  const RetryPolicy& policy = step.call()->retry;
  const bool repeatable = !verdict.fatal && (!lost || record.idempotent) && !halted(path) &&
                          !(step.pivot && head_.noted) && lets_through(policy, verdict.error.code);
  if (repeatable) {
    const auto due = next_attempt(
        policy, record.forward,
        {now_, verdict.retry_after, draw(), policy_end(step, record.forward.first_at)});
    if (due) {
      record.state = StepState::backoff;
      record.forward.due = *due;
      return;
    }
  }
  end_policy(step, path, verdict.error);
}

// Three attributed crashes in a row of one occurrence park it, before `on_unknown` is looked at.
bool Transition::crashed_too_often(const Path& path, Try& budget, const Verdict& verdict) {
  if (verdict.error.code == "call.interrupted") return false;
  budget.crashes = event_.crashed ? budget.crashes + 1 : 0;
  if (budget.crashes < max_crashes) return false;
  Failure poison = verdict.error;
  poison.code = "plugin.poison";
  park(path, find(path)->doubt ? Parked::doubt : Parked::no_doubt, std::move(poison));
  return true;
}

void Transition::end_policy(const Step& step, const Path& path, const Failure& error) {
  StepRecord& record = edit(path);
  if (!record.doubt) return fail(path, error);
  record.error = error;
  const bool can_ask = !record.check.empty() || (record.idempotent && !record.no_repeat);
  switch (step.call()->on_unknown) {
    case OnUnknown::compensate:
      if (head_.phase != Phase::committed && !step.pivot) {
        if (halted(path) || record.check.empty()) return leave_unknown(path, error);
        return begin_resolving(step, path, OnUnknown::compensate);
      }
      [[fallthrough]];
    case OnUnknown::resolve:
      if (can_ask) return begin_resolving(step, path, OnUnknown::resolve);
      return park(path, Parked::doubt, error);
    case OnUnknown::park:
      return park(path, Parked::doubt, error);
  }
}

void Transition::on_interrupted(const Step& step, const Path& path) {
  const StepRecord* record = find(path);
  if (!record || record->occurrence != event_.occurrence) return;
  Verdict verdict;
  verdict.error.code = "call.interrupted";
  verdict.error.kind = "unknown";
  verdict.error.message = "the node that made the call ended before its answer";
  verdict.error.step = path;
  verdict.error.attempt = event_.number;
  const auto open = [&](const Try& budget) {
    return budget.in_flight && budget.number == event_.number;
  };
  switch (event_.purpose) {
    case Purpose::undo:
      if (record->state == StepState::undoing && open(record->undo)) {
        retry_undo(step, path, verdict, false);
      }
      return;
    case Purpose::question:
      if (record->state == StepState::resolving && open(record->question)) {
        verdict.kind = VerdictKind::unavailable;
        next_question(step, path, verdict, false);
      }
      return;
    case Purpose::forward:
      if (!open(record->forward)) return;
      verdict.kind =
          step.call()->effect == Effect::none ? VerdictKind::not_done : VerdictKind::lost;
      if (record->state == StepState::resolving) return next_question(step, path, verdict, false);
      if (record->state == StepState::running) retry_or_end(step, path, verdict, false);
      return;
    default:
      return;
  }
}

// What a late answer (of an earlier attempt of this occurrence) still changes: semantics.md 3, 9.
void Transition::on_late_answer(const Step& step, const Path& path, const Verdict& verdict) {
  const StepRecord& record = *find(path);
  if (verdict.kind == VerdictKind::rejected) {
    const bool undecided = !undo_begun_or_over(record.state) &&
                           !(record.state == StepState::parked && record.parked != Parked::doubt);
    if (record.idempotent && undecided) make_known(step, path, verdict.error);
    return;
  }
  if (verdict.kind != VerdictKind::ok) return;
  const Value answer = event_.output.value_or(Value{});
  const bool no_doubt = record.state == StepState::parked && record.parked == Parked::no_doubt;
  if (undo_begun_or_over(record.state) || no_doubt) return note("step.late_ok", Value(path));
  succeed(step, path, answer, record.state != StepState::unknown);
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
  if (const Call* call = step.call(); call && call->operation->output && !call->await) {
    const auto violations = call->operation->output->validate(answer, 1);
    if (!violations.empty()) {
      return expression::Error{
          "output.invalid", violations[0].pointer + ": " + violations[0].message, {}};
    }
  }
  look_from(path);
  scope_.set_self(Value::object({{"output", answer}}));
  Value kept = answer;
  if (step.output) {
    auto shaped = render(*step.output);
    if (!shaped.ok()) return shaped.error();
    kept = std::move(*shaped);
  }
  const std::size_t bytes = expression::byte_size(kept);
  if (bytes > max_output_bytes) {
    return expression::Error{"output.too_large", "the output is larger than 256 KiB", {}};
  }
  if (head_.bytes + bytes > max_state_bytes) {
    return expression::Error{"state.too_large", "the saga's state would exceed 1 MiB", {}};
  }
  head_.bytes += bytes;
  edit(path).output = kept;
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

// `ok` decides the effect, whatever comes with it. `path_goes_on` is false for an UNKNOWN step that
// left the path: then it is SUCCEEDED for its undo only.
void Transition::succeed(const Step& step, const Path& path, const Value& answer,
                         bool path_goes_on) {
  const bool forward = path_goes_on && !halted(path);
  const bool before = changed_;
  const StepRecord* known = find(path);
  const bool settled =
      known && (known->state == StepState::unknown ||
                (known->state == StepState::parked && known->parked == Parked::done));
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
  record.error.reset();
  step_succeeded_ = true;
  if (!forward) return;
  set_status(step.status.ok);
  publish(std::move(emitted));
  if (holds_pivot(step)) pass_pivot();
  act_on_noted();
  go_on_after(path);
}

// Done, but nothing can be done with it: no output, the error climbs; past the point of return it
// waits for an operator, and the pivot is passed all the same.
void Transition::succeed_unusable(const Step& step, const Path& path, Failure error) {
  StepRecord& record = edit(path);
  leave_path(record);
  if (record.output)
    head_.bytes -= std::min<std::uint64_t>(head_.bytes, expression::byte_size(*record.output));
  record.output.reset();
  record.unusable = true;
  record.error = error;
  const bool forward_only = head_.phase == Phase::committed || holds_pivot(step);
  if (forward_only && !halted(path)) {
    set_error_status(step, path, error);
    if (holds_pivot(step)) pass_pivot();
    return park(path, Parked::done, std::move(error));
  }
  record.state = StepState::succeeded;
  if (halted(path)) return;
  set_error_status(step, path, error);
  climb(path, error);
}

void Transition::on_forward_timer(const Step& step, const Path& path) {
  const StepRecord& record = *find(path);
  if (record.state == StepState::running && is_block(step) && record.forward.due != Time{}) {
    edit(path).forward.due = Time{};  // `settle` starts the next items
    return;
  }
  if (record.state == StepState::pending && record.forward.due != Time{}) {
    if (halted(path)) return;
    if (start(step, path)) go_on_after(path);
    return;
  }
  if (record.state != StepState::backoff || record.forward.number != event_.number) return;
  if (is_missing(record.operation)) {
    edit(path).waiting_for_plugin = true;
    return;
  }
  edit(path).waiting_for_plugin = false;
  begin_attempt(step, path);
}

}  // namespace sagaloom::core
