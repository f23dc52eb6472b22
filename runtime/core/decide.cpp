#include "runtime/core/decide.h"

#include "runtime/core/transition.h"

namespace sagaloom::core {

Decision decide(const Definition& definition, const Saga& saga, const Event& event,
                const Context& context) {
  return Transition(definition, saga, event, context).run();
}

bool Transition::is_verb() const {
  switch (event_.kind) {
    case EventKind::retry:
    case EventKind::resolve:
    case EventKind::abort_step:
    case EventKind::skip_undo:
    case EventKind::task_answered:
    case EventKind::suspend:
    case EventKind::resume:
    case EventKind::migrate:
      return true;
    default:
      return false;
  }
}

Decision Transition::run() {
  if (!saga_.exists()) {
    accept();
    settle();  // a first step may fail before anything is called
    return finish();
  }
  const bool about_a_step = !event_.path.empty();
  const Step* step = about_a_step ? definition_.find(step_id(event_.path)) : nullptr;
  if (is_verb() && ended(head_.phase)) {
    refuse("saga.ended", "the saga has ended");
    return finish();
  }
  if (is_verb() && about_a_step && !step) {
    refuse("step_unknown", "the saga has no step `" + event_.path + "`");
    return finish();
  }
  if (about_a_step && !step) return finish();
  if (stored_for_later()) return finish();
  on_event(step);
  if (!refusal_) settle();
  return finish();
}

// What follows by itself: a noted cancel, blocks that are over, handlers, undo.
void Transition::settle() {
  act_on_noted();
  if (ended(head_.phase)) return;
  settle_blocks();
  go_on_handling();
  act_on_noted();
  settle_blocks();
  go_on_undoing();
}

void Transition::on_event(const Step* step) {
  const Path& path = event_.path;
  if (ended(head_.phase) && step) {
    const bool last_call = event_.purpose == Purpose::release;
    if (last_call) return on_child_answer(path);
    if (event_.kind == EventKind::answered && saga_.find(path)) note("late", Value(path));
    return;
  }
  if (!step) return on_saga_event();
  switch (event_.kind) {
    case EventKind::answered: {
      const bool child = std::holds_alternative<ChildSaga>(step->kind) &&
                         step->compensate.kind == UndoKind::unsaid;
      const bool start =
          std::holds_alternative<ChildSaga>(step->kind) && event_.purpose != Purpose::undo;
      if (child || start) return on_child_answer(path);
      if (step->call() || event_.purpose == Purpose::undo) on_answer(*step, path);
      return;
    }
    case EventKind::interrupted:
      return on_interrupted(*step, path);
    case EventKind::timer:
      return on_timer(*step, path);
    case EventKind::call_returned:
      return on_call_returned(path);
    case EventKind::task_answered:
      return on_task_answered(*step, path);
    case EventKind::child_ended:
      return on_child_ended(*step, path);
    case EventKind::retry:
      return on_retry(*step, path);
    case EventKind::resolve:
      return on_resolve(*step, path);
    case EventKind::abort_step:
      return on_abort_step(*step, path);
    case EventKind::skip_undo:
      return on_skip_undo(path);
    case EventKind::refused_by_store:
      return on_refused_by_store();
    default:
      return;
  }
}

void Transition::on_saga_event() {
  switch (event_.kind) {
    case EventKind::cancel_customer:
      return on_cancel(false);
    case EventKind::cancel_operator:
      return on_cancel(true);
    case EventKind::parent_undo:
      return on_parent_undo();
    case EventKind::released:
      return on_released();
    case EventKind::answered:
      return on_own_answer();
    default:
      break;
  }
  if (ended(head_.phase)) return;
  switch (event_.kind) {
    case EventKind::deadline:
      return on_deadline();
    case EventKind::plugin_installed:
      return on_plugin_installed();
    case EventKind::refused_by_store:
      return on_refused_by_store();
    case EventKind::deliver:
      return on_arrival("event:" + event_.code, event_value());
    case EventKind::signal:
      return on_arrival("signal:" + event_.code, event_value());
    case EventKind::lock_granted:
      return on_lock_granted();
    case EventKind::migrate:
      return on_migrate();
    case EventKind::retry:
    case EventKind::resolve:
    case EventKind::abort_step:
    case EventKind::skip_undo:
    case EventKind::task_answered:
      return refuse("step_unknown", "the verb needs the path of a step");
    default:
      return;
  }
}

}  // namespace sagaloom::core
