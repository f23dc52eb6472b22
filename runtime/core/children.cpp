// Child sagas, the parent's side and the child's, and the concurrency key of a root
// (docs/semantics.md 10 and 11). All of it is idempotent calls between shards, answered in any
// order and again.
#include <algorithm>

#include "runtime/core/transition.h"

namespace sagaloom::core {

namespace {

void take_text(const Value& from, const char* name, std::string& into) {
  const Value* text = from.find(name);
  if (text && text->is_string() && !text->string().empty()) into = text->string();
}

// Why the child failed, as it says itself.
Failure childs_failure(const Path& path, const Value& details) {
  Failure error{"saga.cancelled", "business", "the child saga has failed", path};
  const Value* said = details.find("error");
  if (!said) return error;
  take_text(*said, "code", error.code);
  take_text(*said, "message", error.message);
  take_text(*said, "kind", error.kind);
  if (const Value* more = said->find("details")) error.details = *more;
  return error;
}

Failure cancelled_by_parent() {
  return {"saga.cancelled", "business", "the parent saga asked it to go back"};
}

}  // namespace

void Transition::start_child(const Step& step, const Path& path) {
  const auto& child = *step.as<ChildSaga>();
  StepRecord& record = edit(path);
  record.waiting_for_plugin = is_missing(operation_of(child));
  if (record.waiting_for_plugin) return;
  if (record.order == 0) record.order = ++head_.started;
  auto input = render(child.input);
  if (!input.ok()) return fail(path, input.error());
  auto id = child_id(child, path, record);
  if (!id.ok()) return fail(path, id.error());
  std::string problem;
  set_body_timer(step, record, problem);
  if (!problem.empty()) return fail(path, expression_failed(path, problem));
  record.operation = saga_start;
  record.input = child_request(child, path, record, std::move(*id), std::move(*input));
  keep_bytes(record.input);
  record.state = StepState::running;
  record.forward.number = 1;
  record.forward.in_flight = true;
  record.forward.started_at = now_;
  set_status(step.status.start);
}

Result<Value> Transition::child_id(const ChildSaga& child, const Path& path,
                                   const StepRecord& record) {
  if (!child.id) return Value(effect_key(saga_.id, path, record));
  auto id = render_text(*child.id, "`id` must give a text");
  if (!id.ok()) return id.error();
  if (record.occurrence > 1) *id += "#" + std::to_string(record.occurrence);
  return Value(std::move(*id));
}

Value Transition::child_request(const ChildSaga& child, const Path& path, const StepRecord& record,
                                Value id, Value input) const {
  const std::string self = to_string(saga_.id);
  const Value request = Value::object({{"workflow", child.workflow},
                                       {"version", std::int64_t{child.version}},
                                       {"id", std::move(id)},
                                       {"input", std::move(input)},
                                       {"parent", self},
                                       {"path", path},
                                       {"occurrence", std::int64_t{record.occurrence}},
                                       {"root", head_.root.empty() ? self : head_.root}});
  const bool deadline_binds =
      head_.phase == Phase::running && head_.deadline != Time{} && !head_.deadline_alerts;
  if (!deadline_binds) return request;
  return request.with("deadline_ms", std::int64_t{head_.deadline.time_since_epoch().count()});
}

// What the child's shard answered to start, undo or release.
void Transition::on_child_answer(const Path& path) {
  const StepRecord& known = *find(path);
  if (event_.purpose == Purpose::release) {
    if (known.release_due) edit(path).release_due = false;
    return;
  }
  if (event_.purpose == Purpose::undo) {
    const bool asked = known.undo.in_flight && known.undo.number == event_.number;
    if (asked) edit(path).undo.in_flight = false;
    return;
  }
  if (!known.forward.in_flight) return;
  StepRecord& record = edit(path);
  record.forward.in_flight = false;
  if (event_.outcome == Outcome::pending || event_.outcome == Outcome::ok) {
    if (event_.output) record.accepted = *event_.output;
    return;
  }
  record.undo.in_flight = false;  // nothing was started, nothing need go back
  Failure refused{"input.invalid", "business", "the child saga was not started", path};
  if (!event_.code.empty()) refused.code = event_.code;
  if (!event_.message.empty()) refused.message = event_.message;
  fail(path, std::move(refused));
}

void Transition::ask_child_back(const Path& path) {
  StepRecord& record = edit(path);
  ++record.undo.number;  // asked anew, once it has said that it COMPLETED
  record.undo.in_flight = true;
}

// The child has ended, or says again how.
void Transition::on_child_ended(const Step& step, const Path& path) {
  const StepRecord& known = *find(path);
  const bool undoing = known.undo_operation == saga_undo &&
                       (known.state == StepState::undoing || known.state == StepState::undo_stuck);
  const bool completed = event_.code == name(Phase::completed);
  // It was asked to go back when it had COMPLETED, and has done so: it is undone, whatever its
  // COMPLETED made of the step meanwhile.
  const bool went_back = known.state == StepState::succeeded && known.undo.number > 0 && !completed;
  const bool awaited =
      known.state == StepState::running || parked_as(known, Parked::doubt) || undoing;
  if (!went_back && !awaited) return;
  if (known.state == StepState::undo_stuck && completed) return;
  // Its first COMPLETED may have crossed with the request: it goes back now, or says COMPLETED once
  // more because it stays.
  if (completed && event_.number == 1 && known.undo.number > 0) return ask_child_back(path);
  StepRecord& record = edit(path);
  if (const Value* residue = event_.details.find("residue")) record.residue = *residue;
  if (went_back) {
    record.state = StepState::undone;
    return note("child.went_back", Value(path));
  }
  record.forward.in_flight = record.undo.in_flight = false;
  if (record.accepted.is_null()) record.accepted = Value(expression::Map{});  // it did start
  if (undoing && !completed) return undone(step, path);
  if (undoing) {
    return stuck(step, path,
                 {"child.past_pivot", "business",
                  "the child saga has passed its pivot and stays COMPLETED", path});
  }
  const auto late = record.draining ? record.error : std::nullopt;  // its timeout came before
  record.draining = false;
  if (!completed) return fail(path, late.value_or(childs_failure(path, event_.details)));
  late ? succeed_unusable(step, path, *late) : succeed(step, path, answer());
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
  if (head_.phase == Phase::queued || head_.phase == Phase::running) return on_cancel();
  if (!ended(head_.phase)) return;  // it answers at its end
  if (head_.phase != Phase::completed || !head_.held || passed_pivot()) {
    return report_to_parent();  // it has ended: says so again
  }
  head_.held = false;
  head_.ended = Time{};
  abort(cancelled_by_parent(), false);
}

void Transition::report_to_parent() {
  ++head_.reports;
  head_.report_due = changed_ = true;
}

bool Transition::passed_pivot() const {
  static constexpr StateSet over{StepState::succeeded, StepState::skipped, StepState::handled};
  return any(Among::all, [this](const Path& path, const StepRecord& record) {
    return over.has(record.state) && holds_pivot(step_at(path));
  });
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
  release_what_is_held();
}

// The concurrency key, and the children: those that completed are held until their root has ended;
// the others ignore it.
void Transition::release_what_is_held() {
  if (!head_.lock_key.empty()) head_.unlock_due = true;
  const auto children = paths(Among::all, [](const Path&, const StepRecord& record) {
    return record.operation == saga_start && !record.accepted.is_null();
  });
  for (const Path& path : children) edit(path).release_due = true;
}

// What the terminal record opens: the answer to the parent, the release of the lock and of the
// children. A child that COMPLETED is held, and keeps what is its own, until its root has ended.
void Transition::open_last_calls() {
  const bool child = !head_.parent.empty();
  if (child) report_to_parent();
  head_.held = child && head_.phase == Phase::completed;
  if (!head_.held) release_what_is_held();
}

// ---------------------------------------------------------------- the concurrency key

void Transition::on_lock_granted() {
  if (head_.phase != Phase::queued) return;  // its release is on the way already
  head_.phase = Phase::running;
  changed_ = true;
  run_list(definition_.steps, 0, "", {});
}

// Answers that belong to the saga itself and to no step.
void Transition::on_own_answer() {
  if (event_.purpose == Purpose::unlock && head_.unlock_due) {
    head_.unlock_due = false;
    changed_ = true;
  }
  if (event_.purpose == Purpose::report && head_.report_due && event_.number == head_.reports) {
    head_.report_due = false;
    changed_ = true;
  }
  if (event_.purpose != Purpose::lock || head_.phase != Phase::queued) return;
  if (event_.outcome == Outcome::ok) return on_lock_granted();
  if (event_.outcome == Outcome::business) {
    const std::string why =
        event_.message.empty() ? "the concurrency key is taken" : event_.message;
    return end_failed({"saga.locked", "business", why});
  }
  if (!head_.lock_asked) head_.lock_asked = changed_ = true;  // queued there; it calls back
}

}  // namespace sagaloom::core
