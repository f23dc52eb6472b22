#include "runtime/core/decide.h"

#include "runtime/core/transition.h"

namespace sagaloom::core {

Decision decide(const Definition& definition, const Saga& saga, const Event& event,
                const Context& context) {
  return Transition(definition, saga, event, context).run();
}

Decision Transition::run() {
  if (!saga_.exists()) {
    if (event_.kind == EventKind::started) accept();
    go_on_undoing();  // a first step may fail before anything is called
    return finish();
  }
  const bool about_a_step = !event_.path.empty();
  const Step* step = about_a_step ? definition_.find(step_id(event_.path)) : nullptr;
  const bool verb = event_.kind == EventKind::retry || event_.kind == EventKind::resolve;
  if (verb && ended(head_.phase)) {
    refuse("saga.ended", "the saga has ended");
    return finish();
  }
  if (verb && !step) {
    refuse("step_unknown", "the saga has no step `" + event_.path + "`");
    return finish();
  }
  if (about_a_step && !step) return finish();
  const bool cancel =
      event_.kind == EventKind::cancel_customer || event_.kind == EventKind::cancel_operator;
  if (ended(head_.phase) && !cancel) {
    const bool answer = event_.kind == EventKind::answered;
    if (answer && saga_.find(event_.path)) note("late", Value(event_.path));
    return finish();
  }
  switch (event_.kind) {
    case EventKind::started:
      break;
    case EventKind::answered:
      if (step && (step->call() || event_.purpose == Purpose::undo)) on_answer(*step, event_.path);
      break;
    case EventKind::interrupted:
      if (step) on_interrupted(*step, event_.path);
      break;
    case EventKind::timer:
      if (step) on_timer(*step, event_.path);
      break;
    case EventKind::call_returned:
      on_call_returned(event_.path);
      break;
    case EventKind::deadline:
      on_deadline();
      break;
    case EventKind::cancel_customer:
      on_cancel(false);
      break;
    case EventKind::cancel_operator:
      on_cancel(true);
      break;
    case EventKind::plugin_installed:
      on_plugin_installed();
      break;
    case EventKind::retry:
      on_retry(*step, event_.path);
      break;
    case EventKind::resolve:
      on_resolve(*step, event_.path);
      break;
    case EventKind::refused_by_store:
      on_refused_by_store();
      break;
    default:
      break;
  }
  if (!refusal_) {
    act_on_noted();
    go_on_undoing();
  }
  return finish();
}

}  // namespace sagaloom::core
