// Undo: in reverse start order, each with its own budget, under the forward key
// (docs/semantics.md 8).
#include "runtime/core/transition.h"

namespace sagaloom::core {

namespace {

bool todo(const StepRecord& record) {
  return record.state == StepState::succeeded || record.state == StepState::unknown;
}

bool active(const StepRecord& record) {
  return record.state == StepState::undoing || record.state == StepState::undo_backoff ||
         record.state == StepState::undo_stuck;
}

bool outcome_unknown(const StepRecord& record) {
  return record.doubt || record.unusable;
}

}  // namespace

bool Transition::drained() const {
  return !any([](const StepRecord& step) {
    switch (step.state) {
      case StepState::running:
      case StepState::backoff:
      case StepState::awaiting:
      case StepState::resolving:
      case StepState::parked:
        return true;
      default:
        return false;
    }
  });
}

// A leaf takes part by itself if it calls something; `set` and only `emit` only with an own undo.
bool Transition::takes_part(const Step& step, const StepRecord& record) const {
  if (!todo(record) && !active(record)) return false;
  if (std::holds_alternative<Do>(step.kind)) return false;
  return step.call() || step.compensate.kind == UndoKind::steps;
}

void Transition::go_on_undoing() {
  if (head_.phase != Phase::compensating || !drained()) return;
  for (;;) {
    Path next;
    std::uint32_t order = 0;
    bool waiting = false;
    visit([&](const Path& path, const StepRecord& record) {
      if (!takes_part(*definition_.find(step_id(path)), record)) return;
      const bool begun = active(record) || record.undo.due != Time{};
      waiting = waiting || begun;
      if (begun && definition_.undo_in_parallel) return;
      if (record.order <= order) return;
      order = record.order;
      next = begun ? Path{} : path;
    });
    if (order == 0 && !waiting) return undo_is_over();
    if (next.empty()) return;  // the latest one is being undone, or waits
    take_turn(*definition_.find(step_id(next)), next);
  }
}

void Transition::take_turn(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  const bool no_effect = step.call() && step.call()->effect == Effect::none;
  if (step.compensate.kind != UndoKind::steps || no_effect) return keep(step, path);
  see_undo(step, path, record);
  if (step.compensate.when) {
    std::string problem;
    const bool wanted = holds(*step.compensate.when, problem);
    if (!problem.empty()) {
      return stuck(
          step, path,
          expression_failed(path, {"expression.failed", "compensate.when: " + problem, {}}));
    }
    if (!wanted) return keep(step, path);
  }
  if (record.manual_undo) {
    Failure error;
    error.code = "operator.resolved";
    error.kind = "business";
    error.message = "an operator made this effect by hand: undo it by hand, then resolve";
    error.step = path;
    return stuck(step, path, std::move(error));
  }
  if (record.still_running > 0) {  // a timed-out call still runs here: its effect may yet appear
    record.undo.due = now_ + attempt_timeout(step.timeout);
    return;
  }
  record.undo_step = 0;
  record.undo_outputs = Value{};
  begin_undo_step(step, path);
}

void Transition::keep(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  if (record.state == StepState::unknown) note("step.in_doubt", Value(path));
  record.state = StepState::kept;
}

void Transition::see_undo(const Step& step, const Path& path, const StepRecord& record) {
  scope_.hide_step(step.id, record.undo_outputs);
  scope_.set_self(undo_self(path, record));
  scope_.set_error(head_.error);
}

Value Transition::undo_self(const Path& path, const StepRecord& record) const {
  Value self = Value::object({{"input", record.input},
                              {"key", effect_key(saga_.id, path, record)},
                              {"outcome", outcome_unknown(record) ? "unknown" : "succeeded"}});
  if (record.output && !outcome_unknown(record)) self = self.with("output", *record.output);
  return self;
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
    record.undo_key.clear();
    if (undo.key) {
      const auto key = render(*undo.key);
      if (!key.ok()) return stuck(step, path, expression_failed(path, key.error()));
      if (!key->is_string() || key->string().empty()) {
        return stuck(step, path,
                     expression_failed(
                         path, {"expression.failed", "`compensate.key` must give a text", {}}));
      }
      record.undo_key = key->string();
    }
    record.undo_id = undo.id;
    record.undo_operation = undo.operation->name;
    record.undo_input = std::move(*input);
    const std::uint32_t used = record.undo.number;
    record.undo = Try{};
    record.undo.number = record.undo_from = used;
    record.undo_error.reset();
    if (undo.operation->input) {
      const auto wrong = undo.operation->input->validate(record.undo_input, 1);
      if (!wrong.empty()) {
        return stuck(step, path,
                     expression_failed(
                         path, {"input.invalid", wrong[0].pointer + ": " + wrong[0].message, {}}));
      }
    }
    return begin_undo_try(step, path);
  }
  undone(step, path);
}

