#include "runtime/core/command.h"
#include "runtime/core/decide.h"
#include "runtime/core/scope.h"
#include "runtime/core/states.h"
#include "runtime/core/tree.h"

namespace sagaloom::core {

namespace {

using Commands = std::vector<Command>;

// What the saga asks for itself has no path, and occurrence 1.
const Path no_path;
const StepRecord no_step;

Command command(Command::Kind kind, const Path& path, const StepRecord& step, Purpose purpose,
                std::uint32_t number) {
  Command made;
  made.kind = kind;
  made.path = path;
  made.purpose = purpose;
  made.occurrence = step.occurrence;
  made.number = number;
  return made;
}

Command timer(const Path& path, const StepRecord& step, Purpose purpose, std::uint32_t number,
              Time due) {
  Command made = command(Command::Kind::timer, path, step, purpose, number);
  made.due = due;
  return made;
}

Command between(const Path& path, const StepRecord& step, Purpose purpose,
                std::string_view operation, Value input, std::uint32_t number = 1) {
  Command made = command(Command::Kind::call, path, step, purpose, number);
  made.operation = operation;
  made.input = std::move(input);
  return made;
}

Command call(const Saga& saga, const Path& path, const StepRecord& step, Purpose purpose,
             const Try& budget) {
  Command made = command(Command::Kind::call, path, step, purpose, budget.number);
  made.effect_key = effect_key(saga.id, path, step);
  made.request_key = made.effect_key;
  made.deadline = budget.deadline;
  made.operation = step.operation;
  made.input = step.input;
  return made;
}

Command forward(const Saga& saga, const Path& path, const StepRecord& step) {
  const bool child = step.operation == saga_start;
  return child ? between(path, step, Purpose::forward, saga_start, step.input)
               : call(saga, path, step, Purpose::forward, step.forward);
}

Command check(const Saga& saga, const Path& path, const StepRecord& step) {
  Command made = call(saga, path, step, Purpose::question, step.question);
  made.role = Role::check;
  made.operation = step.check;
  made.request_key += "/check";
  made.input = Value::object({{"key", made.effect_key}, {"input", step.input}});
  return made;
}

// A child is asked to go back while its step is RUNNING, too.
Command undo(const Saga& saga, const Path& path, const StepRecord& step) {
  if (step.state == StepState::running || step.undo_operation == saga_undo) {
    return between(path, step, Purpose::undo, saga_undo, step.input, step.undo.number);
  }
  Command made = call(saga, path, step, Purpose::undo, step.undo);
  made.role = Role::compensate;
  made.operation = step.undo_operation;
  made.input = step.undo_input;
  made.request_key += step.undo_id.empty() ? "/undo" : "/undo/" + step.undo_id;
  if (!step.undo_key.empty()) made.request_key = bounded_key(saga.id, step.undo_key);
  made.forward_known = outcome_known(step);
  if (made.forward_known && step.output) made.forward_output = *step.output;
  return made;
}

void add_calls(const Saga& saga, const Path& path, const StepRecord& step, Commands& out) {
  const bool running = step.state == StepState::running;
  const bool resolving = step.state == StepState::resolving;
  const bool undoing = step.state == StepState::undoing;
  if ((running || resolving) && step.forward.in_flight) out.push_back(forward(saga, path, step));
  if (resolving && step.question.in_flight) out.push_back(check(saga, path, step));
  if ((running || undoing) && step.undo.in_flight) out.push_back(undo(saga, path, step));
}

void add_timers(const Path& path, const StepRecord& step, Commands& out) {
  const auto add = [&](Purpose purpose, const Try& budget) {
    if (budget.due == Time{} || step.waiting_for_plugin) return;
    out.push_back(timer(path, step, purpose, budget.number, budget.due));
  };
  const bool asking = step.forward.in_flight || step.question.in_flight;
  const bool started = step.state == StepState::running || step.state == StepState::backoff;
  if (started || step.state == StepState::pending) add(Purpose::forward, step.forward);
  if (step.state == StepState::resolving && !asking) add(Purpose::question, step.question);
  if (awaits_undo.has(step.state) || step.state == StepState::undo_backoff) {
    add(Purpose::undo, step.undo);
  }
  const auto next = is_open(step) ? earliest_timer(step) : std::nullopt;
  if (next) out.push_back(timer(path, step, Purpose::wait, step.fired, next->due));
}

void add_subscriptions(const Path& path, const StepRecord& step, Commands& out) {
  if (!step.listens.is_list() || !is_open(step)) return;
  for (const Value& name : step.listens.items()) {
    out.push_back(command(Command::Kind::subscription, path, step, Purpose::forward, 0));
    out.back().operation = name.string();
  }
}

Value lock_request(const Saga& saga) {
  const std::string self = to_string(saga.id);
  return Value::object({{"scope", saga.head.workflow},
                        {"key", saga.head.lock_key},
                        {"limit", std::int64_t{saga.head.lock_limit}},
                        {"saga", self},
                        {"root", saga.head.root.empty() ? self : saga.head.root}});
}

Value report(const SagaRecord& head) {
  const Value said = Value::object({{"parent", head.parent},
                                    {"path", head.parent_path},
                                    {"occurrence", std::int64_t{head.parent_occurrence}},
                                    {"state", name(head.phase)},
                                    {"number", std::int64_t{head.reports}},
                                    {"output", head.output.value_or(Value{})},
                                    {"residue", head.residue}});
  return head.error ? said.with("error", to_value(*head.error)) : said;
}

// What outlives the end: the answer to the parent, the releases.
void add_last_calls(const Saga& saga, Commands& out) {
  if (saga.head.report_due) {
    out.push_back(between(no_path, no_step, Purpose::report, saga_ended, report(saga.head),
                          saga.head.reports));
  }
  if (saga.head.unlock_due) {
    out.push_back(between(no_path, no_step, Purpose::unlock, lock_release, lock_request(saga)));
  }
  for (const auto& [path, step] : saga.steps) {
    if (!step.release_due) continue;
    out.push_back(between(path, step, Purpose::release, saga_release, step.input));
  }
}

// What came while SUSPENDED goes before every other timer; the deadline.
void add_saga_timers(const SagaRecord& head, Commands& out) {
  if (!head.stored.empty()) {
    return out.push_back(timer(no_path, no_step, Purpose::forward, head.records, head.updated));
  }
  const bool binds = head.deadline != Time{} && !head.deadline_passed;
  if (!binds || head.phase == Phase::compensating) return;
  out.push_back(command(Command::Kind::deadline, no_path, no_step, Purpose::forward, 0));
  out.back().due = head.deadline;
}

}  // namespace

std::vector<Command> open_commands(const Saga& saga) {
  Commands out;
  if (!saga.exists()) return out;
  add_last_calls(saga, out);
  if (ended(saga.head.phase)) return out;
  if (saga.head.phase == Phase::queued && !saga.head.lock_asked) {
    out.push_back(between(no_path, no_step, Purpose::lock, lock_acquire, lock_request(saga)));
  }
  for (const auto& [path, step] : saga.steps) {
    add_calls(saga, path, step, out);
    if (saga.head.suspended || !saga.head.stored.empty()) continue;
    add_timers(path, step, out);
    add_subscriptions(path, step, out);
  }
  if (!saga.head.suspended) add_saga_timers(saga.head, out);
  return out;
}

std::string awaited_operation(const Definition& definition, const Path& path,
                              const StepRecord& step) {
  switch (step.state) {
    case StepState::undoing:
    case StepState::undo_backoff:
      return step.undo_operation;
    case StepState::resolving:
      return step.check.empty() || step.no_check ? step.operation : step.check;
    case StepState::pending: {  // it may not have its operation yet
      const Step* known = definition.find(step_id(path));
      if (known && known->call()) return known->call()->operation->name;
      if (known && known->as<ChildSaga>()) return operation_of(*known->as<ChildSaga>());
      return step.operation;
    }
    default:
      return step.operation;
  }
}

}  // namespace sagaloom::core
