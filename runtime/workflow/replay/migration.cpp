#include "runtime/workflow/replay/migration.h"

#include <algorithm>
#include <utility>

#include "runtime/document/json.h"
#include "runtime/workflow/replay/whatif.h"

namespace sagaloom::workflow::replay {

namespace {

using core::Command;
using Reason = std::optional<std::string>;

std::string text_of(const std::optional<core::Template>& text) {
  return text ? document::write(text->source()) : "-";
}

std::string text_of(const core::OperationPointer& operation) {
  if (!operation) return "set";
  std::string text = operation->name + "@" + std::to_string(operation->major);
  text += " fences " + std::to_string(static_cast<int>(operation->fences));
  text += operation->idempotent ? " idempotent" : "";
  for (const std::string& code : operation->nothing_to_undo) text += " " + code;
  return text;
}

// Of a Try only what was counted: when things were due follows from policies that may change.
void forget_times(core::Try& budget) {
  budget.first_at = budget.started_at = budget.deadline = core::Time{};
  if (budget.due != core::Time{}) budget.due = core::Time{core::Duration{1}};
}

core::StepRecord comparable(core::StepRecord step) {
  forget_times(step.forward);
  forget_times(step.question);
  forget_times(step.undo);
  if (step.timers.is_map()) {
    expression::List names;
    for (const auto& [name, due] : step.timers.members()) names.push_back(name);
    step.timers = core::Value(std::move(names));
  }
  step.assignee.clear();
  return step;
}

core::Saga comparable(const core::Saga& saga) {
  core::Saga kept;
  kept.id = saga.id;
  kept.head = saga.head;
  core::SagaRecord& head = kept.head;
  head.version = 0;
  head.definition.clear();
  head.status.clear();
  head.attributes = core::Value{};
  head.bytes = 0;
  head.updated = core::Time{};
  for (const auto& [path, step] : saga.steps) kept.steps.emplace(path, comparable(step));
  return kept;
}

std::string text_of(const Difference& difference) {
  return difference.field + " is " + difference.left + " and would be " + difference.right;
}

std::string text_of(const Command& command) {
  const std::string what = command.operation.empty() ? "its timer" : command.operation;
  return what + " of step " + command.path;
}

bool same_request(const Command& left, const Command& right) {
  return same_command(left, right) && left.role == right.role &&
         left.operation == right.operation && left.effect_key == right.effect_key &&
         left.request_key == right.request_key && left.input == right.input;
}

// The deadline stays as it was admitted, and is not looked at.
Reason compare_open(const core::Saga& then, const core::Saga& now) {
  auto left = core::open_commands(then), right = core::open_commands(now);
  for (const Command& command : left) {
    if (command.kind == Command::Kind::deadline) continue;
    const auto same = [&](const Command& other) { return same_request(command, other); };
    if (std::none_of(right.begin(), right.end(), same))
      return "open is " + text_of(command) + ", which would not be open in the same way";
  }
  for (const Command& command : right) {
    if (command.kind == Command::Kind::deadline) continue;
    const auto same = [&](const Command& other) { return same_request(command, other); };
    if (std::none_of(left.begin(), left.end(), same))
      return "open would be " + text_of(command) + ", which is not";
  }
  return std::nullopt;
}

Reason compare_admission(const core::SagaRecord& start, core::Time accepted,
                         const core::Definition& to) {
  const auto head = admitted(to, start, accepted);
  if (!head.ok()) return "the new version does not admit the input: " + head.error().message;
  const bool child = !start.parent.empty();  // its identity was given by its parent
  if (!child && (head->identity != start.identity || head->business_id != start.business_id))
    return "its identity is `" + start.identity + "` and would be `" + head->identity + "`";
  if (head->input != start.input) return "the new version adds defaults to its input";
  if (!child && (head->lock_key != start.lock_key || head->lock_limit != start.lock_limit))
    return "its concurrency key is `" + start.lock_key + "` and would be `" + head->lock_key + "`";
  return std::nullopt;
}

// Decides the recorded events under the new version and compares after each.
class Replay {
 public:
  explicit Replay(const core::Definition& to) : to_(to) {}

