#include "runtime/core/command.h"
#include "runtime/core/decide.h"

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

void add_step(const Saga& saga, const Path& path, const StepRecord& step,
              std::vector<Command>& out) {
  switch (step.state) {
    case StepState::pending:
    case StepState::backoff:
      if (step.forward.due != Time{} && !step.waiting_for_plugin) {
        out.push_back(timer(path, step, Purpose::forward, step.forward));
      }
      return;
    case StepState::running:
      if (step.forward.in_flight) {
        out.push_back(call(saga, path, step, Purpose::forward, step.forward));
      }
      return;
    case StepState::resolving:
      if (step.forward.in_flight) {
        out.push_back(call(saga, path, step, Purpose::forward, step.forward));
      } else if (step.question.in_flight) {
        out.push_back(check(saga, path, step));
      } else if (step.question.due != Time{}) {
        out.push_back(timer(path, step, Purpose::question, step.question));
      }
      return;
    case StepState::undoing:
      if (step.undo.in_flight) out.push_back(undo(saga, path, step));
      return;
    case StepState::succeeded:
    case StepState::unknown:
    case StepState::undo_backoff:
      if (step.undo.due != Time{} && !step.waiting_for_plugin) {
        out.push_back(timer(path, step, Purpose::undo, step.undo));
      }
      return;
    default:
      return;
  }
}

}  // namespace

std::vector<Command> open_commands(const Saga& saga) {
  std::vector<Command> out;
  if (!saga.exists() || ended(saga.head.phase)) return out;
  for (const auto& [path, step] : saga.steps) add_step(saga, path, step, out);
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
      break;
    }
    default:
      break;
  }
  return step.operation;
}

}  // namespace sagaloom::core
