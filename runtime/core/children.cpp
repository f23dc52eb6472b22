// Child sagas, the parent's side and the child's, and the concurrency key of a root
// (docs/semantics.md 10 and 11). All of it is idempotent calls between shards, answered in any
// order and again.
#include <utility>

#include "runtime/core/transition.h"
#include "runtime/core/tree.h"

namespace sagaloom::core {

namespace {

Failure child_failure(const Path& path, std::string code, std::string message) {
  Failure error;
  error.code = std::move(code);
  error.kind = "business";
  error.message = std::move(message);
  error.step = path;
  return error;
}

std::string text_of(const Value* value) {
  return value && value->is_string() ? value->string() : std::string{};
}

}  // namespace

void Transition::start_child(const Step& step, const Path& path) {
  const auto& child = std::get<ChildSaga>(step.kind);
  StepRecord& record = edit(path);
  record.waiting_for_plugin =
      is_missing("saga:" + child.workflow + "@" + std::to_string(child.version));
  if (record.waiting_for_plugin) return;
  if (record.order == 0) record.order = ++head_.started;
  auto input = render(child.input);
  if (!input.ok()) return fail(path, expression_failed(path, input.error()));
  Value id(effect_key(saga_.id, path, record));
  if (child.id) {
    auto rendered = render(*child.id);
    if (!rendered.ok()) return fail(path, expression_failed(path, rendered.error()));
    if (!rendered->is_string() || rendered->string().empty()) {
      return fail(path, expression_failed(path, {"", "`id` must give a text", {}}));
    }
    id = std::move(*rendered);
    if (record.occurrence > 1) {
      id = Value(id.string() + "#" + std::to_string(record.occurrence));
    }
  }
  const std::string self = to_string(saga_.id);
  Value request = Value::object({{"workflow", child.workflow},
                                 {"version", static_cast<std::int64_t>(child.version)},
                                 {"id", id},
                                 {"input", *input},
                                 {"parent", self},
                                 {"path", path},
                                 {"occurrence", static_cast<std::int64_t>(record.occurrence)},
                                 {"root", head_.root.empty() ? self : head_.root}});
  const bool binds =
      head_.phase == Phase::running && head_.deadline != Time{} && !head_.deadline_alerts;
  if (binds) {
    request = request.with(
        "deadline_ms", Value(static_cast<std::int64_t>(head_.deadline.time_since_epoch().count())));
  }
  keep_bytes(request);
  record.operation = saga_start;
  record.input = std::move(request);
  record.state = StepState::running;
  record.forward.number = 1;
  record.forward.in_flight = true;
  record.forward.started_at = now_;
  if (step.timeout.attempt || step.timeout.total) {
    const auto limit = duration_of(step.timeout.total ? step.timeout.total : step.timeout.attempt);
    if (limit) set_timer(record, "timeout", now_ + *limit);
  }
  set_status(step.status.start);
}

// What the child's shard answered to start, undo or release.
void Transition::on_child_answer(const Path& path) {
  const StepRecord* known = find(path);
  if (!known || known->occurrence != event_.occurrence) return;
  if (event_.purpose == Purpose::release) {
    if (known->release_due) edit(path).release_due = false;
    return;
  }
  if (event_.purpose == Purpose::undo) {
    const bool asked = known->undo.in_flight && known->undo.number == event_.number;
    if (asked) edit(path).undo.in_flight = false;
    return;
  }
  if (!known->forward.in_flight) return;
  StepRecord& record = edit(path);
  record.forward.in_flight = false;
  if (event_.outcome == Outcome::pending || event_.outcome == Outcome::ok) {
    if (event_.output) record.accepted = *event_.output;
    return;
  }
  record.undo.in_flight = false;  // nothing was started, nothing need go back
  fail(path,
       child_failure(path, event_.code.empty() ? "input.invalid" : event_.code,
                     event_.message.empty() ? "the child saga was not started" : event_.message));
}

void Transition::ask_child_back(const Path& path) {
  StepRecord& record = edit(path);
  ++record.undo.number;  // asked anew, once it has said that it COMPLETED
  record.undo.in_flight = true;
}

// The child has ended, or says again how.
void Transition::on_child_ended(const Step& step, const Path& path) {
  const StepRecord* known = find(path);
  if (!known || known->occurrence != event_.occurrence) return;
  const bool undoing =
      known->undo_operation == saga_undo &&
      (known->state == StepState::undoing || known->state == StepState::undo_stuck);
  const bool completed = event_.code == name(Phase::completed);
  // It was asked to go back when it had COMPLETED, and has done so: it is undone, whatever its
  // COMPLETED made of the step meanwhile.
  if (known->state == StepState::succeeded && known->undo.number > 0 && !completed) {
    StepRecord& gone = edit(path);
    gone.state = StepState::undone;
    if (const Value* residue = event_.details.find("residue")) gone.residue = *residue;
    return note("child.went_back", Value(path));
  }
  const bool parked = known->state == StepState::parked && known->parked == Parked::doubt;
  if (known->state != StepState::running && !parked && !undoing) return;
  if (known->state == StepState::undo_stuck && completed) return;
  // Its first COMPLETED may have crossed with the request: it goes back now, or says COMPLETED once
  // more because it stays.
  if (completed && event_.number == 1 && known->undo.number > 0) return ask_child_back(path);
  StepRecord& record = edit(path);
  record.forward.in_flight = record.undo.in_flight = false;
  if (record.accepted.is_null()) record.accepted = Value(expression::Map{});  // it did start
  if (const Value* residue = event_.details.find("residue")) record.residue = *residue;
  if (undoing) {
    if (!completed) return undone(step, path);
    return stuck(step, path,
                 child_failure(path, "child.past_pivot",
                               "the child saga has passed its pivot and stays COMPLETED"));
  }
  const bool late = std::exchange(record.draining, false);
  if (completed) {
    if (late && record.error) return succeed_unusable(step, path, *record.error);
    return succeed(step, path, event_.output.value_or(Value{}), true);
  }
  Failure error = child_failure(path, "saga.cancelled", "the child saga has failed");
  if (late && record.error) {
    error = *record.error;
  } else if (const Value* said = event_.details.find("error")) {
    if (const auto code = text_of(said->find("code")); !code.empty()) error.code = code;
    if (const auto text = text_of(said->find("message")); !text.empty()) error.message = text;
    if (const auto kind = text_of(said->find("kind")); !kind.empty()) error.kind = kind;
    if (const Value* details = said->find("details")) error.details = *details;
  }
  fail(path, std::move(error));
}

// The undo of a `saga` step without an own `compensate`: the child is asked to go back.
void Transition::undo_child(const Path& path) {
  StepRecord& record = edit(path);
  record.state = StepState::undoing;
  record.undo_operation = saga_undo;
  ask_child_back(path);
}

// ---------------------------------------------------------------- the child's side

void Transition::on_parent_undo() {
  switch (head_.phase) {
    case Phase::queued:
    case Phase::running:
      return on_cancel(false);
    case Phase::committed:
    case Phase::compensating:
      return;  // it answers at its end
    case Phase::completed:
      if (!head_.held || passed_pivot()) break;
      head_.held = false;
      head_.ended = Time{};
      return abort(cancelled_by_parent(), false);
    default:
      break;
  }
  report_to_parent();  // it has ended: says so again
}

void Transition::report_to_parent() {
  ++head_.reports;
  head_.report_due = changed_ = true;
}

bool Transition::passed_pivot() const {
  for (const Step& step : definition_.steps) {
    const StepRecord* record = holds_pivot(step) ? find(step.id) : nullptr;
    if (record && (record->state == StepState::succeeded || record->state == StepState::skipped ||
                   record->state == StepState::handled)) {
      return true;
    }
  }
  return false;
}

Failure Transition::cancelled_by_parent() const {
  return child_failure({}, "saga.cancelled", "the parent saga asked it to go back");
}

// An undo that came before its start: a FAILED saga, which the late start finds.
void Transition::accept_undone() {
  head_ = *event_.start;
  head_.created = now_;
  head_.error = cancelled_by_parent();
  head_.phase = Phase::failed;
  head_.ended = now_;
  report_to_parent();
}

void Transition::on_released() {
  if (!ended(head_.phase) || !head_.held) return;
  head_.held = false;
  changed_ = true;
  if (!head_.lock_key.empty()) head_.unlock_due = true;
  release_children();
}

// The children that completed are held until their root has ended; the others ignore it.
void Transition::release_children() {
  std::vector<Path> children;
  visit([&](const Path& path, const StepRecord& record) {
    if (record.operation == saga_start && !record.accepted.is_null()) children.push_back(path);
  });
  for (const Path& path : children) edit(path).release_due = true;
}

// What the terminal record opens: the answer to the parent, the release of the lock and of the
// children. A child that COMPLETED is held, and keeps what is its own, until its root has ended.
void Transition::open_last_calls() {
  const bool child = !head_.parent.empty();
  if (child) report_to_parent();
  head_.held = child && head_.phase == Phase::completed;
  if (head_.held) return;
  if (!head_.lock_key.empty()) head_.unlock_due = true;
  release_children();
}

// ---------------------------------------------------------------- the concurrency key

void Transition::on_lock_granted() {
  if (head_.phase != Phase::queued) return;  // its release is on the way already
  head_.phase = Phase::running;
  changed_ = true;
  run_list(definition_.steps, 0, "", {});
}

void Transition::on_lock_refused() {
  if (head_.phase != Phase::queued) return;
  head_.error = child_failure(
      {}, "saga.locked", event_.message.empty() ? "the concurrency key is taken" : event_.message);
  end(Phase::failed, definition_.hooks.failed);
}

// Answers that belong to the saga itself and to no step.
void Transition::on_own_answer() {
  switch (event_.purpose) {
    case Purpose::lock:
      if (event_.outcome == Outcome::ok) return on_lock_granted();
      if (event_.outcome == Outcome::business) return on_lock_refused();
      if (head_.phase == Phase::queued) changed_ = !std::exchange(head_.lock_asked, true);
      return;  // queued there; it calls back
    case Purpose::unlock:
      changed_ = std::exchange(head_.unlock_due, false);
      return;
    case Purpose::report:
      if (event_.number == head_.reports) changed_ = std::exchange(head_.report_due, false);
      return;
    default:
      return;
  }
}

}  // namespace sagaloom::core
