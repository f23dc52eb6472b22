// Going forward: lists of steps, starting a step, what its end means for what is around it.
#include "runtime/core/transition.h"

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
                          const Step* parent) {
  for (std::size_t i = from; i < list.size(); ++i) {
    if (!start(list[i], prefix + list[i].id)) return;
  }
  if (!parent) return complete();
  succeed_block(*parent, prefix, list);
}

void Transition::go_on_after(const Path& path) {
  if (halted() || ended(head_.phase)) return;
  const std::string_view id = step_id(path);
  const StepList& list = *definition_.list_of(id);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].id == id) {
      return run_list(list, i + 1, prefix_of(path), definition_.parent(id));
    }
  }
}

void Transition::succeed_block(const Step& block, const std::string& prefix, const StepList& list) {
  const Path path = prefix + block.id;
  const StepRecord* last = find(prefix + list.back().id);
  Value output = last && last->output ? *last->output : Value(expression::Map{});
  succeed(block, path, output, true);
}

bool Transition::holds_pivot(const Step& step) const {
  if (step.pivot) return true;
  for (const StepList* list : lists_inside(step)) {
    for (const Step& inner : *list) {
      if (holds_pivot(inner)) return true;
    }
  }
  return false;
}

// True: the step has ended and its list goes on.
bool Transition::start(const Step& step, const Path& path) {
  if (++starts_ > max_starts) {
    edit(path).forward.due = now_;  // the saga goes on by an event of its own
    return false;
  }
  scope_.clear_self();
  scope_.set_error(std::nullopt);
  if (step.when) {
    std::string problem;
    const bool wanted = holds(*step.when, problem);
    if (!problem.empty()) {
      fail(path, expression_failed(path, {"expression.failed", "when: " + problem, {}}));
      return false;
    }
    if (!wanted) {
      edit(path).state = StepState::skipped;
      if (holds_pivot(step)) pass_pivot();
      return true;
    }
  }
  if (std::holds_alternative<Call>(step.kind)) {
    start_call(step, path);
    return false;
  }
  StepRecord& record = edit(path);
  record.order = ++head_.started;
  record.forward.due = Time{};
  if (const auto* block = std::get_if<Do>(&step.kind)) {
    record.state = StepState::running;
    set_status(step.status.start);
    run_list(block->steps, 0, prefix_of(path), &step);
    return false;
  }
  return start_instant(step, path);
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
  if (head_.records >= max_records + head_.granted) {
    return park(path, record.doubt ? Parked::doubt : Parked::no_doubt,
                failure(path, "saga.too_long", "internal",
                        "the saga has 50,000 records; `retry` grants 5,000 more"));
  }
  record.state = StepState::running;
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
  if (head_.phase == Phase::committed) {
    if (record.order == 0) record.order = ++head_.started;
    scope_.set_error(error);
    set_status(step.status.error);
    return park(path, Parked::no_doubt, std::move(error));
  }
  record.state = StepState::failed;
  record.parked = Parked::no;
  record.forward.in_flight = record.question.in_flight = false;
  record.forward.due = record.question.due = Time{};
  record.error = error;
  scope_.set_error(error);
  if (!halted()) set_status(step.status.error);
  climb(path, error);
}

void Transition::leave_unknown(const Path& path, Failure error) {
  StepRecord& record = edit(path);
  record.state = StepState::unknown;
  record.parked = Parked::no;
  record.forward.in_flight = record.question.in_flight = false;
  record.forward.due = record.question.due = Time{};
  record.error = error;
  scope_.set_error(error);
  if (!halted()) set_status(definition_.find(step_id(path))->status.error);
  climb(path, error);
}

// FAILED and UNKNOWN leave the list, then every block around it; what leaves the root aborts.
void Transition::climb(const Path& path, const Failure& error) {
  if (halted()) return;
  const std::string prefix = prefix_of(path);
  for (const Step* block = definition_.parent(step_id(path)); block;
       block = definition_.parent(block->id)) {
    StepRecord& record = edit(prefix + block->id);
    record.state = StepState::failed;
    record.error = error;
    set_status(block->status.error);
  }
  const Failure reason = head_.noted ? *head_.noted : error;
  abort(reason, false);
}

void Transition::park(const Path& path, Parked why, std::optional<Failure> error) {
  StepRecord& record = edit(path);
  record.state = StepState::parked;
  record.parked = why;
  record.forward.in_flight = record.question.in_flight = false;
  record.forward.due = record.question.due = Time{};
  if (error) record.error = std::move(error);
  scope_.set_error(record.error);
  announce(definition_.hooks.parked);
}

}  // namespace sagaloom::core
