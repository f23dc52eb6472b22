// Operators' verbs (docs/semantics.md 14).
#include <algorithm>
#include <tuple>

#include "runtime/core/transition.h"

namespace sagaloom::core {

void Transition::wrong_state(const StepRecord& record) {
  refuse("wrong_state", "`" + std::string(name(event_.kind)) +
                            "` is not possible while the step is " +
                            std::string(name(record.state)));
}

void Transition::on_retry(const Step& step, const Path& path) {
  const StepRecord& record = *find(path);
  const bool with_input = event_.input.has_value();
  switch (record.state) {
    case StepState::backoff:
      if (halted(path) || with_input) break;
      return is_missing(record.operation) ? void() : begin_attempt(step, path);
    case StepState::resolving:
      if (with_input || record.forward.in_flight || record.question.in_flight) break;
      return ask(step, path);
    case StepState::parked:
      return retry_parked(step, path);
    case StepState::undo_backoff:
      if (with_input) break;
      return begin_undo_try(step, path);
    case StepState::undo_stuck:
      return retry_undo_now(step, path);
    default:
      break;
  }
  wrong_state(record);
}

void Transition::retry_parked(const Step& step, const Path& path) {
  const StepRecord& known = *find(path);
  const bool with_input = event_.input.has_value();
  if (known.parked == Parked::done) {
    return refuse("wrong_state", "the step is done; `resolve` it with a usable output");
  }
  const bool doubt = known.parked == Parked::doubt;
  if (doubt && (with_input || !can_be_asked(known))) {
    return refuse("wrong_state", "it is not known whether the step was done: `resolve` it");
  }
  if (with_input && !fits(step, *event_.input)) return;
  if (known.error && known.error->code == "saga.too_long") head_.granted += records_granted;
  StepRecord& record = edit(path);
  if (doubt) {
    record.no_check = false;
    record.forward.crashes = 0;
    return begin_resolving(step, path, true);
  }
  record.parked = Parked::no;
  record.state = StepState::pending;
  if (!step.call()) return retry_other(step, path);
  record.waiting_for_plugin = false;
  // After a refusal the older key has no effect and never will have: a new occurrence is safe.
  const bool refused = record.error && record.error->kind == "business";
  record.error.reset();
  const bool never_called = record.forward.number == 0;
  if (never_called && !with_input) return start_again(step, path);
  if (refused || with_input) ++record.occurrence;
  record.forward = Try{record.forward.number};
  if (with_input) {
    record.input = *event_.input;
    keep_bytes(record.input);
  }
  begin_attempt(step, path);
}

// What is no call is evaluated again; a repeat goes on with its next turn, a child saga is started
// anew under another id.
void Transition::retry_other(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  const std::string why = record.error ? record.error->code : "";
  record.error.reset();
  if (record.handler > 0) return finish_handling(path);  // its output failed
  if (step.as<Repeat>() && record.turn > 0) {
    record.state = StepState::running;
    const bool next = why == "repeat.exhausted" || why == "saga.too_long";
    return next ? begin_turn(step, path) : end_turn(step, path);  // or `until` is asked again
  }
  if (record.forward.number > 0) ++record.occurrence;
  record.accepted = Value{};
  record.output.reset();
  start_again(step, path);
}

// Whether an operator's input could be sent: a refusal says why not.
bool Transition::fits(const Step& step, const Value& input) {
  if (!step.call()) {
    refuse("wrong_state", "only a call takes an input");
  } else if (const auto wrong = misfit(step.call()->operation->input, input)) {
    refuse("input.invalid", *wrong);
  } else if (!fits_state(input)) {
    refuse("state.too_large", "with this input the saga's state exceeds 1 MiB");
  }
  return !refusal_;
}

// An undo that never got as far as its call takes its turn again, condition and all; one that was
// refused or given up is tried anew under the same key.
void Transition::retry_undo_now(const Step& step, const Path& path) {
  if (event_.input && step.compensate.kind != UndoKind::steps) {
    return refuse("wrong_state", "the step has no undo that could take an input");
  }
  StepRecord& record = edit(path);
  if (record.undo_operation == saga_undo) return undo_child(path);
  const std::string why = record.undo_error ? record.undo_error->code : "";
  const bool not_sent =
      record.undo_operation.empty() || why == "expression.failed" || why == "input.invalid";
  if (not_sent && !event_.input) {
    record.manual_undo = false;
    record.state = record.doubt ? StepState::unknown : StepState::succeeded;
    return record.undo_step > 0 ? begin_undo_step(step, path) : take_turn(step, path);
  }
  if (event_.input) {
    const UndoStep& undo = step.compensate.steps[record.undo_step];
    if (!undo.operation) return refuse("wrong_state", "a `set` takes no input");
    record.undo_id = undo.id;
    record.undo_operation = undo.operation->name;
    record.undo_input = *event_.input;
  }
  record.undo = Try{record.undo.number};
  begin_undo_try(step, path);
}

// The operator asserts that the effect exists under the key (or was undone). The output stands as
// given, without the step's `output` template; an emit that fails is left out with a note.
void Transition::on_resolve(const Step& step, const Path& path) {
  static constexpr StateSet resolvable{StepState::backoff, StepState::awaiting,
                                       StepState::resolving, StepState::parked};
  const StepState state = find(path)->state;
  if (state == StepState::undo_backoff || state == StepState::undo_stuck) {
    edit(path).undo.due = Time{};
    return undone(step, path);
  }
  if (!resolvable.has(state)) return wrong_state(*find(path));
  StepRecord& record = edit(path);
  if (record.order == 0) record.order = ++head_.started;
  leave_path(record);
  record.state = StepState::succeeded;
  record.doubt = record.unusable = record.draining = false;
  record.error.reset();
  const bool child = record.operation == saga_start;
  if (child && record.accepted.is_null()) record.accepted = Value(expression::Map{});
  record.manual_undo = event_.manual_undo;
  record.output = answer();
  keep_bytes(*record.output);
  step_succeeded_ = true;
  if (halted(path)) return;
  look_from(path);
  scope_.set_self(Value::object({{"output", *record.output}}));
  announce({step.status.ok, step.emit});
  go_forward(step, path);
}

// The operator gives the question up: the step counts as possibly done and is undone in its turn.
void Transition::on_abort_step(const Step& step, const Path& path) {
  const StepRecord& known = *find(path);
  const bool refused_before = known.state == StepState::backoff && !known.doubt;
  const bool doubtful = step.call() && deciding(known) && known.state != StepState::running;
  if (!doubtful || refused_before || head_.phase == Phase::committed) return wrong_state(known);
  const bool fenced =
      step.compensate.kind == UndoKind::steps && step.call()->operation->fences == Fencing::yes;
  if (!fenced) {
    return refuse("wrong_state",
                  "`abort_step` needs an undo that fences: without one a late call "
                  "could still take effect");
  }
  StepRecord& record = edit(path);
  record.doubt = true;
  const bool explained = record.error && !record.error->code.empty();
  leave_unknown(
      path, explained ? *record.error
                      : Failure{"call.lost", "unknown", "an operator gave the question up", path});
}

void Transition::on_skip_undo(const Step&, const Path& path) {
  const StepRecord& known = *find(path);
  if (known.state != StepState::undo_stuck) return wrong_state(known);
  if (before_handler(path)) {
    return refuse("wrong_state", "a handler waits for this undo: it can't be skipped");
  }
  edit(path).state = StepState::residue;
}

// Whether an event was dealt with here: while SUSPENDED, and until what came meanwhile has been
// applied, everything is stored in order of arrival.
bool Transition::stored_for_later() {
  if (event_.kind == EventKind::suspend || event_.kind == EventKind::resume) {
    const bool suspend = event_.kind == EventKind::suspend;
    if (head_.suspended != suspend) {
      head_.suspended = suspend;
      changed_ = true;
    } else if (!suspend) {
      refuse("wrong_state", "the saga is not suspended");
    }
    return true;
  }
  const bool at_once = !head_.suspended && head_.stored.empty();
  if (replays_ || at_once || ended(head_.phase)) return false;
  switch (event_.kind) {
    case EventKind::refused_by_store:
      return false;
    case EventKind::timer:
    case EventKind::deadline:
    case EventKind::deliver:
    case EventKind::signal:
    case EventKind::plugin_installed:
      return true;  // due, kept in the inbox or said again later
    default:
      break;
  }
  if (is_verb()) {
    refuse("wrong_state", "the saga is SUSPENDED: `resume` it first");
    return true;
  }
  const auto key = [](const Event& e) {
    return std::tie(e.kind, e.path, e.purpose, e.occurrence, e.number);
  };
  const bool known = std::any_of(head_.stored.begin(), head_.stored.end(),
                                 [&](const Event& e) { return key(e) == key(event_); });
  if (known) return true;
  head_.stored.push_back(event_);
  changed_ = true;
  return true;
}

void Transition::on_migrate() {
  if (event_.code.empty() || event_.code == head_.definition) {
    return refuse("wrong_state", "the saga runs on this version already");
  }
  head_.definition = event_.code;
  head_.version = event_.number;
  changed_ = true;
}

}  // namespace sagaloom::core
