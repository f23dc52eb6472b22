#include "runtime/workflow/replay/whatif.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sagaloom::workflow::replay {

namespace {

using core::Command;

// What a run did, in order, as lines that can be compared and shown.
struct Trace {
  std::vector<std::string> path, undo, events;
};

void add_calls(Trace& trace, const core::Saga& saga, std::set<CommandIdentity>& seen) {
  for (const Command& command : core::open_commands(saga)) {
    if (command.kind != Command::Kind::call || command.role != core::Role::compensate) continue;
    if (!seen.insert(identity_of(command)).second) continue;
    if (command.number == 1)
      trace.undo.push_back(command.path + " by " + command.operation + " " + shown(command.input));
  }
}

// A step stands in the path when it was started; what it was given belongs to it.
void add_path(Trace& trace, const core::Saga& saga) {
  std::vector<std::pair<std::uint32_t, std::string>> started;
  for (const auto& [path, step] : saga.steps) {
    if (step.order == 0) continue;
    std::string line = path;
    if (!step.operation.empty()) line += " by " + step.operation + " " + shown(step.input);
    started.emplace_back(step.order, std::move(line));
  }
  std::sort(started.begin(), started.end());
  for (auto& [order, line] : started) trace.path.push_back(std::move(line));
}

template <typename Records, typename RecordOf>
Trace trace_of(const core::Saga& last, const Records& records, const RecordOf& record_of) {
  Trace trace;
  core::Saga saga;
  std::set<CommandIdentity> seen;
  for (const auto& each : records) {
    const core::Record& record = record_of(each);
    core::apply(saga, record);
    add_calls(trace, saga, seen);
    for (const core::Emitted& emitted : record.emits) {
      trace.events.push_back(emitted.type + " to " + emitted.topic + " key " + emitted.key + " " +
                             shown(emitted.data));
    }
  }
  add_path(trace, last);
  return trace;
}

// `open`: the second run stopped early, so that what it lacks at its end says nothing.
void compare(const char* kind, const std::vector<std::string>& then,
             const std::vector<std::string>& now, bool open, std::vector<Change>& changes) {
  for (std::size_t i = 0; i < std::max(then.size(), now.size()); ++i) {
    if (i < then.size() && i < now.size() && then[i] == now[i]) continue;
    if (i >= now.size() && open) return;
    const std::string number = std::to_string(i + 1) + ". ";
    changes.push_back({kind, number + (i < then.size() ? then[i] : "nothing") + " → " +
                                 (i < now.size() ? now[i] : "nothing")});
    return;
  }
}

std::string end_of(const core::Saga& saga) {
  std::string text(core::state_name(saga));
  if (saga.head.error) text += " " + saga.head.error->code;
  if (!saga.head.status.empty()) text += ", status " + saga.head.status;
  if (saga.head.output) text += ", output " + shown(*saga.head.output);
  return text;
}

// The first step that ended otherwise, of those that both runs know.
void compare_steps(const core::Saga& then, const core::Saga& now, std::vector<Change>& changes) {
  for (const auto& [path, step] : then.steps) {
    const core::StepRecord* other = now.find(path);
    if (!other || other->state == step.state) continue;
    changes.push_back({"path", "step " + path + " is " + std::string(core::name(step.state)) +
                                   " → " + std::string(core::name(other->state))});
    return;
  }
}

bool has(const std::vector<Change>& changes, std::string_view kind) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const Change& change) { return change.kind == kind; });
}

void compare_runs(const Facts& facts, const std::vector<Entry>& journal, const Rehearsed& now,
                  std::vector<Change>& changes) {
  const auto of_entry = [](const Entry& entry) -> const core::Record& { return entry.record; };
  const auto of_record = [](const core::Record& record) -> const core::Record& { return record; };
  const Trace then_trace = trace_of(facts.last, journal, of_entry);
  const Trace now_trace = trace_of(now.saga, now.records, of_record);
  const bool open = !now.undetermined.empty();
  compare("path", then_trace.path, now_trace.path, open, changes);
  if (!open && !has(changes, "path")) compare_steps(facts.last, now.saga, changes);
  compare("undo", then_trace.undo, now_trace.undo, open, changes);
  compare("events", then_trace.events, now_trace.events, open, changes);
  const std::string end_then = end_of(facts.last), end_now = end_of(now.saga);
  if (!open && end_then != end_now) changes.push_back({"end", end_then + " → " + end_now});
}

// The moment of admission is not recorded: the same span passed then and now.
core::Time deadline_of(const core::SagaRecord& start, const core::SagaRecord& now,
                       const core::DefinitionPointer& recorded, core::Time accepted) {
  if (now.deadline == core::Time{} || start.deadline == core::Time{} || !recorded) {
    return now.deadline;
  }
  const auto then = admitted(*recorded, start, accepted);
  if (!then.ok() || then->deadline == core::Time{}) return now.deadline;
  return now.deadline + (start.deadline - then->deadline);
}

}  // namespace

std::string_view name(WhatIf::Verdict verdict) {
  static constexpr std::array<std::string_view, 5> names = {"same", "changed", "undetermined",
                                                            "refused", "not_compared"};
  return names.at(static_cast<std::size_t>(verdict));
}

core::Result<core::SagaRecord> admitted(const core::Definition& definition,
                                        const core::SagaRecord& start, core::Time now) {
  core::Submission submission;
  submission.tenant = start.tenant;
  submission.input = start.input;
  submission.header = start.business_id ? start.header : start.identity;
  submission.fingerprint = start.fingerprint;
  core::Context context;
  context.now = now;
  auto head = core::admit(definition, submission, context);
  if (!head.ok()) return head;
  head->parent = start.parent;
  head->parent_path = start.parent_path;
  head->parent_occurrence = start.parent_occurrence;
  head->root = start.root;
  head->held = start.held;
  return head;
}

WhatIf what_if(const std::vector<Entry>& journal, const core::DefinitionPointer& recorded,
               const core::Definition& proposed, const RehearsalOptions& options) {
  using Verdict = WhatIf::Verdict;
  WhatIf result;
  const auto facts = facts_of(journal);
  if (!facts) {
    result.verdict = Verdict::not_compared;
    result.reason = "the saga's first records are no longer kept";
    return result;
  }
  auto start = admitted(proposed, facts->start, facts->accepted.at);
  if (!start.ok()) {
    result.verdict = Verdict::refused;
    result.reason = start.error().code + ": " + start.error().message;
    return result;
  }
  if (start->identity != facts->start.identity)
    result.changes.push_back({"identity", facts->start.identity + " → " + start->identity});
  start->deadline = deadline_of(facts->start, *start, recorded, facts->accepted.at);
  const Rehearsed now = rehearse(proposed, *start, *facts, options);
  compare_runs(*facts, journal, now, result.changes);
  result.reason = now.undetermined;
  if (!now.undetermined.empty()) {
    result.verdict = Verdict::undetermined;
  } else if (!result.changes.empty()) {
    result.verdict = Verdict::changed;
  }
  return result;
}

}  // namespace sagaloom::workflow::replay
