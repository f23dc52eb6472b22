// The saga as a whole: accepted, aborted, ended; cancel and deadline (docs/semantics.md 6 and 7).
#include <tuple>
#include <utility>

#include "runtime/core/transition.h"

namespace sagaloom::core {

void Transition::accept() {
  if (!event_.start) return;
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

void Transition::on_cancel() {
  if (ended(head_.phase)) return refuse("saga.ended", "the saga has ended");
  if (head_.phase == Phase::committed) {
    return refuse("past_pivot", "the saga has passed its pivot and only goes forward");
  }
  if (halted()) return;  // it goes back already
  const std::string reason = event_.reason.empty() ? "the saga was cancelled" : event_.reason;
  Failure cancelled{"saga.cancelled", "business", reason};
  cancelled.details = Value::object({{"by", event_.by}});
  stop(cancelled, event_.kind == EventKind::cancel_operator);
}

void Transition::on_deadline() {
  if (halted() || head_.deadline_passed || head_.deadline == Time{}) return;
  head_.deadline_passed = true;
  changed_ = true;
  const bool only_alerts = head_.deadline_alerts || head_.phase == Phase::committed;
  if (only_alerts || is_parked()) note("saga.deadline", Value("alert"));
  if (only_alerts) return;
  stop({"saga.deadline", "business", "the saga's deadline has passed"}, false);
}

// A cancel or the deadline: neither acts while a pivot is being decided, and only an operator's
// cancel while a step is parked; then it is noted.
void Transition::stop(const Failure& reason, bool by_operator) {
  if (head_.phase == Phase::queued) return end_failed(reason);
  if (!is_deciding() && (by_operator || !is_parked())) return abort(reason, by_operator);
  if (head_.noted) return;
  head_.noted = reason;
  changed_ = true;
  const auto waiting = paths([](const StepRecord& step) {
    return step.pivot && step.state == StepState::backoff;  // it makes no further attempt
  });
  for (const Path& path : waiting) {
    end_policy(step_at(path), path, find(path)->error.value_or(reason));
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
  look_from("", head_.error);
  announce(definition_.hooks.compensating);
  drain_inside({}, release_doubtful);
}

// What drain and abort do to a step that is not over (semantics.md 3 to 5): a call in flight stays,
// one in doubt leaves the path where it may, what only waits is CANCELLED. A block ends by itself
// when nothing inside is open any more.
void Transition::drain_step(const Path& path, bool release_doubtful) {
  const Step& step = step_at(path);
  const StepRecord& known = *find(path);
  const Failure error = known.error.value_or(head_.error.value_or(Failure{}));
  const Parked why = step.call() ? known.parked : Parked::no;
  const bool leaves = step.call() && may_leave(step, known);
  switch (known.state) {
    case StepState::pending:
      edit(path).waiting_for_plugin = false;
      edit(path).forward.due = Time{};
      return;
    case StepState::backoff:
      edit(path).waiting_for_plugin = false;
      return end_policy(step, path, error);
    case StepState::running:
      return step.as<ChildSaga>() ? ask_child_back(path) : void();
    case StepState::resolving:
      return leaves ? leave_unknown(path, error) : void();
    case StepState::parked: {
      if (step.as<ChildSaga>() && halted() && known.parked == Parked::doubt) {
        edit(path).state = StepState::running;
        edit(path).parked = Parked::no;
        return ask_child_back(path);
      }
      const bool released = why == Parked::doubt && release_doubtful;
      if (released && step.compensate.kind == UndoKind::steps) return leave_unknown(path, error);
      if (!halted() || why == Parked::doubt || why == Parked::done) return;
      break;
    }
    case StepState::awaiting:
      if (!step.call()) break;
      if (!leaves) return;
      edit(path).doubt = true;
      return leave_unknown(path, error);
    case StepState::delay:
      break;
    default:
      return;
  }
  StepRecord& record = edit(path);
  leave_path(record);
  record.parked = why;
  record.state = StepState::cancelled;
}

// A value that can't be rendered is left out.
void Transition::set_output(const std::optional<Template>& output) {
  if (!output) return;
  if (auto rendered = render_or_note(*output, "output")) head_.output = std::move(*rendered);
}

void Transition::complete() {
  if (ended(head_.phase) || halted()) return;
  look_from("");
  if (!head_.output) set_output(definition_.output);
  end(Phase::completed, definition_.hooks.completed);
}

void Transition::end(Phase phase, const Announcement& hook) {
  head_.phase = phase;
  head_.ended = now_;
  changed_ = true;
  look_from("", head_.error);
  announce(hook);
  open_last_calls();
  // What came while SUSPENDED and is heard after the end, too; the rest changes nothing any more.
  for (const Event& event : std::exchange(head_.stored, {})) {
    if (event.kind == EventKind::parent_undo) on_parent_undo();
    if (event.kind == EventKind::released) on_released();
  }
}

void Transition::end_failed(const Failure& error) {
  head_.error = error;
  end(Phase::failed, definition_.hooks.failed);
}

// Which step waits for an operator when the store refuses the saga's record for good: the one whose
// answer is lost, else the latest one under way, the latest one to be undone, one to be started.
Path Transition::step_to_park() const {
  const auto under_way = [](const StepRecord& record) {
    return attempting.has(record.state) || record.state == StepState::undoing ||
           record.state == StepState::undo_backoff;
  };
  const StepRecord* about = find(event_.path);
  if (about && !is_block(step_at(event_.path))) {
    if (under_way(*about) || about->undo.due != Time{}) return event_.path;
  }
  Path found;
  std::tuple<int, std::uint32_t> best{1, 0};
  visit(Among::all, [&](const Path& path, const StepRecord& record) {
    const Step& step = step_at(path);
    if (is_block(step) && record.undo_operation.empty()) return;
    const bool undo_next = halted() && done_perhaps.has(record.state) && takes_part(step, record);
    std::tuple<int, std::uint32_t> rank{0, record.order};
    if (under_way(record)) {
      rank = {3, record.order};
    } else if (undo_next) {
      rank = {2, record.order};
    } else if (record.state == StepState::pending) {
      rank = {1, 0};
    }
    if (rank >= best) best = rank, found = path;
  });
  return found;
}

// A record of constant size in place of the refused one, so that every other saga of its batch
// commits.
void Transition::on_refused_by_store() {
  const Path path = step_to_park();
  if (path.empty()) return;
  if (is_parked() && path != event_.path) return;  // what is parked waits for its operator already
  const Failure error{"storage.refused", "internal",
                      "the store refused the saga's record: " + event_.message, path};
  StepRecord& record = edit(path);
  const bool sent = record.forward.in_flight || !record.accepted.is_null();
  if (sent) record.doubt = true;
  leave_path(record);
  record.undo.in_flight = false;
  record.undo.due = Time{};
  if (undo_begun.has(record.state) || done_perhaps.has(record.state)) {
    record.state = StepState::undo_stuck;
    record.undo_error = error;
  } else {
    record.state = StepState::parked;
    record.parked = parked_for(record);
    record.error = error;
  }
}

}  // namespace sagaloom::core
