// Going forward: lists of steps, starting a step, what its end means for what is around it.
#include "runtime/core/transition.h"
#include "runtime/core/tree.h"

namespace sagaloom::core {

namespace {

Failure failure(const Path& path, std::string code, std::string kind, std::string message) {
  Failure error;
  error.code = std::move(code);
  error.kind = std::move(kind);
  error.message = std::move(message);
  error.step = path;
  return error;
}

std::string describe(const std::vector<schema::Violation>& violations) {
  std::string text;
  for (const auto& violation : violations) {
    if (!text.empty()) text += "; ";
    text += violation.pointer + ": " + violation.message;
  }
  return text;
}

}  // namespace

void Transition::run_list(const StepList& list, std::size_t from, const std::string& prefix,
                          const Path& owner) {
  for (std::size_t i = from; i < list.size(); ++i) {
    if (ended(head_.phase) || !start(list[i], prefix + list[i].id)) return;
  }
  if (owner.empty()) return complete();
  const ErrorHandler* handler = definition_.handler_of(list.front().id);
  if (handler) return finish_handling(owner);
  list_succeeded(owner, prefix, list);
}

void Transition::go_on_after(const Path& path) {
  if (ended(head_.phase) || halted(path)) return;
  const std::string_view id = step_id(path);
  const StepList& list = *definition_.list_of(id);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].id == id) {
      return run_list(list, i + 1, prefix_of(path), parent_path(definition_, path));
    }
  }
}

bool Transition::holds_pivot(const Step& step) const {
  if (step.pivot) return true;
  const auto* block = std::get_if<Do>(&step.kind);  // the only one that may hold it
  if (!block) return false;
  for (const Step& inner : block->steps) {
    if (holds_pivot(inner)) return true;
  }
  return false;
}

