// The saga as a whole: accepted, aborted, ended; cancel and deadline (docs/semantics.md 6 and 7).
#include "runtime/core/transition.h"
#include "runtime/core/tree.h"

namespace sagaloom::core {

namespace {

Failure saga_failure(std::string code, std::string message) {
  Failure error;
  error.code = std::move(code);
  error.kind = "business";
  error.message = std::move(message);
  return error;
}

Failure cancelled(const Event& event) {
  Failure error = saga_failure("saga.cancelled",
                               event.reason.empty() ? "the saga was cancelled" : event.reason);
  error.details = Value::object({{"by", event.by}});
  return error;
}

}  // namespace

void Transition::accept() {
  if (saga_.exists() || !event_.start) return;
  if (event_.kind == EventKind::parent_undo) return accept_undone();
  head_ = *event_.start;
  const bool queued = !head_.lock_key.empty() && event_.code != "lock_held";
  head_.phase = queued ? Phase::queued : Phase::running;
  head_.created = now_;
  head_.bytes = expression::byte_size(head_.input);
  scope_.head_changed();
  changed_ = true;
  announce(definition_.hooks.accepted);
  if (!queued) run_list(definition_.steps, 0, "", {});
}

void Transition::on_cancel(bool by_operator) {
  if (ended(head_.phase)) return refuse("saga.ended", "the saga has ended");
  if (head_.phase == Phase::committed) {
    return refuse("past_pivot", "the saga has passed its pivot and only goes forward");
  }
  if (halted()) return;  // it goes back already
  if (head_.phase == Phase::queued) {
    head_.error = cancelled(event_);
    return end(Phase::failed, definition_.hooks.failed);
  }
  const bool pivot_in_doubt = is_deciding();
  if (!pivot_in_doubt && (by_operator || !is_parked()))
    return abort(cancelled(event_), by_operator);
  if (head_.noted) return;
  head_.noted = cancelled(event_);
  changed_ = true;
  std::vector<Path> waiting;  // a pivot in BACKOFF makes no further attempt
  visit([&](const Path& path, const StepRecord& step) {
    if (step.pivot && step.state == StepState::backoff) waiting.push_back(path);
  });
  for (const Path& path : waiting) {
    end_policy(*definition_.find(step_id(path)), path, find(path)->error.value_or(*head_.noted));
  }
}

void Transition::on_deadline() {
  if (ended(head_.phase) || halted() || head_.deadline_passed) return;
  if (head_.deadline == Time{}) return;
  head_.deadline_passed = true;
  changed_ = true;
  const Failure late = saga_failure("saga.deadline", "the saga's deadline has passed");
  if (head_.deadline_alerts || head_.phase == Phase::committed) {
    return note("saga.deadline", Value("alert"));
  }
  if (head_.phase == Phase::queued) {
    head_.error = late;
    return end(Phase::failed, definition_.hooks.failed);
  }
  const bool parked = is_parked();
  if (!parked && !is_deciding()) return abort(late, false);
  if (parked) note("saga.deadline", Value("alert"));
  if (!head_.noted) head_.noted = late;
  std::vector<Path> waiting;
  visit([&](const Path& path, const StepRecord& step) {
    if (step.pivot && step.state == StepState::backoff) waiting.push_back(path);
  });
  for (const Path& path : waiting) {
    end_policy(*definition_.find(step_id(path)), path, find(path)->error.value_or(late));
  }
}

// What is noted acts as soon as the pivot ends otherwise, or the parking ends.
void Transition::act_on_noted() {
  if (!head_.noted || head_.phase != Phase::running) return;
  if (is_parked() || is_deciding()) return;
  const Failure reason = *head_.noted;
  abort(reason, false);
}

void Transition::pass_pivot() {
  if (head_.phase != Phase::running) return;
  head_.phase = Phase::committed;
  if (head_.noted) {
    note(head_.noted->code == "saga.deadline" ? "saga.deadline" : "cancel.refused",
         Value("the pivot was passed"));
    head_.noted.reset();
  }
  announce(definition_.hooks.pivot);
}

// One record: the error frozen, nothing starts any more, what is open is drained. Undo follows in
// the same record when nothing is open.
void Transition::abort(const Failure& error, bool release_doubtful) {
  head_.phase = Phase::compensating;
  head_.error = error;
  head_.output.reset();
  head_.noted.reset();
  changed_ = true;
  look_from("");
  scope_.set_error(head_.error);
  announce(definition_.hooks.compensating);
  drain_inside({}, release_doubtful);
}

// What drain and abort do to a step that is not over (semantics.md 3 to 5). A block ends by itself
// when nothing inside is open any more.
void Transition::drain_step(const Path& path, bool release_doubtful) {
  const StepRecord& known = *find(path);
  const Step& step = *definition_.find(step_id(path));
  if (known.state == StepState::pending) {
    StepRecord& record = edit(path);
    record.waiting_for_plugin = false;
    record.forward.due = Time{};
    return;
  }
  if (step.call()) return drain_call(step, path, release_doubtful);
  const bool child = std::holds_alternative<ChildSaga>(step.kind);
  switch (known.state) {
    case StepState::running:
      if (child) ask_child_back(path);
      return;
    case StepState::parked:
      if (!halted()) return;
      break;
    case StepState::awaiting:
    case StepState::delay:
      break;
    default:
      return;
  }
  StepRecord& record = edit(path);
  leave_path(record);
  record.state = StepState::cancelled;
}

void Transition::drain_call(const Step& step, const Path& path, bool release_doubtful) {
  const StepRecord& known = *find(path);
  Failure error = head_.error.value_or(Failure{});
  if (known.error) error = *known.error;
  const bool has_undo = step.compensate.kind == UndoKind::steps;
  switch (known.state) {
    case StepState::backoff:
      edit(path).waiting_for_plugin = false;
      return end_policy(step, path, error);
    case StepState::awaiting:
      if (mode_of(step, known) != OnUnknown::compensate) return;
      edit(path).doubt = true;
      return leave_unknown(path, error);
    case StepState::resolving:
      if (mode_of(step, known) == OnUnknown::compensate) leave_unknown(path, error);
      return;
    case StepState::parked:
      if (known.parked == Parked::no_doubt && halted()) {
        edit(path).state = StepState::cancelled;
      }
      if (known.parked == Parked::doubt && release_doubtful && has_undo) {
        leave_unknown(path, error);
      }
      return;
    default:
      return;
  }
}

void Transition::complete() {
  if (ended(head_.phase) || halted()) return;
  look_from("");
  if (definition_.output && !head_.output) {
    auto output = render(*definition_.output);
    if (output.ok()) {
      head_.output = std::move(*output);
    } else {
      note("expression.failed", Value("output: " + output.error().message));
    }
  }
  end(Phase::completed, definition_.hooks.completed);
}

void Transition::end(Phase phase, const Announcement& hook) {
  head_.phase = phase;
  head_.ended = now_;
  changed_ = true;
  look_from("");
  scope_.set_error(head_.error);
  announce(hook);
  open_last_calls();
}

// Which step waits for an operator when the store refuses the saga's record for good: the latest
// one that is open, else the one whose undo is next, else the one that waits to be started.
Path Transition::step_to_park() const {
  const StepRecord* about = find(event_.path);
  const Step* step = about ? definition_.find(step_id(event_.path)) : nullptr;
  if (step && !is_block(*step)) {
    const bool undo_open = about->state == StepState::undoing ||
                           about->state == StepState::undo_backoff || about->undo.due != Time{};
    const bool open = is_open(*about) && !about->undo_before &&
                      about->state != StepState::handling && about->state != StepState::parked;
    if (undo_open || open) return event_.path;  // its answer is lost
  }
  Path open, undo_next, waiting;
  std::uint32_t open_order = 0, undo_order = 0;
  visit([&](const Path& path, const StepRecord& record) {
    const Step& step = *definition_.find(step_id(path));
    if (is_block(step) && record.undo_operation.empty()) return;
    switch (record.state) {
      case StepState::running:
      case StepState::awaiting:
      case StepState::backoff:
      case StepState::resolving:
      case StepState::undoing:
      case StepState::undo_backoff:
        if (record.order >= open_order) open_order = record.order, open = path;
        return;
      case StepState::succeeded:
      case StepState::unknown:
        if (!halted() || !takes_part(step, record) || record.order < undo_order) return;
        undo_order = record.order, undo_next = path;
        return;
      case StepState::pending:
        waiting = path;
        return;
      default:
        return;
    }
  });
  if (!open.empty()) return open;
  return !undo_next.empty() ? undo_next : waiting;
}

// A record of constant size in place of the refused one, so that every other saga of its batch
// commits.
void Transition::on_refused_by_store() {
  const Path path = step_to_park();
  if (path.empty()) return;
  if (is_parked() && path != event_.path) return;  // what is parked waits for its operator already
  Failure error;
  error.code = "storage.refused";
  error.kind = "internal";
  error.message = "the store refused the saga's record: " + event_.message;
  error.step = path;
  StepRecord& record = edit(path);
  const bool under_way = record.forward.in_flight || !record.accepted.is_null();
  if (under_way) record.doubt = true;
  record.forward.in_flight = record.question.in_flight = record.undo.in_flight = false;
  record.forward.due = record.question.due = record.undo.due = Time{};
  record.waiting_for_plugin = false;
  record.listens = record.timers = Value{};
  switch (record.state) {
    case StepState::undoing:
    case StepState::undo_backoff:
    case StepState::succeeded:
    case StepState::unknown:
      record.state = StepState::undo_stuck;
      record.undo_error = error;
      return;
    default:
      record.state = StepState::parked;
      record.parked = record.doubt ? Parked::doubt : Parked::no_doubt;
      record.error = error;
  }
}

}  // namespace sagaloom::core
