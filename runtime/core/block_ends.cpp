// How blocks end: lists that fail, drain, and what `settle` finds over (docs/semantics.md 5).
#include <algorithm>

#include "runtime/core/transition.h"
#include "runtime/core/tree.h"

namespace sagaloom::core {

namespace {

// The first error is kept, later ones are listed in its details.
void add_error(StepRecord& block, const Failure& error) {
  if (!block.error) {
    block.error = error;
    return;
  }
  expression::List also;
  Value details = block.error->details;
  if (!details.is_map()) {
    details = details.is_null() ? Value(expression::Map{}) : Value::object({{"details", details}});
  }
  if (const Value* known = details.find("also"); known && known->is_list()) also = known->items();
  also.push_back(Value::object({{"code", error.code}, {"step", error.step}}));
  block.error->details = details.with("also", Value(std::move(also)));
}

bool concurrent(const Step& step) {
  return std::holds_alternative<Parallel>(step.kind) || std::holds_alternative<Foreach>(step.kind);
}

bool finishes(const Step& step) {
  if (const auto* block = std::get_if<Parallel>(&step.kind)) return block->finish;
  const auto* block = std::get_if<Foreach>(&step.kind);
  return block && block->finish;
}

}  // namespace

bool is_open(const StepRecord& record) {
  switch (record.state) {
    case StepState::running:
    case StepState::backoff:
    case StepState::awaiting:
    case StepState::resolving:
    case StepState::parked:
    case StepState::delay:
    case StepState::handling:
      return true;
    default:
      return record.undo_before;
  }
}

bool Transition::open_inside(const Path& outer) const {
  bool open = false;
  visit([&](const Path& path, const StepRecord& record) {
    open = open || (is_open(record) && lies_inside(definition_, path, outer));
  });
  return open;
}

// Where a list stands, by the last of its steps that began.
Transition::ListState Transition::list_state(const StepList& list,
                                             const std::string& prefix) const {
  for (auto step = list.rbegin(); step != list.rend(); ++step) {
    const Path path = prefix + step->id;
    const StepRecord* record = find(path);
    if (!record) continue;
    if (is_open(*record)) return ListState::open;
    switch (record->state) {
      case StepState::pending:
        if (!halted(path)) return ListState::open;
        continue;
      case StepState::failed:
      case StepState::unknown:
        return ListState::failed;
      case StepState::succeeded:
        if (record->unusable || record->left_path) return ListState::failed;
        break;
      case StepState::cancelled:
        return ListState::cancelled;
      default:
        break;
    }
    if (step == list.rbegin()) return ListState::succeeded;
    return halted(path) ? ListState::cancelled : ListState::open;
  }
  return ListState::cancelled;  // it never began
}

// A list around `path` ended FAILED, or a step of a handler did.
void Transition::list_failed(const Path& path, const Failure& error) {
  const Path owner = parent_path(definition_, path);
  if (owner.empty()) return abort(head_.noted ? *head_.noted : error, false);
  StepRecord& record = edit(owner);
  if (definition_.handler_of(step_id(path))) {  // a handler's errors go to the enclosing block
    fail_handling(record, error);
    return list_failed(owner, error);
  }
  add_error(record, error);
  const Step& block = *definition_.find(step_id(owner));
  if (finishes(block)) return;
  record.draining = true;
  drain_inside(owner, false);
}

// An error in a list that is being drained: the block that fails around it lists it too.
void Transition::add_to_block(const Path& path, const Failure& error) {
  const Path owner = parent_path(definition_, path);
  if (halted() || owner.empty() || definition_.handler_of(step_id(path))) return;
  if (find(owner)->state == StepState::running) add_error(edit(owner), error);
}

void Transition::drain_inside(const Path& outer, bool release_doubtful) {
  std::vector<Path> paths;
  visit([&](const Path& path, const StepRecord&) {
    if (lies_inside(definition_, path, outer)) paths.push_back(path);
  });
  for (const Path& path : paths) drain_step(path, release_doubtful);
}

// Ends every block that is over, starts the next items of a foreach; until nothing moves.
void Transition::settle_blocks() {
  for (;;) {
    std::vector<Path> blocks;
    visit([&](const Path& path, const StepRecord& record) {
      const Step* step = definition_.find(step_id(path));
      const bool body = record.state == StepState::running && is_block(*step);
      const bool handler = record.state == StepState::handling && halted(path);
      if (body || handler) blocks.push_back(path);
    });
    const bool moved = std::any_of(blocks.begin(), blocks.end(),
                                   [this](const Path& path) { return settle_block(path); });
    if (!moved || ended(head_.phase)) return;
  }
}

// True: something changed.
bool Transition::settle_block(const Path& path) {
  const Step& step = *definition_.find(step_id(path));
  const StepRecord& known = *find(path);
  const bool stopped = halted(path);
  if (known.state == StepState::handling) {
    if (open_inside(path)) return false;
    cancel_handling(edit(path));
    return true;
  }
  if (!concurrent(step)) {
    if ((!stopped && !known.draining) || open_inside(path)) return false;
    return end_block(step, path, stopped), true;
  }
  if (const auto* block = std::get_if<Foreach>(&step.kind)) {
    const std::uint32_t before = known.turn;
    if (known.forward.due != Time{}) edit(path).forward.due = Time{};
    if (!stopped && !known.error) start_items(step, path);
    const StepRecord& now = *find(path);
    if (now.state != StepState::running) return true;
    if (now.turn != before) return true;
    if (now.forward.due != Time{}) return false;  // the rest starts by an event of its own
    for (std::uint32_t i = 0; i < now.turn; ++i) {
      if (list_state(block->steps, body_prefix(step, path, i)) == ListState::open) return false;
    }
  } else {
    for (const auto& [name, branch] : std::get<Parallel>(step.kind).branches) {
      if (list_state(branch, prefix_of(path)) == ListState::open) return false;
    }
  }
  if (open_inside(path)) return false;
  return end_block(step, path, stopped), true;
}

// Everything inside has ended.
void Transition::end_block(const Step& step, const Path& path, bool stopped) {
  StepRecord& record = edit(path);
  record.timers = Value{};
  if (record.error) {
    const Failure error = *record.error;
    record.draining = false;
    record.state = StepState::failed;
    if (!stopped) set_error_status(step, path, error);
    return climb(path, error);
  }
  if (stopped && !all_lists_succeeded(step, path)) {
    record.state = StepState::cancelled;
    return;
  }
  succeed(step, path, block_output(step, path), true);
}

bool Transition::all_lists_succeeded(const Step& step, const Path& path) const {
  const StepRecord& record = *find(path);
  const auto good = [&](const StepList& list, const std::string& prefix) {
    return list_state(list, prefix) == ListState::succeeded;
  };
  if (const auto* block = std::get_if<Do>(&step.kind)) return good(block->steps, prefix_of(path));
  if (const auto* block = std::get_if<Switch>(&step.kind)) {
    return record.turn > 0 && good(block->cases[record.turn - 1].steps, prefix_of(path));
  }
  if (std::holds_alternative<Repeat>(step.kind)) return false;  // `until` was not asked
  if (const auto* block = std::get_if<Parallel>(&step.kind)) {
    return std::all_of(block->branches.begin(), block->branches.end(),
                       [&](const auto& branch) { return good(branch.second, prefix_of(path)); });
  }
  if (!record.items.is_list() || record.turn < record.items.items().size()) return false;
  for (std::uint32_t i = 0; i < record.turn; ++i) {
    if (!good(std::get<Foreach>(step.kind).steps, body_prefix(step, path, i))) return false;
  }
  return true;
}

}  // namespace sagaloom::core