// The saga goes back, or a block around the step has failed and starts nothing new.
bool Transition::halted(const Path& path) const {
  if (halted()) return true;
  for (Path at = parent_path(definition_, path); !at.empty(); at = parent_path(definition_, at)) {
    const StepRecord* block = find(at);
    if (block && block->draining) return true;
  }
  return false;
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

// True: the step has ended and its list goes on.
bool Transition::start(const Step& step, const Path& path) {
  if (++starts_ > max_starts) {
    edit(path).forward.due = now_;  // the saga goes on by an event of its own
    return false;
  }
  edit(path).forward.due = Time{};
  look_from(path);
  if (step.when) {
    std::string problem;
    const bool wanted = holds(*step.when, problem);
    if (!problem.empty()) {
      fail(path, expression_failed(path, {"expression.failed", "when: " + problem, {}}));
      return false;
    }
    if (!wanted) {
      StepRecord& record = edit(path);
      record.state = StepState::skipped;
      record.output.reset();
      if (holds_pivot(step)) pass_pivot();
      return true;
    }
  }
  if (too_long()) {
    park(path, Parked::no_doubt, too_long_error(path));
    return false;
  }
  if (step.call()) return start_call(step, path), false;
  if (std::holds_alternative<ChildSaga>(step.kind)) return start_child(step, path), false;
  StepRecord& record = edit(path);
  record.order = ++head_.started;
  if (const auto* wait = std::get_if<Wait>(&step.kind)) {
    start_wait(step, path, *wait);
    return false;
  }
  if (const auto* failing = std::get_if<Fail>(&step.kind)) {
    fail(path, failure_of(path, failing->failure));
    return false;
  }
  if (const auto* last = std::get_if<End>(&step.kind)) return end_here(*last, path), false;
  if (is_block(step)) return start_block(step, path), false;
  return start_instant(step, path);
}

bool Transition::too_long() const {
  return head_.records >= max_records + head_.granted;
}

Failure Transition::too_long_error(const Path& path) const {
  return failure(path, "saga.too_long", "internal",
                 "the saga has 50,000 records; `retry` grants 5,000 more");
}

// What a `fail` says; a text that can't be rendered is left out with a note.
Failure Transition::failure_of(const Path& path, const FailureTemplate& said) {
  Failure error = failure(path, said.code, "business", said.code);
  if (said.message) {
    const auto message = render(*said.message);
    if (!message.ok()) {
      return expression_failed(path, message.error());
    }
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
  if (last.output) {
    auto output = render(*last.output);
    if (output.ok()) {
      head_.output = std::move(*output);
    } else {
      note("expression.failed", Value("output: " + output.error().message));
    }
  }
  set_status(last.status);
  complete();
}

// `set` and steps that only emit end in the commit that starts them.
bool Transition::start_instant(const Step& step, const Path& path) {
  Value values(expression::Map{});
  if (const auto* set = std::get_if<Set>(&step.kind)) {
    auto rendered = render(set->values);
    if (!rendered.ok()) {
      fail(path, expression_failed(path, rendered.error()));
      return false;
    }
    values = std::move(*rendered);
  }
  auto output = usable_output(step, path, values);
  if (!output.ok()) {
    fail(path, expression_failed(path, output.error()));
    return false;
  }
  auto emitted = render_emits(step.emit);
  if (!emitted.ok()) {
    edit(path).output.reset();
    fail(path, expression_failed(path, emitted.error()));
    return false;
  }
  edit(path).state = StepState::succeeded;
  step_succeeded_ = true;
  set_status(step.status.ok);
  publish(std::move(*emitted));
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
  if (!enter_call(step, path, record)) return;
  set_status(step.status.start);
  begin_attempt(step, path);
}

// Renders what the call needs once per occurrence. False: the step has failed, nothing was sent.
bool Transition::enter_call(const Step& step, const Path& path, StepRecord& record) {
  const Call& call = *step.call();
  for (const auto* duration : {&step.timeout.attempt, &step.timeout.total}) {
    if (*duration && !duration_of(*duration)) {
      return fail(path, failure(path, "expression.failed", "internal",
                                "`timeout` does not give a duration")),
             false;
    }
  }
  auto input = render(call.with);
  if (!input.ok()) return fail(path, expression_failed(path, input.error())), false;
  if (call.key) {
    auto key = render(*call.key);
    if (!key.ok()) return fail(path, expression_failed(path, key.error())), false;
    if (!key->is_string() || key->string().empty()) {
      return fail(path, failure(path, "expression.failed", "internal",
                                "`key` must give a text that is not empty")),
             false;
    }
    record.key = key->string();
  }
  if (call.operation->input) {
    const auto violations = call.operation->input->validate(*input);
    if (!violations.empty()) {
      return fail(path, failure(path, "input.invalid", "business", describe(violations))), false;
    }
  }
  if (head_.bytes + expression::byte_size(*input) > max_state_bytes) {
    return fail(path, failure(path, "state.too_large", "business",
                              "with this input the saga's state exceeds 1 MiB")),
           false;
  }
  keep_bytes(*input);
  record.input = std::move(*input);
  return true;
}

void Transition::begin_attempt(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  if (too_long()) {
    return park(path, record.doubt ? Parked::doubt : Parked::no_doubt, too_long_error(path));
  }
  record.state = StepState::running;
  listen_from_the_start(step, record);
  Try& budget = record.forward;
  ++budget.number;
  if (budget.counted == 0 && budget.first_at == Time{}) budget.first_at = now_;
  budget.started_at = now_;
  budget.due = Time{};
  budget.in_flight = true;
  Time deadline = now_ + attempt_timeout(step.timeout);
  if (const auto total = duration_of(step.timeout.total)) {
    deadline = std::min(deadline, budget.first_at + *total);
  }
  budget.deadline = deadline;
}

void Transition::fail(const Path& path, Failure error) {
  StepRecord& record = edit(path);
  const Step& step = *definition_.find(step_id(path));
  if (head_.phase == Phase::committed && !halted(path) && !would_be_handled(path, error)) {
    if (record.order == 0) record.order = ++head_.started;
    set_error_status(step, path, error);
    return park(path, Parked::no_doubt, std::move(error));
  }
  record.state = StepState::failed;
  leave_path(record);
  record.error = error;
  if (!halted(path)) set_error_status(step, path, error);
  climb(path, error);
}

void Transition::leave_unknown(const Path& path, Failure error) {
  StepRecord& record = edit(path);
  record.state = StepState::unknown;
  record.left_path = true;
  leave_path(record);
  record.error = error;
  if (!halted(path)) set_error_status(*definition_.find(step_id(path)), path, error);
  climb(path, error);
}

void Transition::set_error_status(const Step& step, const Path& path, const Failure& error) {
  look_from(path);
  scope_.set_error(error);
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
  look_from(path);
  scope_.set_error(record.error);
  announce(definition_.hooks.parked);
}

}  // namespace sagaloom::core
