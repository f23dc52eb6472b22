// Undo: in reverse start order, each with its own budget, under the forward key
// (docs/semantics.md 8).
#include "runtime/core/transition.h"
#include "runtime/core/tree.h"

namespace sagaloom::core {

namespace {

bool todo(const StepRecord& record) {
  if (record.state == StepState::handled) return record.unusable;  // done, and kept by its handler
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
  return !any(is_open);
}

// A leaf takes part by itself if it calls something, the others only with an own undo.
bool Transition::takes_part(const Step& step, const StepRecord& record) const {
  if (!todo(record) && !active(record)) return false;
  if (is_block(step)) return false;
  if (std::holds_alternative<ChildSaga>(step.kind)) return true;
  return step.call() || step.compensate.kind == UndoKind::steps;
}

void Transition::go_on_undoing() {
  if (head_.phase != Phase::compensating || !drained()) return;
  if (undo_list(definition_.steps, "", UndoWalk{}) == Walked::over) undo_is_over();
}

// A list is undone last-started first, one after another; all at once under `order: parallel`.
Transition::Walked Transition::undo_list(const StepList& list, const std::string& prefix,
                                         const UndoWalk& walk) {
  Walked walked = Walked::over;
  for (auto step = list.rbegin(); step != list.rend(); ++step) {
    const Path path = prefix + step->id;
    if (!find(path)) continue;
    if (undo_step(*step, path, walk) == Walked::over) continue;
    walked = Walked::waiting;
    if (!definition_.undo_in_parallel) break;
  }
  return walked;
}

// The steps of its handler started after the step itself, so they go first.
Transition::Walked Transition::undo_step(const Step& step, const Path& path, const UndoWalk& walk) {
  Walked walked = Walked::over;
  if (const std::uint32_t handler = find(path)->handler; handler > 0) {
    UndoWalk whole = walk;
    whole.covered = false;  // a block's own undo does not cover handlers' steps
    walked = undo_list(step.on_error[handler - 1].steps, prefix_of(path), whole);
    if (!step.on_error[handler - 1].keep) return walked;  // what it replaced is undone already
  }
  if (walked == Walked::waiting && !definition_.undo_in_parallel) return walked;
  const Walked body = undo_body(step, path, walk);
  return body == Walked::waiting ? body : walked;
}

// The step itself: its children, or in their place the undo of its own.
Transition::Walked Transition::undo_body(const Step& step, const Path& path, const UndoWalk& walk) {
  if (!is_block(step)) return walk.covered ? Walked::over : undo_itself(step, path, walk);
  if (step.compensate.kind == UndoKind::unsaid) return undo_children(step, path, walk);
  UndoWalk handlers_only = walk;
  handlers_only.covered = true;
  if (undo_children(step, path, handlers_only) == Walked::waiting) return Walked::waiting;
  if (walk.covered) return Walked::over;
  const StepRecord& record = *find(path);
  const bool over = record.state == StepState::undone || record.state == StepState::kept ||
                    record.state == StepState::residue;
  if (over) return Walked::over;
  if (active(record) || record.undo.due != Time{}) return Walked::waiting;
  if (!child_took_part(path)) return Walked::over;
  take_turn(step, path);
  const StepRecord& now = *find(path);
  return active(now) || now.undo.due != Time{} ? Walked::waiting : Walked::over;
}

bool Transition::child_took_part(const Path& outer) const {
  bool found = false;
  visit([&](const Path& path, const StepRecord& record) {
    if (found || !lies_inside(definition_, path, outer)) return;
    found = todo(record) && takes_part(*definition_.find(step_id(path)), record);
  });
  return found;
}

Transition::Walked Transition::undo_itself(const Step& step, const Path& path,
                                           const UndoWalk& walk) {
  const StepRecord& record = *find(path);
  if (!takes_part(step, record)) return Walked::over;
  const bool begun = active(record) || record.undo.due != Time{};
  if (begun) return Walked::waiting;
  if (walk.only_doubtful && record.state != StepState::unknown) return Walked::over;
  take_turn(step, path);
  const StepRecord& now = *find(path);
  return active(now) || now.undo.due != Time{} ? Walked::waiting : Walked::over;
}

// Branches at the same time, items at most `max_parallel` at a time over the reverse of their
// start, turns in reverse.
Transition::Walked Transition::undo_children(const Step& step, const Path& path,
                                             const UndoWalk& walk) {
  const std::uint32_t begun = find(path)->turn;
  Walked walked = Walked::over;
  if (const auto* block = std::get_if<Foreach>(&step.kind)) {
    std::uint32_t waiting = 0;
    for (std::uint32_t item = begun; item > 0; --item) {
      const std::string prefix = body_prefix(step, path, item - 1);
      if (undo_list(block->steps, prefix, walk) == Walked::over) continue;
      walked = Walked::waiting;
      if (++waiting >= block->max_parallel && !definition_.undo_in_parallel) break;
    }
    return walked;
  }
  if (const auto* block = std::get_if<Repeat>(&step.kind)) {
    for (std::uint32_t turn = begun; turn > 0; --turn) {
      if (undo_list(block->steps, body_prefix(step, path, turn), walk) == Walked::over) continue;
      walked = Walked::waiting;
      if (!definition_.undo_in_parallel) break;
    }
    return walked;
  }
  for (const StepList* list : body_lists(step)) {
    if (undo_list(*list, prefix_of(path), walk) == Walked::waiting) walked = Walked::waiting;
  }
  return walked;
}

// Whether this undo makes room for a handler: then it can be neither skipped nor given up.
bool Transition::before_handler(const Path& path) const {
  for (Path at = path; !at.empty(); at = parent_path(definition_, at)) {
    if (const StepRecord* record = find(at); record && record->undo_before) return true;
  }
  return false;
}

void Transition::take_turn(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  const bool no_effect = step.call() && step.call()->effect == Effect::none;
  const bool child = std::holds_alternative<ChildSaga>(step.kind);
  if (child && step.compensate.kind == UndoKind::unsaid) return undo_child(path);
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
  look_from(path);
  scope_.hide_step(step.id, record.undo_outputs);
  scope_.set_self(undo_self(path, record));
  scope_.set_error(head_.error);
  for (Path at = path; !at.empty(); at = parent_path(definition_, at)) {
    if (const StepRecord* handled = find(at); handled->undo_before) {
      return scope_.set_error(handled->error);
    }
  }
}

Value Transition::undo_self(const Path& path, const StepRecord& record) const {
  const bool block = is_block(*definition_.find(step_id(path)));
  const bool unknown = outcome_unknown(record) || (block && !record.output);
  Value self = Value::object({{"input", record.input},
                              {"key", effect_key(saga_.id, path, record)},
                              {"outcome", unknown ? "unknown" : "succeeded"}});
  if (record.output && !unknown) self = self.with("output", *record.output);
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
  if (step.compensate.on_exhausted == OnExhausted::proceed && !before_handler(path)) {
    record.state = StepState::residue;
    return;
  }
  record.state = StepState::undo_stuck;
  look_from(path);
  scope_.set_error(error);
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

void Transition::undo_is_over() {
  expression::List residue;
  bool some_effect = false;
  visit([&](const Path& path, const StepRecord& record) {
    if (record.state == StepState::residue) {
      residue.push_back(Value::object({{"step", path},
                                       {"key", effect_key(saga_.id, path, record)},
                                       {"operation", record.operation}}));
    }
    if (record.residue.is_list()) {
      for (const Value& left : record.residue.items()) residue.push_back(left);
    }
    const Step& step = *definition_.find(step_id(path));
    const bool effect = step.call() && step.call()->effect != Effect::none;
    const bool own_undo = !step.call() && record.state == StepState::undone;
    const bool over = record.state == StepState::undone || record.state == StepState::kept;
    some_effect = some_effect || own_undo || (effect && over);
  });
  look_from("");
  scope_.set_error(head_.error);
  if (!residue.empty()) {
    head_.residue = Value(std::move(residue));
    return end(Phase::failed, definition_.hooks.failed);
  }
  if (some_effect) return end(Phase::compensated, definition_.hooks.compensated);
  end(Phase::failed, definition_.hooks.failed);
}

}  // namespace sagaloom::core