  Reason take(const Entry& entry) {
    core::apply(then_, entry.record);
    core::Event event = event_of(entry.record);
    if (event.kind == core::EventKind::migrate) return std::nullopt;  // of an earlier version
    if (event.start) {
      auto start = std::make_shared<core::SagaRecord>(*event.start);
      start->version = to_.version;
      start->definition = to_.hash;
      event.start = std::move(start);
    }
    core::Decision decision = core::decide(to_, now_, event, context_of(entry.record));
    const std::string about = "`" + shown(event) + "` (seq " + std::to_string(entry.seq) + ")";
    if (decision.refusal) return about + " would be refused: " + decision.refusal->code;
    if (!decision.record) return about + " would change nothing";
    decision.record->saga = entry.record.saga;
    core::apply(now_, *decision.record);
    now_.head.records = then_.head.records;  // migrations before are records too
    if (auto found = first_difference(comparable(then_), comparable(now_)))
      return "after " + about + ", " + text_of(*found);
    return std::nullopt;
  }

  const core::Saga& then() const { return then_; }
  const core::Saga& now() const { return now_; }

 private:
  const core::Definition& to_;
  core::Saga then_, now_;
};

Reason compare_step(const core::Path& path, const core::Definition& from,
                    const core::Definition& to) {
  const std::string_view id = core::step_id(path);
  const core::Step* then = from.find(id);
  const core::Step* now = to.find(id);
  if (!then || !now) return "step " + path + " is not in both versions";
  if (then->kind.index() != now->kind.index()) return "step " + path + " is of another kind";
  if (const std::string before = undo_text(*then), after = undo_text(*now); before != after)
    return "step " + path + " would be undone otherwise: " + before + " → " + after;
  const core::Step* around_then = from.parent(id);
  const core::Step* around_now = to.parent(id);
  const std::string outer_then = around_then ? around_then->id : "";
  const std::string outer_now = around_now ? around_now->id : "";
  if (outer_then != outer_now) return "step " + path + " stands inside another block";
  return std::nullopt;
}

Reason compare_undo(const core::Saga& saga, const core::Definition& from,
                    const core::Definition& to) {
  if (from.undo_in_parallel != to.undo_in_parallel)
    return "what is done would be undone in another order (compensation.order)";
  for (const auto& [path, step] : saga.steps) {
    if (auto reason = compare_step(path, from, to)) return reason;
  }
  return std::nullopt;
}

Reason unfit(const core::Saga& saga) {
  if (core::ended(saga.head.phase)) return "it has ended";
  if (saga.head.phase == core::Phase::compensating) return "it is going back";
  if (saga.head.noted) return "a cancel or the deadline waits for its pivot";
  for (const auto& [path, step] : saga.steps) {
    if (step.doubt) return "it is not known whether step " + path + " was done";
  }
  return std::nullopt;
}

}  // namespace

std::string undo_text(const core::Step& step) {
  const core::Undo& undo = step.compensate;
  if (undo.kind == core::UndoKind::unsaid) return "unsaid";
  if (undo.kind == core::UndoKind::none) return "none";
  std::string text = undo.when ? "when " + undo.when->text() + " " : "";
  for (const core::UndoStep& each : undo.steps) {
    text += "[" + each.id + " " + text_of(each.operation) + " with " + text_of(each.with) +
            " key " + text_of(each.key);
    for (const std::string& code : each.nothing_to_undo) text += " " + code;
    text += "]";
  }
  return text + (undo.on_exhausted == core::OnExhausted::park ? " park" : " continue");
}

std::optional<std::string> reason_to_stay(const std::vector<Entry>& journal,
                                          const core::DefinitionPointer& from,
                                          const core::Definition& to) {
  if (!from) return "the version it runs on can't be compiled any more";
  if (from->name != to.name) return "it is a saga of workflow " + from->name;
  const auto facts = facts_of(journal);
  if (!facts) return "its first records are no longer kept: nothing can be proven";
  if (facts->last.head.definition == to.hash) return "it runs on this version already";
  if (auto reason = unfit(facts->last)) return reason;
  if (auto reason = compare_admission(facts->start, facts->accepted.at, to)) return reason;
  Replay replay(to);
  for (const Entry& entry : journal) {
    if (auto reason = replay.take(entry)) return reason;
  }
  if (auto reason = compare_open(replay.then(), replay.now())) return reason;
  return compare_undo(replay.then(), *from, to);
}

}  // namespace sagaloom::workflow::replay
