// Operators' verbs and what wakes a step from outside its own answers (docs/semantics.md 14).
#include <algorithm>

#include "runtime/core/transition.h"
#include "runtime/core/tree.h"

namespace sagaloom::core {

void Transition::wrong_state(const StepRecord& record, std::string_view verb) {
  refuse("wrong_state", "`" + std::string(verb) + "` is not possible while the step is " +
                            std::string(name(record.state)));
}

void Transition::on_retry(const Step& step, const Path& path) {
  const StepRecord* record = find(path);
  if (!record) return refuse("step_unknown", "the saga has no step `" + path + "`");
  const bool with_input = event_.input.has_value();
  switch (record->state) {
    case StepState::backoff:
      if (halted(path) || with_input) break;
      if (is_missing(record->operation)) return;
      edit(path).waiting_for_plugin = false;
      return begin_attempt(step, path);
    case StepState::resolving:
      if (with_input || record->forward.in_flight || record->question.in_flight) break;
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
  wrong_state(*record, "retry");
}

void Transition::retry_parked(const Step& step, const Path& path) {
  const StepRecord& known = *find(path);
  const bool with_input = event_.input.has_value();
  if (known.parked == Parked::done) {
    return refuse("wrong_state", "the step is done; `resolve` it with a usable output");
  }
  const bool too_long = known.error && known.error->code == "saga.too_long";
  if (known.parked == Parked::doubt) {
    const bool can_ask = !known.check.empty() || (known.idempotent && !known.no_repeat);
    if (with_input || !can_ask) {
      return refuse("wrong_state", "it is not known whether the step was done: `resolve` it");
    }
    if (too_long) head_.granted += records_granted;
    StepRecord& record = edit(path);
    record.no_check = false;
    record.forward.crashes = 0;
    return begin_resolving(step, path, OnUnknown::resolve);
  }
  if (with_input && !fits(step, *event_.input)) return;
  if (too_long) head_.granted += records_granted;
  StepRecord& record = edit(path);
  record.parked = Parked::no;
  record.state = StepState::pending;
  if (!step.call()) return retry_other(step, path);
  record.waiting_for_plugin = false;
  if (record.forward.number == 0 && !with_input) {  // it never got as far as its call
    record.error.reset();
    if (start(step, path)) go_on_after(path);
    return;
  }
  // After a refusal the older key has no effect and never will have: a new occurrence is safe.
  const bool refused = record.error && record.error->kind == "business";
  if (refused || with_input) ++record.occurrence;
  const std::uint32_t used = record.forward.number;
  record.forward = Try{};
  record.forward.number = used;
  if (with_input) {
    record.input = *event_.input;
    keep_bytes(record.input);
  }
  record.error.reset();
  begin_attempt(step, path);
}

// What is no call is evaluated again; a repeat goes on with its next turn, a child saga is started
// anew under another id.
void Transition::retry_other(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  const bool exhausted = record.error && record.error->code == "repeat.exhausted";
  const bool handler_output = record.handler > 0;
  record.error.reset();
  if (handler_output) return finish_handling(path);
  if (exhausted) return begin_turn(step, path);
  if (record.forward.number > 0) ++record.occurrence;
  record.accepted = Value{};
  record.output.reset();
  if (start(step, path)) go_on_after(path);
}

// Whether an operator's input could be sent: a refusal says why not.
bool Transition::fits(const Step& step, const Value& input) {
  const Call* call = step.call();
  if (!call) return refuse("wrong_state", "only a call takes an input"), false;
  if (call->operation->input) {
    const auto wrong = call->operation->input->validate(input, 1);
    if (!wrong.empty()) {
      return refuse("input.invalid", wrong[0].pointer + ": " + wrong[0].message), false;
    }
  }
  if (head_.bytes + expression::byte_size(input) > max_state_bytes) {
    return refuse("state.too_large", "with this input the saga's state exceeds 1 MiB"), false;
  }
  return true;
}

// An undo that never got as far as its call takes its turn again, condition and all; one that was
// refused or given up is tried anew under the same key.
void Transition::retry_undo_now(const Step& step, const Path& path) {
  if (event_.input && step.compensate.kind != UndoKind::steps) {
    return refuse("wrong_state", "the step has no undo that could take an input");
  }
  StepRecord& record = edit(path);
  if (record.undo_operation == saga_undo) return undo_child(path);
  const bool not_sent = record.undo_operation.empty() ||
                        (record.undo_error && (record.undo_error->code == "expression.failed" ||
                                               record.undo_error->code == "input.invalid"));
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
  const std::uint32_t used = record.undo.number;
  record.undo = Try{};
  record.undo.number = used;
  begin_undo_try(step, path);
}

// The operator asserts that the effect exists under the key (or was undone). The output stands as
// given, without the step's `output` template; an emit that fails is left out with a note.
void Transition::on_resolve(const Step& step, const Path& path) {
  const StepRecord* known = find(path);
  if (!known) return refuse("step_unknown", "the saga has no step `" + path + "`");
  switch (known->state) {
    case StepState::undo_backoff:
    case StepState::undo_stuck:
      edit(path).undo.due = Time{};
      return undone(step, path);
    case StepState::backoff:
    case StepState::awaiting:
    case StepState::resolving:
    case StepState::parked:
      break;
    default:
      return wrong_state(*known, "resolve");
  }
  StepRecord& record = edit(path);
  if (record.order == 0) record.order = ++head_.started;
  record.state = StepState::succeeded;
  record.parked = Parked::no;
  record.doubt = record.unusable = false;
  leave_path(record);
  record.draining = false;
  record.error.reset();
  const bool child = record.operation == saga_start;
  if (child && record.accepted.is_null()) record.accepted = Value(expression::Map{});
  record.manual_undo = event_.manual_undo;
  record.output = event_.output.value_or(Value{});
  keep_bytes(*record.output);
  step_succeeded_ = true;
  if (halted(path)) return;
  look_from(path);
  scope_.set_self(Value::object({{"output", *record.output}}));
  Announcement said;
  said.status = step.status.ok;
  said.emit = step.emit;
  announce(said);
  if (holds_pivot(step)) pass_pivot();
  act_on_noted();
  go_on_after(path);
}

// The operator gives the question up: the step counts as possibly done and is undone in its turn.
void Transition::on_abort_step(const Step& step, const Path& path) {
  const StepRecord* known = find(path);
  if (!known) return refuse("step_unknown", "the saga has no step `" + path + "`");
  const bool fenced = step.call() && step.compensate.kind == UndoKind::steps &&
                      step.call()->operation->fences == Fencing::yes;
  const bool doubtful =
      step.call() && ((known->state == StepState::backoff && known->doubt) ||
                      known->state == StepState::awaiting || known->state == StepState::resolving ||
                      (known->state == StepState::parked && known->parked == Parked::doubt));
  if (!doubtful || head_.phase == Phase::committed) return wrong_state(*known, "abort_step");
  if (!fenced) {
    return refuse("wrong_state",
                  "`abort_step` needs an undo that fences: without one a late call "
                  "could still take effect");
  }
  StepRecord& record = edit(path);
  record.doubt = true;
  Failure error = record.error.value_or(Failure{});
  if (error.code.empty()) {
    error.code = "call.lost";
    error.kind = "unknown";
    error.message = "an operator gave the question up";
    error.step = path;
  }
  leave_unknown(path, std::move(error));
}

void Transition::on_skip_undo(const Path& path) {
  const StepRecord* known = find(path);
  if (!known) return refuse("step_unknown", "the saga has no step `" + path + "`");
  if (known->state != StepState::undo_stuck) return wrong_state(*known, "skip_undo");
  if (before_handler(path)) {
    return refuse("wrong_state", "a handler waits for this undo: it can't be skipped");
  }
  edit(path).state = StepState::residue;
}

// Whether an event was dealt with here: while SUSPENDED, and until what came meanwhile has been
// applied, everything is stored in order of arrival.
bool Transition::stored_for_later() {
  if (event_.kind == EventKind::suspend) {
    if (ended(head_.phase)) return refuse("saga.ended", "the saga has ended"), true;
    if (!head_.suspended) head_.suspended = changed_ = true;
    return true;
  }
  if (event_.kind == EventKind::resume) {
    if (!head_.suspended) return refuse("wrong_state", "the saga is not suspended"), true;
    head_.suspended = false;
    changed_ = true;
    return true;
  }
  if (replays_ || (!head_.suspended && head_.stored.empty())) return false;
  switch (event_.kind) {
    case EventKind::timer:
    case EventKind::deadline:
    case EventKind::deliver:
    case EventKind::signal:
    case EventKind::plugin_installed:
      return true;  // due, kept in the inbox or said again later
    case EventKind::refused_by_store:
      return false;
    case EventKind::retry:
    case EventKind::resolve:
    case EventKind::abort_step:
    case EventKind::skip_undo:
    case EventKind::task_answered:
    case EventKind::migrate:
      return refuse("wrong_state", "the saga is SUSPENDED: `resume` it first"), true;
    default:
      break;
  }
  const bool known = std::any_of(head_.stored.begin(), head_.stored.end(), [&](const Event& e) {
    return e.kind == event_.kind && e.path == event_.path && e.purpose == event_.purpose &&
           e.occurrence == event_.occurrence && e.number == event_.number;
  });
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

void Transition::on_timer(const Step& step, const Path& path) {
  const StepRecord* record = find(path);
  if (!record) return;
  if (event_.purpose == Purpose::wait) return on_wait_timer(step, path);
  if (event_.purpose == Purpose::forward) return on_forward_timer(step, path);
  if (event_.purpose == Purpose::question) {
    const bool due = record->state == StepState::resolving && record->question.due != Time{} &&
                     record->question.number == event_.number;
    if (due) ask(step, path);
    return;
  }
  const bool waits_for_return = record->state == StepState::succeeded ||
                                record->state == StepState::handled ||
                                record->state == StepState::unknown;
  if (waits_for_return && record->undo.due != Time{}) {
    StepRecord& grace_over = edit(path);
    grace_over.still_running = 0;
    grace_over.undo.due = Time{};
    return;  // its turn comes again right now
  }
  if (record->state != StepState::undo_backoff || record->undo.number != event_.number) return;
  if (is_missing(record->undo_operation)) {
    edit(path).waiting_for_plugin = true;
    return;
  }
  begin_undo_try(step, path);
}

void Transition::on_call_returned(const Path& path) {
  const StepRecord* record = find(path);
  const bool forward = event_.purpose == Purpose::forward;
  if (!record || !forward || record->still_running == 0) return;
  StepRecord& returned = edit(path);
  if (--returned.still_running > 0) return;
  const bool undo_waits = returned.state == StepState::succeeded ||
                          returned.state == StepState::handled ||
                          returned.state == StepState::unknown;
  if (undo_waits) returned.undo.due = Time{};
}

void Transition::on_plugin_installed() {
  std::vector<Path> waiting;
  visit([&](const Path& path, const StepRecord& step) {
    if (step.waiting_for_plugin) waiting.push_back(path);
  });
  for (const Path& path : waiting) {
    const Step& step = *definition_.find(step_id(path));
    const StepRecord& record = *find(path);
    switch (record.state) {
      case StepState::pending:
        if (start(step, path)) go_on_after(path);
        break;
      case StepState::backoff:
        if (!is_missing(record.operation)) {
          edit(path).waiting_for_plugin = false;
          begin_attempt(step, path);
        }
        break;
      case StepState::resolving:
        ask(step, path);
        break;
      case StepState::undoing:
      case StepState::undo_backoff:
        begin_undo_try(step, path);
        break;
      default:
        break;
    }
  }
}

}  // namespace sagaloom::core
