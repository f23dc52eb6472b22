// Blocks: do, switch, parallel, foreach, repeat (docs/semantics.md 5).
//
// A block that goes well goes on at once; one that has failed, or is drained from outside, ends
// when nothing inside is open any more, which `settle` finds out at the end of each decision.
#include <algorithm>

#include "runtime/core/transition.h"
#include "runtime/core/tree.h"

namespace sagaloom::core {

namespace {

constexpr std::size_t max_items = 10'000;

Failure block_failure(const Path& path, std::string code, std::string message) {
  Failure error;
  error.code = std::move(code);
  error.kind = "business";
  error.message = std::move(message);
  error.step = path;
  return error;
}

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

void Transition::start_block(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  record.state = StepState::running;
  record.turn = 0;
  set_status(step.status.start);
  if (step.timeout.attempt || step.timeout.total) {
    const auto limit = duration_of(step.timeout.total ? step.timeout.total : step.timeout.attempt);
    if (!limit) return fail(path, expression_failed(path, {"", "`timeout` gives no duration", {}}));
    set_timer(record, "timeout", now_ + *limit);
  }
  if (const auto* block = std::get_if<Do>(&step.kind)) {
    return run_list(block->steps, 0, prefix_of(path), path);
  }
  if (const auto* block = std::get_if<Switch>(&step.kind)) return choose(*block, path);
  if (std::holds_alternative<Repeat>(step.kind)) return begin_turn(step, path);
  if (const auto* block = std::get_if<Foreach>(&step.kind)) return begin_items(step, *block, path);
  for (const auto& [name, branch] : std::get<Parallel>(step.kind).branches) {
    const StepRecord& now = *find(path);
    if (now.state != StepState::running || now.draining || halted(path)) return;
    run_list(branch, 0, prefix_of(path), path);
  }
}

void Transition::choose(const Switch& block, const Path& path) {
  for (std::size_t i = 0; i < block.cases.size(); ++i) {
    if (block.cases[i].when) {
      std::string problem;
      const bool fits = holds(*block.cases[i].when, problem);
      if (!problem.empty()) {
        return fail(path, expression_failed(path, {"", "switch: " + problem, {}}));
      }
      if (!fits) continue;
    }
    edit(path).turn = static_cast<std::uint32_t>(i + 1);
    return run_list(block.cases[i].steps, 0, prefix_of(path), path);
  }
  fail(path, block_failure(path, "switch.no_match", "no case of the switch fits"));
}

// The list and the index of its items are frozen when the step starts.
void Transition::begin_items(const Step& step, const Foreach& block, const Path& path) {
  const auto items = block.in->evaluate(scope_);
  if (!items.ok()) return fail(path, expression_failed(path, items.error()));
  if (!items->is_list()) {
    return fail(path, expression_failed(path, {"", "`in` does not give a list", {}}));
  }
  if (items->items().size() > max_items) {
    return fail(path,
                block_failure(path, "foreach.too_many", "the list has more than 10,000 items"));
  }
  if (head_.bytes + expression::byte_size(*items) > max_state_bytes) {
    return fail(path, block_failure(path, "state.too_large",
                                    "with this list the saga's state exceeds 1 MiB"));
  }
  keep_bytes(*items);
  edit(path).items = *items;
  if (items->items().empty()) return succeed(step, path, Value(expression::List{}), true);
  start_items(step, path);
}

// Starts as many further items as may run at the same time.
void Transition::start_items(const Step& step, const Path& path) {
  const auto& block = std::get<Foreach>(step.kind);
  for (;;) {
    const StepRecord& now = *find(path);
    if (now.state != StepState::running || now.error || halted(path)) return;
    if (now.turn >= now.items.items().size()) return;
    std::uint32_t under_way = 0;
    for (std::uint32_t i = 0; i < now.turn; ++i) {
      const ListState state = list_state(block.steps, body_prefix(step, path, i));
      if (state == ListState::open) ++under_way;
    }
    if (under_way >= block.max_parallel) return;
    StepRecord& record = edit(path);
    if (starts_ >= max_starts) {
      record.forward.due = now_;
      return;
    }
    const std::uint32_t item = record.turn++;
    run_list(block.steps, 0, body_prefix(step, path, item), path);
  }
}

void Transition::begin_turn(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  if (too_long()) return park(path, Parked::no_doubt, too_long_error(path));
  record.state = StepState::running;
  ++record.turn;
  run_list(std::get<Repeat>(step.kind).steps, 0, body_prefix(step, path, record.turn), path);
}

void Transition::end_turn(const Step& step, const Path& path) {
  const auto& block = std::get<Repeat>(step.kind);
  const std::uint32_t turn = find(path)->turn;
  look_from(body_prefix(step, path, turn) + "x");
  std::string problem;
  const bool over = block.until && holds(*block.until, problem);
  look_from(path);
  if (!problem.empty()) return fail(path, expression_failed(path, {"", "until: " + problem, {}}));
  if (over) return succeed(step, path, block_output(step, path), true);
  if (turn >= block.max) {
    return fail(path,
                block_failure(path, "repeat.exhausted",
                              "`until` was not true after " + std::to_string(turn) + " turns"));
  }
  if (!block.delay) return begin_turn(step, path);
  const auto delay = duration_of(block.delay);
  if (!delay) return fail(path, expression_failed(path, {"", "`delay` gives no duration", {}}));
  StepRecord& record = edit(path);
  record.state = StepState::delay;
  set_timer(record, "delay", now_ + *delay);
}

Value Transition::block_output(const Step& step, const Path& path) const {
  const auto of_list = [&](const StepList& list, const std::string& prefix) {
    const StepRecord* last = find(prefix + list.back().id);
    const bool there = last && last->output && last->state != StepState::skipped;
    return there ? *last->output : Value(expression::Map{});
  };
  const StepRecord& record = *find(path);
  if (const auto* block = std::get_if<Do>(&step.kind))
    return of_list(block->steps, prefix_of(path));
  if (const auto* block = std::get_if<Switch>(&step.kind)) {
    return of_list(block->cases[record.turn - 1].steps, prefix_of(path));
  }
  if (const auto* block = std::get_if<Repeat>(&step.kind)) {
    return of_list(block->steps, body_prefix(step, path, record.turn));
  }
  if (const auto* block = std::get_if<Parallel>(&step.kind)) {
    expression::Map branches;
    for (const auto& [name, branch] : block->branches) {
      branches.push_back({Value(name), of_list(branch, prefix_of(path))});
    }
    return Value(std::move(branches));
  }
  expression::List items;
  for (std::uint32_t i = 0; i < record.turn; ++i) {
    expression::Map outputs;
    for (const Step& inner : std::get<Foreach>(step.kind).steps) {
      const StepRecord* one = find(body_prefix(step, path, i) + inner.id);
      if (one && one->output) outputs.push_back({Value(inner.id), *one->output});
    }
    items.push_back(Value(std::move(outputs)));
  }
  return Value(std::move(items));
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

// A list inside the block at `owner` ended SUCCEEDED.
void Transition::list_succeeded(const Path& owner, const std::string& prefix,
                                const StepList& list) {
  const Step& block = *definition_.find(step_id(owner));
  if (halted(owner) || find(owner)->draining) return;  // `settle` ends it
  if (std::holds_alternative<Repeat>(block.kind)) return end_turn(block, owner);
  if (!concurrent(block)) return succeed(block, owner, block_output(block, owner), true);
  if (std::holds_alternative<Foreach>(block.kind)) {
    edit(owner).forward.due = now_;  // the next item, when the others have had their say
  }
}

// A list inside the block at `owner` ended FAILED, or a step of its handler did.
void Transition::list_failed(const Path& path, const Failure& error) {
  const Path owner = parent_path(definition_, path);
  if (owner.empty()) return abort(head_.noted ? *head_.noted : error, false);
  StepRecord& record = edit(owner);
  if (definition_.handler_of(step_id(path))) {  // a handler's errors go to the enclosing block
    record.state = StepState::failed;
    record.error = error;
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
    edit(path).state = StepState::cancelled;
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

// The body took too long. A pivot that has started inside is never cut.
void Transition::on_body_timeout(const Step& step, const Path& path) {
  const Failure error =
      block_failure(path, "step.timeout", "the step took longer than its `timeout`");
  bool pivot_inside = false;
  visit([&](const Path& inner, const StepRecord& record) {
    pivot_inside = pivot_inside || (record.pivot && lies_inside(definition_, inner, path));
  });
  const bool committed = head_.phase == Phase::committed && !would_be_handled(path, error);
  if (pivot_inside || committed) return note("step.timeout", Value(path));
  StepRecord& record = edit(path);
  record.error = error;
  record.draining = true;
  if (std::holds_alternative<ChildSaga>(step.kind)) return ask_child_back(path);
  if (record.state == StepState::delay) record.state = StepState::running;
  drain_inside(path, false);
}

}  // namespace sagaloom::core
