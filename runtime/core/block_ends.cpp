// How blocks end: lists that fail, drain, and what `settle` finds over (docs/semantics.md 5).
#include <algorithm>

#include "runtime/core/transition.h"

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

bool finishes(const Step& step) {
  if (const auto* block = step.as<Parallel>()) return block->finish;
  const auto* block = step.as<Foreach>();
  return block && block->finish;
}

}  // namespace

bool is_open(const StepRecord& record) {
  return attempting.has(record.state) || record.state == StepState::parked ||
         record.state == StepState::delay || record.state == StepState::handling ||
         record.undo_before;
}

bool Transition::open_inside(const Path& outer) const {
  return any(Among::live, [&](const Path& path, const StepRecord& record) {
    return is_open(record) && lies_inside(definition_, path, outer);
  });
}

// Where a list stands, by the last of its steps that began.
Transition::ListState Transition::list_state(const Run& run) const {
  static constexpr StateSet ended_badly{StepState::failed, StepState::unknown,
                                        StepState::cancelled};
  for (auto step = run.list->rbegin(); step != run.list->rend(); ++step) {
    const Path path = run.prefix + step->id;
    const StepRecord* record = find(path);
    if (!record) continue;
    const bool waits = record->state == StepState::pending;
    if (waits && halted(path)) continue;
    if (waits || is_open(*record)) return ListState::open;
    const bool left =
        record->state == StepState::succeeded && (record->unusable || record->left_path);
    if (left || ended_badly.has(record->state)) return ListState::stopped;
    if (step == run.list->rbegin()) return ListState::succeeded;
    return halted(path) ? ListState::stopped : ListState::open;
  }
  return ListState::stopped;  // it never began
}

// How many of a block's lists are open. Of a foreach only those items are looked at in which
// something is live or has just moved: the others are over.
std::size_t Transition::open_lists(const Step& step, const Path& path) const {
  std::vector<Run> looked_at;
  if (const auto* block = step.as<Foreach>()) {
    std::set<std::string> items;
    visit(Among::live, [&](const Path& inner, const StepRecord&) {
      if (!inner.starts_with(path + "[")) return;
      items.insert(inner.substr(0, inner.find("]/", path.size()) + 2));
    });
    for (const std::string& prefix : items) looked_at.push_back({&block->steps, prefix});
  } else {
    looked_at = runs(step, path, *find(path));
  }
  const auto open = std::count_if(looked_at.begin(), looked_at.end(), [this](const Run& run) {
    return list_state(run) == ListState::open;
  });
  return static_cast<std::size_t>(open);
}

// A list around `path` ended FAILED, or a step of a handler did.
void Transition::list_failed(const Path& path, const Failure& error) {
  const Path owner = parent_path(definition_, path);
  if (owner.empty()) return abort_for(error);
  StepRecord& record = edit(owner);
  if (definition_.handler_of(step_id(path))) {  // a handler's errors go to the enclosing block
    fail_handling(record, error);
    return list_failed(owner, error);
  }
  add_error(record, error);
  if (finishes(step_at(owner))) return;
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
  const auto inside = paths(Among::live, [&](const Path& path, const StepRecord&) {
    return lies_inside(definition_, path, outer);
  });
  for (const Path& path : inside) drain_step(path, release_doubtful);
}

// Ends every block that is over, starts the next items of a foreach; until nothing moves.
void Transition::settle_blocks() {
  for (bool moved = true; moved;) {
    const auto blocks = paths(Among::live, [this](const Path& path, const StepRecord& record) {
      return (record.state == StepState::running && is_block(step_at(path))) ||
             (record.state == StepState::handling && halted(path));
    });
    moved = std::any_of(blocks.begin(), blocks.end(),
                        [this](const Path& path) { return settle_block(path); }) &&
            !ended(head_.phase);
  }
}

// True: something changed.
bool Transition::settle_block(const Path& path) {
  const Step& step = step_at(path);
  const StepRecord& known = *find(path);
  const bool stopped = halted(path);
  if (known.state == StepState::handling) {
    if (open_inside(path)) return false;
    cancel_handling(edit(path));
    return true;
  }
  if (!is_concurrent(step) && !stopped && !known.draining) return false;
  if (step.as<Foreach>()) {
    const std::uint32_t before = known.turn;
    if (known.forward.due != Time{}) edit(path).forward.due = Time{};
    if (!stopped && !known.error) start_items(step, path);
    const StepRecord& now = *find(path);
    if (now.state != StepState::running || now.turn != before) return true;
    if (now.forward.due != Time{}) return false;  // the rest starts by an event of its own
  }
  if (is_concurrent(step) && open_lists(step, path) > 0) return false;
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
  succeed(step, path, block_output(step, path));
}

bool Transition::all_lists_succeeded(const Step& step, const Path& path) const {
  const StepRecord& record = *find(path);
  if (step.as<Repeat>()) return false;  // `until` was not asked
  const bool items_left =
      step.as<Foreach>() && (!record.items.is_list() || record.turn < record.items.items().size());
  const std::vector<Run> begun = runs(step, path, record);
  return !items_left && !begun.empty() &&
         std::all_of(begun.begin(), begun.end(),
                     [this](const Run& run) { return list_state(run) == ListState::succeeded; });
}

}  // namespace sagaloom::core
