#include "runtime/core/decide.h"

#include <algorithm>

#include "runtime/core/transition.h"

namespace sagaloom::core {

Decision decide(const Definition& definition, const Saga& saga, const Event& event,
                const Context& context) {
  return Transition(definition, saga, event, context).run();
}

// Somebody asks for it, and is told why it is not done.
bool Transition::is_verb() const {
  static constexpr EventKind verbs[] = {
      EventKind::retry,         EventKind::resolve, EventKind::abort_step, EventKind::skip_undo,
      EventKind::task_answered, EventKind::suspend, EventKind::resume,     EventKind::migrate};
  return std::find(std::begin(verbs), std::end(verbs), event_.kind) != std::end(verbs);
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
  } else if (about_a_step && !step) {
    if (is_verb()) no_such_step();
  } else if (!stored_for_later()) {
    on_event(step);
    if (!refusal_) settle();
  }
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
  const bool about_the_saga = !step || event_.kind == EventKind::refused_by_store;
  if (about_the_saga) return on_saga_event();
  if (!ended(head_.phase)) return on_step_event(*step, event_.path);
  const StepRecord* record = find(event_.path);
  if (!record) return;
  if (event_.purpose == Purpose::release) {
    if (record->occurrence == event_.occurrence) on_child_answer(event_.path);
  } else if (event_.kind == EventKind::answered) {
    note("late", Value(event_.path));
  }
}

void Transition::on_step_event(const Step& step, const Path& path) {
  enum class Needs : std::uint8_t { nothing, step, occurrence };  // to be there
  struct Rule {
    EventKind kind;
    Needs needs;
    void (Transition::*act)(const Step&, const Path&);
  };
  static constexpr Rule rules[] = {
      {EventKind::answered, Needs::occurrence, &Transition::on_answer},
      {EventKind::interrupted, Needs::occurrence, &Transition::on_interrupted},
      {EventKind::child_ended, Needs::occurrence, &Transition::on_child_ended},
      {EventKind::timer, Needs::step, &Transition::on_timer},
      {EventKind::call_returned, Needs::step, &Transition::on_call_returned},
      {EventKind::task_answered, Needs::nothing, &Transition::on_task_answered},
      {EventKind::retry, Needs::step, &Transition::on_retry},
      {EventKind::resolve, Needs::step, &Transition::on_resolve},
      {EventKind::abort_step, Needs::step, &Transition::on_abort_step},
      {EventKind::skip_undo, Needs::step, &Transition::on_skip_undo},
  };
  const StepRecord* record = find(path);
  for (const Rule& rule : rules) {
    if (rule.kind != event_.kind) continue;
    if (!record && rule.needs != Needs::nothing) return is_verb() ? no_such_step() : void();
    if (rule.needs == Needs::occurrence && record->occurrence != event_.occurrence) return;
    return (this->*rule.act)(step, path);
  }
}

void Transition::on_saga_event() {
  struct Rule {
    EventKind kind;
    void (Transition::*act)();
    bool after_the_end = false;
  };
  static constexpr Rule rules[] = {
      {EventKind::cancel_customer, &Transition::on_cancel, true},
      {EventKind::cancel_operator, &Transition::on_cancel, true},
      {EventKind::parent_undo, &Transition::on_parent_undo, true},
      {EventKind::released, &Transition::on_released, true},
      {EventKind::answered, &Transition::on_own_answer, true},
      {EventKind::deadline, &Transition::on_deadline},
      {EventKind::plugin_installed, &Transition::on_plugin_installed},
      {EventKind::refused_by_store, &Transition::on_refused_by_store},
      {EventKind::deliver, &Transition::on_arrival},
      {EventKind::signal, &Transition::on_arrival},
      {EventKind::lock_granted, &Transition::on_lock_granted},
      {EventKind::migrate, &Transition::on_migrate},
  };
  for (const Rule& rule : rules) {
    if (rule.kind != event_.kind) continue;
    if (rule.after_the_end || !ended(head_.phase)) (this->*rule.act)();
    return;
  }
  if (is_verb()) refuse("step_unknown", "the verb needs the path of a step");
}

}  // namespace sagaloom::core
