// Undo: whose turn it is. In reverse start order, each with its own budget, under the forward key
// (docs/semantics.md 8).
#include <algorithm>

#include "runtime/core/transition.h"

namespace sagaloom::core {

namespace {

bool todo(const StepRecord& record) {
  if (record.state == StepState::handled) return record.unusable;  // done, and kept by its handler
  return done_perhaps.has(record.state);
}

// Under way, or waiting until a call that timed out has returned.
bool begun(const StepRecord& record) {
  return undo_begun.has(record.state) || record.undo.due != Time{};
}

}  // namespace

bool takes_part(const Step& step, const StepRecord& record) {
  if (is_block(step) || (!todo(record) && !undo_begun.has(record.state))) return false;
  return step.call() || step.as<ChildSaga>() || step.compensate.kind == UndoKind::steps;
}

void Transition::go_on_undoing() {
  if (head_.phase != Phase::compensating) return;
  if (any(is_open)) return;
  if (!undo_list(definition_.steps, "", UndoWalk{})) undo_is_over();
}

// A list is undone last-started first, one after another; all at once under `order: parallel`.
bool Transition::undo_list(const StepList& list, const std::string& prefix, const UndoWalk& walk) {
  bool left = false;
  for (auto step = list.rbegin(); step != list.rend(); ++step) {
    const Path path = prefix + step->id;
    if (find(path) && undo_step(*step, path, walk)) left = true;
    if (left && !definition_.undo_in_parallel) break;
  }
  return left;
}

// The steps of its handler started after the step itself, so they go first.
bool Transition::undo_step(const Step& step, const Path& path, const UndoWalk& walk) {
  bool left = false;
  if (const std::uint32_t handler = find(path)->handler; handler > 0) {
    UndoWalk whole = walk;
    whole.covered = false;  // a block's own undo does not cover handlers' steps
    left = undo_list(step.on_error[handler - 1].steps, prefix_of(path), whole);
    if (!step.on_error[handler - 1].keep) return left;  // what it replaced is undone already
  }
  if (left && !definition_.undo_in_parallel) return true;
  return undo_body(step, path, walk) || left;
}

// The step itself: its children, or in their place the undo of its own.
bool Transition::undo_body(const Step& step, const Path& path, const UndoWalk& walk) {
  bool left = false;
  if (is_block(step)) {
    const bool own = step.compensate.kind != UndoKind::unsaid && !walk.only_doubtful;
    UndoWalk inside = walk;
    inside.covered = walk.covered || own;
    left = undo_children(step, path, inside);
    if (!own || (left && !definition_.undo_in_parallel)) return left;
  }
  return (!walk.covered && undo_itself(step, path, walk)) || left;
}

bool Transition::undo_itself(const Step& step, const Path& path, const UndoWalk& walk) {
  const StepRecord& record = *find(path);
  if (!begun(record)) {
    const bool doubtful_enough = !walk.only_doubtful || record.state == StepState::unknown;
    const bool asked = is_block(step) ? !undo_over.has(record.state) && child_took_part(path)
                                      : doubtful_enough && takes_part(step, record);
    if (!asked) return false;
    take_turn(step, path);
  }
  return begun(*find(path));
}

bool Transition::child_took_part(const Path& outer) const {
  return any(Among::all, [&](const Path& path, const StepRecord& record) {
    return todo(record) && lies_inside(definition_, path, outer) &&
           takes_part(step_at(path), record);
  });
}

// Branches at the same time, items at most `max_parallel` at a time over the reverse of their
// start, turns in reverse.
bool Transition::undo_children(const Step& step, const Path& path, const UndoWalk& walk) {
  std::vector<Run> begun = runs(step, path, *find(path));
  std::size_t at_a_time = begun.size();
  if (const auto* block = step.as<Foreach>()) at_a_time = block->max_parallel;
  if (step.as<Repeat>()) at_a_time = 1;
  if (!step.as<Parallel>()) std::reverse(begun.begin(), begun.end());
  std::size_t waiting = 0;
  for (const Run& run : begun) {
    if (undo_list(*run.list, run.prefix, walk)) ++waiting;
    if (waiting >= at_a_time && !definition_.undo_in_parallel) break;
  }
  return waiting > 0;
}

// Whether this undo makes room for a handler: then it can be neither skipped nor given up.
bool Transition::before_handler(const Path& path) const {
  return nearest(path, [](const StepRecord& record) { return record.undo_before; });
}

void Transition::undo_is_over() {
  expression::List residue;
  bool some_effect = false;
  visit(Among::all, [&](const Path& path, const StepRecord& record) {
    if (record.state == StepState::residue) {
      residue.push_back(Value::object({{"step", path},
                                       {"key", effect_key(saga_.id, path, record)},
                                       {"operation", record.operation}}));
    }
    if (record.residue.is_list()) {
      for (const Value& left : record.residue.items()) residue.push_back(left);
    }
    static constexpr StateSet was_there{StepState::undone, StepState::kept};
    const Call* call = step_at(path).call();
    const bool counts = !call || call->effect != Effect::none;
    some_effect = some_effect || (counts && (record.had_effect || was_there.has(record.state)));
  });
  look_from("", head_.error);
  const bool some_residue = !residue.empty();
  if (some_residue) head_.residue = Value(std::move(residue));
  if (some_effect && !some_residue) return end(Phase::compensated, definition_.hooks.compensated);
  end(Phase::failed, definition_.hooks.failed);
}

}  // namespace sagaloom::core
