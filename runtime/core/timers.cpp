// What wakes a step from outside its own answers: its timers, a call that returned at last, a
// plugin that is there again (docs/semantics.md 3, 8 and 9).
#include "runtime/core/transition.h"

namespace sagaloom::core {

void Transition::on_timer(const Step& step, const Path& path) {
  const StepRecord& record = *find(path);
  if (event_.purpose == Purpose::wait) return on_wait_timer(step, path);
  if (event_.purpose == Purpose::forward) return on_forward_timer(step, path);
  if (event_.purpose != Purpose::question) return on_undo_timer(step, path);
  const bool due = record.state == StepState::resolving && record.question.due != Time{} &&
                   record.question.number == event_.number;
  if (due) ask(step, path);
}

void Transition::on_forward_timer(const Step& step, const Path& path) {
  const StepRecord& record = *find(path);
  const bool due = record.forward.due != Time{};
  if (record.state == StepState::running && is_block(step) && due) {
    edit(path).forward.due = Time{};  // `settle` starts the next items
  } else if (record.state == StepState::pending && due) {
    if (!halted(path)) start_again(step, path);
  } else if (record.state == StepState::backoff && record.forward.number == event_.number) {
    edit(path).waiting_for_plugin = is_missing(record.operation);
    if (!find(path)->waiting_for_plugin) begin_attempt(step, path);
  }
}

void Transition::on_undo_timer(const Step& step, const Path& path) {
  const StepRecord& record = *find(path);
  if (awaits_undo.has(record.state) && record.undo.due != Time{}) {
    StepRecord& grace_over = edit(path);
    grace_over.still_running = 0;
    grace_over.undo.due = Time{};  // its turn comes again right now
  } else if (record.state == StepState::undo_backoff && record.undo.number == event_.number) {
    edit(path).waiting_for_plugin = is_missing(record.undo_operation);
    if (!find(path)->waiting_for_plugin) begin_undo_try(step, path);
  }
}

void Transition::on_call_returned(const Step&, const Path& path) {
  const bool awaited = event_.purpose == Purpose::forward && find(path)->still_running > 0;
  if (!awaited) return;
  StepRecord& returned = edit(path);
  --returned.still_running;
  const bool undo_waits = returned.still_running == 0 && awaits_undo.has(returned.state);
  if (undo_waits) returned.undo.due = Time{};
}

void Transition::on_plugin_installed() {
  const auto waiting = paths([](const StepRecord& step) { return step.waiting_for_plugin; });
  for (const Path& path : waiting) {
    const Step& step = step_at(path);
    const StepRecord& record = *find(path);
    switch (record.state) {
      case StepState::pending:
        start_again(step, path);
        break;
      case StepState::backoff:
        if (!is_missing(record.operation)) begin_attempt(step, path);
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
