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

bool concurrent(const Step& step) {
  return std::holds_alternative<Parallel>(step.kind) || std::holds_alternative<Foreach>(step.kind);
}

}  // namespace

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
