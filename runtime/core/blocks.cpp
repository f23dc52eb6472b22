// Blocks: do, switch, parallel, foreach, repeat (docs/semantics.md 5).
//
// A block that goes well goes on at once; one that has failed, or is drained from outside, ends
// when nothing inside is open any more, which `settle` finds out at the end of each decision.
#include <algorithm>

#include "runtime/core/transition.h"

namespace sagaloom::core {

namespace {

constexpr std::size_t max_items = 10'000;

}  // namespace

void Transition::start_block(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  record.state = StepState::running;
  record.turn = 0;
  set_status(step.status.start);
  std::string problem;
  set_body_timer(step, record, problem);
  if (!problem.empty()) return fail(path, expression_failed(path, problem));
  if (const auto* block = step.as<Do>()) return run_list(block->steps, 0, prefix_of(path), path);
  if (const auto* block = step.as<Switch>()) return choose(*block, path);
  if (step.as<Repeat>()) return begin_turn(step, path);
  if (const auto* block = step.as<Foreach>()) return begin_items(step, *block, path);
  for (const Run& run : runs(step, path, record)) {
    const StepRecord& now = *find(path);
    if (now.state != StepState::running || now.draining || halted(path)) return;
    run_list(*run.list, 0, run.prefix, path);
  }
}

void Transition::choose(const Switch& block, const Path& path) {
  for (std::size_t i = 0; i < block.cases.size(); ++i) {
    const Result<bool> fits = holds(block.cases[i].when);
    if (!fits.ok()) return fail(path, expression_failed(path, "switch: " + fits.error().message));
    if (!*fits) continue;
    edit(path).turn = static_cast<std::uint32_t>(i + 1);
    return run_list(block.cases[i].steps, 0, prefix_of(path), path);
  }
  fail(path, Failure{"switch.no_match", "business", "no case of the switch fits", path});
}

// The list and the index of its items are frozen when the step starts.
void Transition::begin_items(const Step& step, const Foreach& block, const Path& path) {
  const auto items = block.in->evaluate(scope_);
  if (!items.ok()) return fail(path, items.error());
  if (!items->is_list()) return fail(path, expression_failed(path, "`in` does not give a list"));
  if (items->items().size() > max_items) {
    return fail(
        path, Failure{"foreach.too_many", "business", "the list has more than 10,000 items", path});
  }
  if (!fits_state(*items)) {
    return fail(path, Failure{"state.too_large", "business",
                              "with this list the saga's state exceeds 1 MiB", path});
  }
  keep_bytes(*items);
  edit(path).items = *items;
  if (items->items().empty()) return succeed(step, path, Value(expression::List{}));
  start_items(step, path);
}

// Starts as many further items as may run at the same time.
void Transition::start_items(const Step& step, const Path& path) {
  const auto& block = *step.as<Foreach>();
  for (;;) {
    const StepRecord& now = *find(path);
    if (now.state != StepState::running || now.error || halted(path)) return;
    if (now.turn >= now.items.items().size()) return;
    if (open_lists(step, path) >= block.max_parallel) return;
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
  run_list(step.as<Repeat>()->steps, 0, body_prefix(step, path, record.turn), path);
}

void Transition::end_turn(const Step& step, const Path& path) {
  const auto& block = *step.as<Repeat>();
  const std::uint32_t turn = find(path)->turn;
  look_from(body_prefix(step, path, turn) + "x");
  const Result<bool> over = block.until ? holds(*block.until) : false;
  look_from(path);
  if (!over.ok()) return fail(path, expression_failed(path, "until: " + over.error().message));
  if (*over) return succeed(step, path, block_output(step, path));
  if (turn >= block.max) {
    return fail(path,
                Failure{"repeat.exhausted", "business",
                        "`until` was not true after " + std::to_string(turn) + " turns", path});
  }
  if (!block.delay) return begin_turn(step, path);
  StepRecord& record = edit(path);
  std::string problem;
  set_timer(record, "delay", block.delay, "delay", problem);
  if (!problem.empty()) return fail(path, expression_failed(path, problem));
  record.state = StepState::delay;
}

// The output of a list's last step (null, which reads as absent, if that was SKIPPED); of a
// foreach's item what all its steps gave.
Value Transition::block_output(const Step& step, const Path& path) const {
  const auto of_list = [&](const Run& run) {
    const StepRecord* last = find(run.prefix + run.list->back().id);
    const bool there = last && last->output && last->state != StepState::skipped;
    return there ? *last->output : Value{};
  };
  const std::vector<Run> begun = runs(step, path, *find(path));
  if (!is_concurrent(step)) return of_list(begun.back());
  if (const auto* block = step.as<Parallel>()) {
    expression::Map branches;
    for (std::size_t i = 0; i < begun.size(); ++i) {
      const Value output = of_list(begun[i]);
      if (!output.is_null()) branches.push_back({Value(block->branches[i].first), output});
    }
    return Value(std::move(branches));
  }
  expression::List items;
  for (const Run& run : begun) {
    expression::Map outputs;
    for (const Step& inner : *run.list) {
      const StepRecord* one = find(run.prefix + inner.id);
      if (one && one->output) outputs.push_back({Value(inner.id), *one->output});
    }
    items.push_back(Value(std::move(outputs)));
  }
  return Value(std::move(items));
}

// A list inside the block at `owner` ended SUCCEEDED.
void Transition::list_succeeded(const Path& owner) {
  const Step& block = step_at(owner);
  if (halted(owner) || find(owner)->draining) return;  // `settle` ends it
  if (block.as<Repeat>()) return end_turn(block, owner);
  if (!is_concurrent(block)) return succeed(block, owner, block_output(block, owner));
  // The next item, when the others have had their say.
  if (block.as<Foreach>()) edit(owner).forward.due = now_;
}

// The body took too long. A pivot that has started inside is never cut.
void Transition::on_body_timeout(const Step& step, const Path& path) {
  const Failure error{"step.timeout", "business", "the step took longer than its `timeout`", path};
  const bool pivot_inside = any(Among::all, [&](const Path& inner, const StepRecord& record) {
    return record.pivot && lies_inside(definition_, inner, path);
  });
  const bool committed = head_.phase == Phase::committed && !would_be_handled(path, error);
  if (pivot_inside || committed) return note("step.timeout", Value(path));
  StepRecord& record = edit(path);
  if (!record.error) record.error = error;
  record.draining = true;
  if (step.as<ChildSaga>()) return ask_child_back(path);
  if (record.state == StepState::delay) record.state = StepState::running;
  drain_inside(path, false);
}

}  // namespace sagaloom::core
