// Undo: what the undo of one step asks for, call by call (docs/semantics.md 8).
#include "runtime/core/transition.h"

namespace sagaloom::core {

void Transition::take_turn(const Step& step, const Path& path) {
  const bool no_effect = step.call() && step.call()->effect == Effect::none;
  if (step.as<ChildSaga>() && step.compensate.kind == UndoKind::unsaid) return undo_child(path);
  if (step.compensate.kind != UndoKind::steps || no_effect) return keep(path);
  StepRecord& record = edit(path);
  see_undo(step, path, record);
  const Result<bool> wanted = holds(step.compensate.when);
  if (!wanted.ok()) {
    return stuck(step, path, expression_failed(path, "compensate.when: " + wanted.error().message));
  }
  if (!*wanted) return keep(path);
  if (record.manual_undo) {
    return stuck(step, path,
                 {"operator.resolved", "business",
                  "an operator made this effect by hand: undo it by hand, then resolve", path});
  }
  if (record.still_running > 0) {  // a timed-out call still runs here: its effect may yet appear
    record.undo.due = now_ + attempt_timeout(step.timeout);
    return;
  }
  record.undo_step = 0;
  record.undo_outputs = Value{};
  begin_undo_step(step, path);
}

void Transition::keep(const Path& path) {
  StepRecord& record = edit(path);
  if (record.state == StepState::unknown) note("step.in_doubt", Value(path));
  record.state = StepState::kept;
}

// `self` is the forward call; `error` what the undo is for: a handler's, else the saga's.
void Transition::see_undo(const Step& step, const Path& path, const StepRecord& record) {
  const StepRecord* handled =
      nearest(path, [](const StepRecord& around) { return around.undo_before; });
  look_from(path, handled ? handled->error : head_.error);
  scope_.hide_step(step.id, record.order, record.undo_outputs);
  const bool succeeded = !is_block(step) || (record.output && record.handler == 0);
  const bool unknown = !outcome_known(record) || !succeeded;
  Value self = Value::object({{"input", record.input},
                              {"key", effect_key(saga_.id, path, record)},
                              {"outcome", unknown ? "unknown" : "succeeded"}});
  if (record.output && !unknown) self = self.with("output", *record.output);
  scope_.set_self(std::move(self));
}

Result<Value> Transition::undo_input(const UndoStep& undo, const Path& path,
                                     const StepRecord& record) {
  if (undo.with) return render(*undo.with);
  return Value::object({{"key", effect_key(saga_.id, path, record)}, {"input", record.input}});
}

// Renders the next call of the undo once, or evaluates a `set`, until one is on its way.
void Transition::begin_undo_step(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  for (; record.undo_step < step.compensate.steps.size(); ++record.undo_step) {
    const UndoStep& undo = step.compensate.steps[record.undo_step];
    see_undo(step, path, record);
    auto input = undo_input(undo, path, record);
    if (!input.ok()) return stuck(step, path, expression_failed(path, input.error()));
    if (!undo.operation) {
      record.undo_outputs = record.undo_outputs.with(undo.id, std::move(*input));
      continue;
    }
    const auto problem = prepare_undo(undo, path, record, std::move(*input));
    if (problem) return stuck(step, path, expression_failed(path, *problem));
    return begin_undo_try(step, path);
  }
  undone(step, path);
}

// What is wrong with the call; nullopt: it can be made.
std::optional<expression::Error> Transition::prepare_undo(const UndoStep& undo, const Path& path,
                                                          StepRecord& record, Value input) {
  record.undo_key.clear();
  if (undo.key) {
    auto key = render_text(*undo.key, "`compensate.key` must give a text");
    if (!key.ok()) return key.error();
    record.undo_key = *key + indexes_of(path);
  }
  record.undo_id = undo.id;
  record.undo_operation = undo.operation->name;
  record.undo_input = std::move(input);
  record.undo = Try{record.undo.number};
  record.undo_from = record.undo.number;
  record.undo_error.reset();
  auto wrong = misfit(undo.operation->input, record.undo_input);
  if (!wrong) return std::nullopt;
  return expression::Error{"input.invalid", std::move(*wrong)};
}

void Transition::begin_undo_try(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  Try& budget = record.undo;
  record.state = StepState::undoing;
  budget.due = Time{};
  record.waiting_for_plugin = is_missing(record.undo_operation);
  if (record.waiting_for_plugin) return;
  if (budget.first_at == Time{}) budget.first_at = now_;
  const TimeoutPolicy& timeout = step.compensate.steps[record.undo_step].timeout;
  open_attempt(budget, attempt_end(timeout, budget.first_at));
}

void Transition::on_undo_answer(const Step& step, const Path& path) {
  const StepRecord& known = *find(path);
  const Try& budget = known.undo;
  const bool of_this_call = undo_begun.has(known.state) && event_.number > known.undo_from &&
                            event_.number <= budget.number;
  if (!of_this_call) return;
  const UndoStep& undo = step.compensate.steps[known.undo_step];
  Verdict verdict = verdict_of_undo(event_);
  const bool fenced = step.call() && step.call()->operation->fences == Fencing::yes;
  const bool nothing = verdict.nothing || (verdict.kind == VerdictKind::rejected &&
                                           matches_any(undo.nothing_to_undo, verdict.error.code));
  const bool believed = outcome_known(known) || fenced;
  if (nothing) verdict.kind = believed ? VerdictKind::ok : VerdictKind::lost;
  if (verdict.kind == VerdictKind::ok) return undo_step_done(step, path, answer());
  const bool current =
      known.state == StepState::undoing && budget.in_flight && budget.number == event_.number;
  if (!current) return;
  if (verdict.kind == VerdictKind::rejected) return stuck(step, path, verdict.error);
  retry_undo(step, path, verdict);
}

void Transition::undo_step_done(const Step& step, const Path& path, const Value& output) {
  StepRecord& record = edit(path);
  record.undo.in_flight = false;
  record.undo.due = Time{};
  if (!record.undo_id.empty()) {
    record.undo_outputs = record.undo_outputs.with(record.undo_id, output);
  }
  ++record.undo_step;
  begin_undo_step(step, path);
}

void Transition::retry_undo(const Step& step, const Path& path, Verdict verdict) {
  StepRecord& record = edit(path);
  Try& budget = record.undo;
  budget.in_flight = false;
  record.undo_error = verdict.error;
  if (verdict.counted) ++budget.counted;
  if (poisoned(budget, verdict)) return stuck(step, path, verdict.error);
  const UndoStep& undo = step.compensate.steps[record.undo_step];
  const auto end = total_end(undo.timeout, budget.first_at);
  const bool repeatable = !verdict.fatal && lets_through(undo.retry, verdict.error.code);
  const auto due = repeatable ? next_due(undo.retry, budget, verdict, end) : std::nullopt;
  if (!due) return stuck(step, path, verdict.error);
  record.state = StepState::undo_backoff;
  budget.due = *due;
}

void Transition::stuck(const Step& step, const Path& path, Failure error) {
  StepRecord& record = edit(path);
  record.undo.in_flight = false;
  record.undo.due = Time{};
  record.waiting_for_plugin = false;
  record.undo_error = error;
  if (step.compensate.on_exhausted == OnExhausted::proceed && !before_handler(path)) {
    record.state = StepState::residue;
    return;
  }
  record.state = StepState::undo_stuck;
  look_from(path, error);
  announce(definition_.hooks.parked);
}

void Transition::undone(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  record.state = StepState::undone;
  record.undo_error.reset();
  see_undo(step, path, record);
  set_status(step.status.compensated);
  announce(step.compensate.announce);
}

}  // namespace sagaloom::core
