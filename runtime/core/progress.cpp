// Going forward: lists of steps, starting a step, what its end means for what is around it.
#include <algorithm>

#include "runtime/core/transition.h"

namespace sagaloom::core {

void Transition::run_list(const StepList& list, std::size_t from, const std::string& prefix,
                          const Path& owner) {
  for (std::size_t i = from; i < list.size(); ++i) {
    if (ended(head_.phase) || !start(list[i], prefix + list[i].id)) return;
  }
  if (owner.empty()) return complete();
  if (definition_.handler_of(list.front().id)) return finish_handling(owner);
  list_succeeded(owner);
}

void Transition::go_on_after(const Path& path) {
  if (ended(head_.phase) || halted(path)) return;
  const StepList& list = *definition_.list_of(step_id(path));
  const auto place = static_cast<std::size_t>(&step_at(path) - list.data());
  run_list(list, place + 1, prefix_of(path), parent_path(definition_, path));
}

// The step has ended well, and the path with it.
void Transition::go_forward(const Step& step, const Path& path) {
  if (holds_pivot(step)) pass_pivot();
  act_on_noted();
  go_on_after(path);
}

bool Transition::holds_pivot(const Step& step) const {
  if (step.pivot) return true;
  const auto* block = step.as<Do>();  // the only one that may hold it
  return block && std::any_of(block->steps.begin(), block->steps.end(),
                              [this](const Step& inner) { return holds_pivot(inner); });
}

// The saga goes back, or a block around the step has failed and starts nothing new.
bool Transition::halted(const Path& path) const {
  return halted() || nearest(parent_path(definition_, path),
                             [](const StepRecord& block) { return block.draining; });
}

// Expressions of this step: its own item or turn first; `error` in a handler's steps.
void Transition::look_from(const Path& path) {
  scope_.look_from(prefix_of(path));
  scope_.show_all_steps();
  scope_.clear_self();
  scope_.set_error(std::nullopt);
  for (Path at = path; !at.empty(); at = parent_path(definition_, at)) {
    if (!definition_.handler_of(step_id(at))) continue;
    const StepRecord* handled = find(parent_path(definition_, at));
    return scope_.set_error(handled ? handled->error : std::nullopt);
  }
}

void Transition::look_from(const Path& path, const std::optional<Failure>& error) {
  look_from(path);
  scope_.set_error(error);
}

// True: the step has ended and its list goes on.
bool Transition::start(const Step& step, const Path& path) {
  if (++starts_ > max_starts) {
    edit(path).forward.due = now_;  // the saga goes on by an event of its own
    return false;
  }
  StepRecord& record = edit(path);
  record.forward.due = Time{};
  look_from(path);
  const Result<bool> wanted = holds(step.when);
  if (!wanted.ok()) {
    return fail(path, expression_failed(path, "when: " + wanted.error().message)), false;
  }
  if (!*wanted) {
    record.state = StepState::skipped;
    record.output.reset();
    if (holds_pivot(step)) pass_pivot();
    return true;
  }
  if (too_long()) return park(path, Parked::no_doubt, too_long_error(path)), false;
  return start_kind(step, path);
}

// What can wait for a plugin or a child's definition takes its place in the order once it is there.
bool Transition::start_kind(const Step& step, const Path& path) {
  if (step.call()) return start_call(step, path), false;
  if (step.as<ChildSaga>()) return start_child(step, path), false;
  edit(path).order = ++head_.started;
  if (const auto* wait = step.as<Wait>()) return start_wait(step, path, *wait), false;
  if (const auto* said = step.as<Fail>()) return fail(path, failure_of(path, said->failure)), false;
  if (const auto* last = step.as<End>()) return end_here(*last, path), false;
  if (is_block(step)) return start_block(step, path), false;
  return start_instant(step, path);
}

// The same step once more: it waited for its turn or its plugin, or an operator asks.
void Transition::start_again(const Step& step, const Path& path) {
  if (start(step, path)) go_on_after(path);
}

bool Transition::too_long() const {
  return head_.records >= max_records + head_.granted;
}

Failure Transition::too_long_error(const Path& path) const {
  return {"saga.too_long", "internal", "the saga has 50,000 records; `retry` grants 5,000 more",
          path};
}

// What a `fail` says; a text that can't be rendered is the failure.
Failure Transition::failure_of(const Path& path, const FailureTemplate& said) {
  Failure error{said.code, "business", said.code, path};
  if (said.message) {
    const auto message = render(*said.message);
    if (!message.ok()) return expression_failed(path, message.error());
    if (message->is_string()) error.message = message->string();
  }
  if (said.details) {
    auto details = render(*said.details);
    if (!details.ok()) return expression_failed(path, details.error());
    error.details = std::move(*details);
  }
  return error;
}

// `end`: the saga is COMPLETED now; its own words go before the hook's.
void Transition::end_here(const End& last, const Path& path) {
  edit(path).state = StepState::succeeded;
  set_output(last.output);
  set_status(last.status);
  complete();
}

// `set` and steps that only emit end in the commit that starts them.
bool Transition::start_instant(const Step& step, const Path& path) {
  const auto* set = step.as<Set>();
  const auto values = set ? render(set->values) : Value(expression::Map{});
  if (!values.ok()) return fail(path, values.error()), false;
  std::vector<Emitted> emitted;
  if (const auto problem = make_use(step, path, *values, true, emitted)) {
    edit(path).output.reset();
    return fail(path, *problem), false;
  }
  edit(path).state = StepState::succeeded;
  step_succeeded_ = true;
  set_status(step.status.ok);
  publish(std::move(emitted));
  return true;
}

void Transition::start_call(const Step& step, const Path& path) {
  const Call& call = *step.call();
  StepRecord& record = edit(path);
  record.waiting_for_plugin = is_missing(call.operation->name);
  if (record.waiting_for_plugin) return;
  record.pivot = step.pivot;
  record.operation = call.operation->name;
  record.idempotent = call.operation->idempotent;
  record.check = call.check ? call.check->name : std::string{};
  if (record.order == 0) record.order = ++head_.started;
  record.forward.due = Time{};
  if (auto problem = prepare_call(step, path, record)) return fail(path, std::move(*problem));
  set_status(step.status.start);
  begin_attempt(step, path);
}

// Renders what the call needs, once per occurrence; else what is wrong: then nothing is sent.
std::optional<Failure> Transition::prepare_call(const Step& step, const Path& path,
                                                StepRecord& record) {
  const Call& call = *step.call();
  static const std::optional<DurationTemplate> none;
  const auto* awaited = call.await ? &call.await->timeout : &none;
  const TimeoutPolicy& limits = step.timeout;
  for (const auto* duration : {&limits.attempt, &limits.total, &limits.heartbeat, awaited}) {
    if (*duration && !duration_of(*duration)) {
      return expression_failed(path, "`timeout` does not give a duration");
    }
  }
  auto input = render(call.with);
  if (!input.ok()) return expression_failed(path, input.error());
  if (call.key) {
    auto key = render_text(*call.key, "`key` must give a text that is not empty");
    if (!key.ok()) return expression_failed(path, key.error());
    record.key = *key + indexes_of(path);
  }
  if (auto wrong = misfit(call.operation->input, *input, 20)) {
    return Failure{"input.invalid", "business", std::move(*wrong), path};
  }
  if (!fits_state(*input)) {
    return Failure{"state.too_large", "business", "with this input the saga's state exceeds 1 MiB",
                   path};
  }
  keep_bytes(*input);
  record.input = std::move(*input);
  return std::nullopt;
}

void Transition::begin_attempt(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  if (too_long()) return park(path, parked_for(record), too_long_error(path));
  record.state = StepState::running;
  record.waiting_for_plugin = false;
  // Its events are kept from the first attempt on, and taken once the call is accepted.
  if (const auto& await = step.call()->await)
    record.listens = Value(expression::List{heard(*await)});
  Try& budget = record.forward;
  if (budget.counted == 0 && budget.first_at == Time{}) budget.first_at = now_;
  budget.due = Time{};
  open_attempt(budget, attempt_end(step.timeout, budget.first_at));
}

void Transition::open_attempt(Try& budget, Time deadline) {
  ++budget.number;
  budget.started_at = now_;
  budget.in_flight = true;
  budget.deadline = deadline;
}

void Transition::fail(const Path& path, Failure error) {
  StepRecord& record = edit(path);
  const Step& step = step_at(path);
  if (head_.phase == Phase::committed && !halted(path) && !would_be_handled(path, error)) {
    if (record.order == 0) record.order = ++head_.started;
    set_error_status(step, path, error);
    return park(path, Parked::no_doubt, std::move(error));
  }
  leave_with(path, StepState::failed, error);
}

void Transition::fail(const Path& path, const expression::Error& error) {
  fail(path, expression_failed(path, error));
}

void Transition::leave_unknown(const Path& path, const Failure& error) {
  edit(path).left_path = true;
  leave_with(path, StepState::unknown, error);
}

void Transition::leave_with(const Path& path, StepState state, const Failure& error) {
  StepRecord& record = edit(path);
  record.state = state;
  leave_path(record);
  drop_output(record);  // of a wait: what it has collected
  record.error = error;
  if (!halted(path)) set_error_status(step_at(path), path, error);
  climb(path, error);
}

void Transition::set_error_status(const Step& step, const Path& path, const Failure& error) {
  look_from(path, error);
  set_status(step.status.error);
}

// Nothing of the step is under way or awaited any more.
void Transition::leave_path(StepRecord& record) {
  record.parked = Parked::no;
  record.waiting_for_plugin = false;
  record.forward.in_flight = record.question.in_flight = false;
  record.forward.due = record.question.due = Time{};
  record.listens = record.timers = Value{};
}

void Transition::park(const Path& path, Parked why, std::optional<Failure> error) {
  StepRecord& record = edit(path);
  record.state = StepState::parked;
  leave_path(record);
  record.parked = why;
  if (error) record.error = std::move(error);
  look_from(path, record.error);
  announce(definition_.hooks.parked);
}

}  // namespace sagaloom::core
