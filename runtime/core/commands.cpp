#include "runtime/core/command.h"
#include "runtime/core/decide.h"
#include "runtime/core/scope.h"

namespace sagaloom::core {

namespace {

Command timer(const Path& path, const StepRecord& step, Purpose purpose, const Try& budget) {
  Command command;
  command.kind = Command::Kind::timer;
  command.path = path;
  command.purpose = purpose;
  command.occurrence = step.occurrence;
  command.number = budget.number;
  command.due = budget.due;
  return command;
}

Command call(const Saga& saga, const Path& path, const StepRecord& step, Purpose purpose,
             const Try& budget) {
  Command command;
  command.path = path;
  command.purpose = purpose;
  command.occurrence = step.occurrence;
  command.number = budget.number;
  command.effect_key = effect_key(saga.id, path, step);
  command.request_key = command.effect_key;
  command.deadline = budget.deadline;
  command.operation = step.operation;
  command.input = step.input;
  return command;
}

Command check(const Saga& saga, const Path& path, const StepRecord& step) {
  Command command = call(saga, path, step, Purpose::question, step.question);
  command.role = Role::check;
  command.operation = step.check;
  command.request_key += "/check";
  command.input = Value::object({{"key", command.effect_key}, {"input", step.input}});
  return command;
}

Command undo(const Saga& saga, const Path& path, const StepRecord& step) {
  Command command = call(saga, path, step, Purpose::undo, step.undo);
  command.role = Role::compensate;
  command.operation = step.undo_operation;
  command.input = step.undo_input;
  if (!step.undo_key.empty()) {
    command.request_key = bounded_key(saga.id, step.undo_key);
  } else {
    command.request_key += "/undo";
    if (!step.undo_id.empty()) command.request_key += "/" + step.undo_id;
  }
  command.forward_known = !step.doubt && !step.unusable;
  if (command.forward_known && step.output) command.forward_output = *step.output;
  return command;
}

Command between(const Path& path, std::uint32_t occurrence, Purpose purpose,
                std::string_view operation, Value input, std::uint32_t number = 1) {
  Command command;
  command.path = path;
  command.purpose = purpose;
  command.occurrence = occurrence;
  command.number = number;
  command.operation = operation;
  command.input = std::move(input);
  return command;
}

void add_forward(const Saga& saga, const Path& path, const StepRecord& step,
                 std::vector<Command>& out) {
  if (!step.forward.in_flight) return;
  if (step.operation == saga_start) {
    out.push_back(between(path, step.occurrence, Purpose::forward, saga_start, step.input));
  } else {
    out.push_back(call(saga, path, step, Purpose::forward, step.forward));
  }
}

void add_calls(const Saga& saga, const Path& path, const StepRecord& step,
               std::vector<Command>& out) {
  switch (step.state) {
    case StepState::running:
      add_forward(saga, path, step, out);
      if (step.undo.in_flight) {  // a child that is asked to go back
        out.push_back(
            between(path, step.occurrence, Purpose::undo, saga_undo, step.input, step.undo.number));
      }
      return;
    case StepState::resolving:
      add_forward(saga, path, step, out);
      if (step.question.in_flight) out.push_back(check(saga, path, step));
      return;
    case StepState::undoing:
      if (!step.undo.in_flight) return;
      if (step.undo_operation == saga_undo) {
        out.push_back(
            between(path, step.occurrence, Purpose::undo, saga_undo, step.input, step.undo.number));
      } else {
        out.push_back(undo(saga, path, step));
      }
      return;
    default:
      return;
  }
}

void add_timers(const Path& path, const StepRecord& step, std::vector<Command>& out) {
  const auto add = [&](Purpose purpose, const Try& budget) {
    if (budget.due == Time{} || step.waiting_for_plugin) return;
    out.push_back(timer(path, step, purpose, budget));
  };
  switch (step.state) {
    case StepState::pending:
    case StepState::running:
    case StepState::backoff:
      add(Purpose::forward, step.forward);
      break;
    case StepState::resolving:
      if (!step.forward.in_flight && !step.question.in_flight) {
        add(Purpose::question, step.question);
      }
      break;
    case StepState::succeeded:
    case StepState::unknown:
    case StepState::handled:
    case StepState::undo_backoff:
      add(Purpose::undo, step.undo);
      break;
    default:
      break;
  }
  if (!is_open(step)) return;
  if (const auto next = earliest_timer(step)) {
    Command command;
    command.kind = Command::Kind::timer;
    command.path = path;
    command.purpose = Purpose::wait;
    command.occurrence = step.occurrence;
    command.number = step.fired;
    command.due = next->due;
    out.push_back(std::move(command));
  }
}

void add_subscriptions(const Path& path, const StepRecord& step, std::vector<Command>& out) {
  if (!step.listens.is_list() || !is_open(step)) return;
  for (const Value& name : step.listens.items()) {
    Command command;
    command.kind = Command::Kind::subscription;
    command.path = path;
    command.occurrence = step.occurrence;
    command.operation = name.string();
    out.push_back(std::move(command));
  }
}

Value lock_request(const Saga& saga) {
  const std::string self = to_string(saga.id);
  return Value::object({{"scope", saga.head.workflow},
                        {"key", saga.head.lock_key},
                        {"limit", static_cast<std::int64_t>(saga.head.lock_limit)},
                        {"saga", self},
                        {"root", saga.head.root.empty() ? self : saga.head.root}});
}

Value report(const Saga& saga) {
  Value said =
      Value::object({{"parent", saga.head.parent},
                     {"path", saga.head.parent_path},
                     {"occurrence", static_cast<std::int64_t>(saga.head.parent_occurrence)},
                     {"state", name(saga.head.phase)},
                     {"number", static_cast<std::int64_t>(saga.head.reports)},
                     {"output", saga.head.output.value_or(Value{})},
                     {"residue", saga.head.residue}});
  if (saga.head.error) said = said.with("error", to_value(*saga.head.error));
  return said;
}

// What outlives the end: the answer to the parent, the releases.
void add_last_calls(const Saga& saga, std::vector<Command>& out) {
  if (saga.head.report_due) {
    out.push_back(between({}, 1, Purpose::report, saga_ended, report(saga), saga.head.reports));
  }
  if (saga.head.unlock_due) {
    out.push_back(between({}, 1, Purpose::unlock, lock_release, lock_request(saga)));
  }
  for (const auto& [path, step] : saga.steps) {
    if (!step.release_due) continue;
    out.push_back(between(path, step.occurrence, Purpose::release, saga_release, step.input));
  }
}

}  // namespace

std::vector<Command> open_commands(const Saga& saga) {
  std::vector<Command> out;
  if (!saga.exists()) return out;
  add_last_calls(saga, out);
  if (ended(saga.head.phase)) return out;
  const bool queued = saga.head.phase == Phase::queued;
  if (queued && !saga.head.lock_asked) {
    out.push_back(between({}, 1, Purpose::lock, lock_acquire, lock_request(saga)));
  }
  for (const auto& [path, step] : saga.steps) {
    add_calls(saga, path, step, out);
    if (saga.head.suspended) continue;
    add_timers(path, step, out);
    add_subscriptions(path, step, out);
  }
  if (saga.head.suspended) return out;
  if (!saga.head.stored.empty()) {
    Command command;
    command.kind = Command::Kind::timer;
    command.number = saga.head.records;
    command.due = saga.head.updated;
    out.push_back(std::move(command));
  }
  if (saga.head.deadline != Time{} && !saga.head.deadline_passed &&
      saga.head.phase != Phase::compensating) {
    Command command;
    command.kind = Command::Kind::deadline;
    command.due = saga.head.deadline;
    out.push_back(std::move(command));
  }
  return out;
}

std::string awaited_operation(const Definition& definition, const Path& path,
                              const StepRecord& step) {
  switch (step.state) {
    case StepState::undoing:
    case StepState::undo_backoff:
      return step.undo_operation;
    case StepState::resolving:
      if (!step.check.empty() && !step.no_check) return step.check;
      break;
    case StepState::pending: {  // it may not have its operation yet
      const Step* known = definition.find(step_id(path));
      if (known && known->call()) return known->call()->operation->name;
      if (const auto* child = known ? std::get_if<ChildSaga>(&known->kind) : nullptr) {
        return "saga:" + child->workflow + "@" + std::to_string(child->version);
      }
      break;
    }
    default:
      break;
  }
  return step.operation;
}

}  // namespace sagaloom::core