void Transition::begin_undo_try(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  record.state = StepState::undoing;
  record.undo.due = Time{};
  record.waiting_for_plugin = is_missing(record.undo_operation);
  if (record.waiting_for_plugin) return;
  const UndoStep& undo = step.compensate.steps[record.undo_step];
  Try& budget = record.undo;
  ++budget.number;
  if (budget.first_at == Time{}) budget.first_at = now_;
  budget.started_at = now_;
  budget.in_flight = true;
  budget.deadline = now_ + attempt_timeout(undo.timeout);
}

void Transition::on_undo_answer(const Step& step, const Path& path) {
  const StepRecord& known = *find(path);
  if (!active(known) || event_.number <= known.undo_from || event_.number > known.undo.number) {
    return;
  }
  const UndoStep& undo = step.compensate.steps[known.undo_step];
  const bool current = known.state == StepState::undoing && known.undo.in_flight &&
                       known.undo.number == event_.number;
  Verdict verdict = verdict_of_undo(event_);
  const bool fenced = step.call() && step.call()->operation->fences == Fencing::yes;
  const bool nothing = verdict.nothing || (verdict.kind == VerdictKind::rejected &&
                                           matches_any(undo.nothing_to_undo, verdict.error.code));
  if (nothing) {
    const bool believed = !outcome_unknown(known) || fenced;
    verdict.kind = believed ? VerdictKind::ok : VerdictKind::lost;
  }
  if (verdict.kind == VerdictKind::ok) {
    return undo_step_done(step, path, event_.output.value_or(Value{}));
  }
  if (!current) return;
  if (verdict.kind == VerdictKind::rejected) return stuck(step, path, verdict.error);
  retry_undo(step, path, verdict, true);
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

void Transition::retry_undo(const Step& step, const Path& path, const Verdict& verdict,
                            bool counted) {
  StepRecord& record = edit(path);
  record.undo.in_flight = false;
  record.undo_error = verdict.error;
  if (counted) ++record.undo.counted;
  if (verdict.error.code != "call.interrupted") {
    record.undo.crashes = event_.crashed ? record.undo.crashes + 1 : 0;
  }
  if (record.undo.crashes >= max_crashes) {
    Failure poison = verdict.error;
    poison.code = "plugin.poison";
    return stuck(step, path, std::move(poison));
  }
  const UndoStep& undo = step.compensate.steps[record.undo_step];
  std::optional<Time> end;
  if (const auto total = duration_of(undo.timeout.total)) end = record.undo.first_at + *total;
  if (!verdict.fatal && lets_through(undo.retry, verdict.error.code)) {
    if (const auto due =
            next_attempt(undo.retry, record.undo, {now_, verdict.retry_after, draw(), end})) {
      record.state = StepState::undo_backoff;
      record.undo.due = *due;
      return;
    }
  }
  stuck(step, path, verdict.error);
}

void Transition::stuck(const Step& step, const Path& path, Failure error) {
  StepRecord& record = edit(path);
  record.undo.in_flight = false;
  record.undo.due = Time{};
  record.waiting_for_plugin = false;
  record.undo_error = error;
  if (step.compensate.on_exhausted == OnExhausted::proceed) {
    record.state = StepState::residue;
    return;
  }
  record.state = StepState::undo_stuck;
  scope_.set_error(error);
  announce(definition_.hooks.parked);
}

void Transition::undone(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  record.state = StepState::undone;
  record.undo_error.reset();
  scope_.set_self(undo_self(path, record));
  set_status(step.status.compensated);
  announce(step.compensate.announce);
}

void Transition::undo_is_over() {
  expression::List residue;
  bool some_effect = false;
  visit([&](const Path& path, const StepRecord& record) {
    if (record.state == StepState::residue) {
      residue.push_back(Value::object({{"step", path},
                                       {"key", effect_key(saga_.id, path, record)},
                                       {"operation", record.operation}}));
    }
    const Step& step = *definition_.find(step_id(path));
    const bool effect = step.call() && step.call()->effect != Effect::none;
    const bool own_undo = !step.call() && record.state == StepState::undone;
    const bool over = record.state == StepState::undone || record.state == StepState::kept;
    some_effect = some_effect || own_undo || (effect && over);
  });
  scope_.clear_self();
  scope_.show_all_steps();
  scope_.set_error(head_.error);
  if (!residue.empty()) {
    head_.residue = Value(std::move(residue));
    return end(Phase::failed, definition_.hooks.failed);
  }
  if (some_effect) return end(Phase::compensated, definition_.hooks.compensated);
  end(Phase::failed, definition_.hooks.failed);
}

}  // namespace sagaloom::core
