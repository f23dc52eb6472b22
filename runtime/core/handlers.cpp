// Errors that climb, and the handlers on their way (docs/semantics.md 2 and 5).
#include "runtime/core/transition.h"

namespace sagaloom::core {

// The first handler that matches by code and condition; nullptr: none.
const ErrorHandler* Transition::matching_handler(const Step& step, const Path& path,
                                                 const Failure& error) {
  for (const ErrorHandler& handler : step.on_error) {
    if (!handler.codes.empty() && !matches_any(handler.codes, error.code)) continue;
    if (!handler.when) return &handler;
    look_from(path, error);
    if (holds_or_note(*handler.when, "handler's when")) return &handler;
  }
  return nullptr;
}

// After the pivot an error that no handler on its way up takes parks its step instead.
bool Transition::would_be_handled(const Path& path, Failure error) {
  bool asks_own = true;
  for (Path at = path; !at.empty(); at = parent_path(definition_, at)) {
    const ErrorHandler* handler = asks_own ? matching_handler(step_at(at), at, error) : nullptr;
    if (handler && handler->action == ErrorHandler::Action::compensate) return false;
    if (handler && handler->action != ErrorHandler::Action::fail) return true;
    if (handler) error.code = handler->fail.code;
    asks_own = !definition_.handler_of(step_id(at));
  }
  return false;
}

// FAILED, UNKNOWN, and an error raised after SUCCEEDED: the step's own handlers, then its list, the
// block around it, and so on. Only what leaves the root aborts the saga.
void Transition::climb(const Path& path, const Failure& error) {
  if (halted(path)) return add_to_block(path, error);  // no handler is asked
  const Step& step = step_at(path);
  if (step.pivot && head_.noted) return abort_for(error);
  const ErrorHandler* handler = matching_handler(step, path, error);
  if (!handler) return list_failed(path, error);
  if (handler->action == ErrorHandler::Action::compensate) return abort_for(error);
  if (handler->action == ErrorHandler::Action::fail) {
    look_from(path, error);
    const Failure other = failure_of(path, handler->fail);
    edit(path).error = other;
    return list_failed(path, other);
  }
  StepRecord& record = edit(path);
  record.handler = static_cast<std::uint32_t>(handler - step.on_error.data()) + 1;
  record.draining = false;
  record.error = error;
  const bool by_children = is_block(step) && step.compensate.kind == UndoKind::unsaid;
  if (by_children) record.state = StepState::undoing;
  record.undo_before = true;  // `settle` undoes what the handler replaces, then runs it
}

// What the handlers of this decision replace is undone; then their steps run.
void Transition::go_on_handling() {
  for (bool moved = true; moved && !ended(head_.phase);) {
    moved = false;
    const auto waiting = paths([](const StepRecord& record) { return record.undo_before; });
    for (const Path& path : waiting) {
      if (!find(path)->undo_before || !undone_before_handler(path)) continue;
      edit(path).undo_before = false;
      begin_handler(step_at(path), path);
      settle_blocks();
      moved = true;
    }
  }
}

// Undoes further; true: nothing is left to undo before the handler.
bool Transition::undone_before_handler(const Path& path) {
  if (head_.phase == Phase::committed) return true;
  const Step& step = step_at(path);
  UndoWalk walk;
  walk.only_doubtful = step.on_error[find(path)->handler - 1].keep;
  return !undo_body(step, path, walk);
}

void Transition::begin_handler(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  const bool in_place = !is_block(step) && record.state == StepState::succeeded;
  if (halted(path)) {
    if (!in_place) record.state = StepState::cancelled;
    return;
  }
  const ErrorHandler& handler = step.on_error[record.handler - 1];
  const bool stays = handler.keep && in_place;
  record.had_effect = record.had_effect || undo_over.has(record.state);
  record.unusable = stays;  // left in place: part of later undo
  if (!stays) record.doubt = false;
  record.state = StepState::handling;
  record.undo = Try{record.undo.number};
  record.output.reset();
  if (handler.action == ErrorHandler::Action::ignore) return finish_handling(path);
  run_list(handler.steps, 0, prefix_of(path), path);
}

// What the handler kept in place takes part in the undo that comes.
void Transition::cancel_handling(StepRecord& record) {
  record.state = record.unusable ? StepState::succeeded : StepState::cancelled;
}

void Transition::fail_handling(StepRecord& record, const Failure& error) {
  record.state = record.unusable ? StepState::succeeded : StepState::failed;
  record.error = error;
}

// The handler's steps are over: HANDLED, and the path goes on after the step.
void Transition::finish_handling(const Path& path) {
  const Step& step = step_at(path);
  StepRecord& record = edit(path);
  if (halted(path)) return cancel_handling(record);
  const ErrorHandler& handler = step.on_error[record.handler - 1];
  Value output(expression::Map{});
  if (handler.output) {
    look_from(path, record.error);
    auto rendered = render(*handler.output);
    if (rendered.ok() && expression::byte_size(*rendered) > max_output_bytes) {
      rendered = expression::Error{"output.too_large", "the output is larger than 256 KiB"};
    }
    if (!rendered.ok()) {
      const Failure error = expression_failed(path, rendered.error());
      if (head_.phase == Phase::committed) return park(path, Parked::no_doubt, error);
      fail_handling(record, error);
      return list_failed(path, error);
    }
    output = std::move(*rendered);
  }
  record.state = StepState::handled;
  keep_bytes(output);
  record.output = std::move(output);
  step_succeeded_ = true;
  go_forward(step, path);
}

}  // namespace sagaloom::core
