// What must hold of people and operators: SUSPENDED means that nothing starts and nothing is lost;
// an answer or a verb that was acknowledged is in the history, a wrong answer is not; what was
// given up is listed.
#include <algorithm>

#include "tests/simulation/checker.h"
#include "tests/simulation/random_calls.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

std::string id_of(const SagaId& id) {
  return to_string(id).substr(24);
}

bool replays(const Saga& before, const Record& record) {
  return record.event.kind == EventKind::timer && record.event.path.empty() &&
         !before.head.suspended && !before.head.stored.empty();
}

std::int64_t number_in(const Event& event) {
  const Value* number = event.output ? event.output->find("number") : nullptr;
  return number ? number->integer() : 0;
}

}  // namespace

// ---------------------------------------------------------------- SUSPENDED

void Checker::check_suspension(const Saga& before, const Record& record) {
  const EventKind kind = record.event.kind;
  if (kind == EventKind::suspend && !before.head.suspended) {
    suspended_at_[before.id] = record.now;
    count("a saga was suspended");
  }
  if (replays(before, record)) return check_replay(before, record);
  if (!before.head.suspended && before.head.stored.empty()) return;
  const std::string which = id_of(before.id) + " by " + std::string(name(kind));
  if (!record.steps.empty() && kind != EventKind::refused_by_store) {
    fail("S", "a suspended saga went on: " + which);
  }
  switch (kind) {
    case EventKind::suspend:
    case EventKind::resume:
    case EventKind::refused_by_store:
      return;
    case EventKind::timer:
    case EventKind::deadline:
    case EventKind::deliver:
    case EventKind::signal:
      return fail("S", "heard while suspended, or before what was kept: " + which);
    default:
      kept_[before.id].push_back(record.event);
      count("an event came while its saga was suspended");
  }
}

// What came first is applied first, as if it had come now.
void Checker::check_replay(const Saga& before, const Record& record) {
  std::vector<Event>& kept = kept_[before.id];
  if (kept.empty()) return fail("S", "applied, and never came: " + id_of(before.id));
  Saga without = before;
  without.head.stored.clear();
  const Definition& definition = *definitions_.at(before.head.definition);
  const Decision now = decide(definition, without, kept.front(), context_of(record));
  const bool same = now.record ? now.record->steps == record.steps : record.steps.empty();
  // What the parent or the root asked meanwhile acts as soon as the saga ends, in the same record.
  const bool asked = std::any_of(kept.begin() + 1, kept.end(), [](const Event& event) {
    return event.kind == EventKind::parent_undo || event.kind == EventKind::released;
  });
  if (!same && !asked) {
    fail("S", "not what came first: " + id_of(before.id) + ", " +
                  std::string(name(kept.front().kind)) + " of " + kept.front().path);
  }
  kept.erase(kept.begin());
  count("a kept event was applied after resume");
}

void Checker::check_stored(const Saga& saga) {
  const auto kept = kept_.find(saga.id);
  const std::size_t size = kept == kept_.end() ? 0 : kept->second.size();
  if (ended(saga.head.phase)) {
    if (kept != kept_.end()) kept_.erase(kept);
    if (!saga.head.stored.empty()) fail("S", "an ended saga keeps events: " + id_of(saga.id));
    return;
  }
  // Its end applies what the parent asked meanwhile: a child may be on its way back already.
  if (size > 0 && saga.head.stored.empty() && saga.head.phase == Phase::compensating &&
      std::any_of(kept->second.begin(), kept->second.end(),
                  [](const Event& event) { return event.kind == EventKind::parent_undo; })) {
    kept_.erase(kept);
    return;
  }
  bool same = size == saga.head.stored.size();
  for (std::size_t i = 0; same && i < size; ++i) same = kept->second[i] == saga.head.stored[i];
  if (!same) fail("S", "what came while suspended is not what is kept: " + id_of(saga.id));
}

void Checker::check_call_of_suspended(const Saga& saga, const Command& command, const Try& budget) {
  if (!saga.head.suspended) return;
  const auto since = suspended_at_.find(saga.id);
  const std::string call = id_of(saga.id) + " " + command.path + " " +
                           std::to_string(static_cast<int>(command.purpose)) + " " +
                           std::to_string(command.occurrence) + " " +
                           std::to_string(command.number);
  if (since != suspended_at_.end() && budget.started_at > since->second) {
    fail("S", "a call that began while suspended: " + call);
  }
  if (!calls_made_.insert(call).second) fail("S", "called again while suspended: " + call);
  count("a call begun before it was made while suspended");
}

// ---------------------------------------------------------------- people

void Checker::check_people(const Saga& before, const Record& record) {
  if (!record.event.reason.empty() && !heard_.insert(record.event.reason).second) {
    fail("V", "heard twice: " + std::string(name(record.event.kind)) + " of " + id_of(before.id));
  }
  if (record.event.kind == EventKind::resolve) check_resolved(before, record);
  check_task(before, record);
  check_verb(before, record);
  for (const StepChange& change : record.steps) {
    if (!(change.changed & 1)) continue;
    if (change.step.state == StepState::awaiting) {
      task_closed_.erase(id_of(before.id) + change.path);
    }
    const StepRecord* known = before.find(change.path);
    const Step& step =
        *definitions_.at(before.exists() ? before.head.definition : record.head.definition)
             ->find(step_id(change.path));
    const bool ends = std::holds_alternative<End>(step.kind);
    if (ends && change.step.state == StepState::succeeded)
      count("a saga ended before its last step");
    const bool given_up =
        change.step.state == StepState::residue && record.event.kind != EventKind::skip_undo;
    if (given_up && known) count("an undo was given up");
    if (change.step.state == StepState::kept) count("an effect was kept");
  }
}

// What the operator made, or undid, by hand is what the verb did; a verb that was overtaken says
// what is not so, and the step is not judged any more.
void Checker::check_resolved(const Saga& before, const Record& record) {
  const std::string which = to_string(before.id) + record.event.path;
  by_hand_.insert(which);
  const Value* undone = record.event.output ? record.event.output->find("undone") : nullptr;
  const StepRecord* step = before.find(record.event.path);
  if (!undone || !step) return;
  const bool in_undo =
      step->state == StepState::undo_backoff || step->state == StepState::undo_stuck;
  if (undone->boolean() != in_undo) mistaken_.insert(which);
}

void Checker::check_task(const Saga& before, const Record& record) {
  if (record.event.kind != EventKind::task_answered) return;
  const std::string which = id_of(before.id) + " " + record.event.path;
  const StepRecord* step = before.find(record.event.path);
  if (!step || step->state != StepState::awaiting) return fail("V", "no open task: " + which);
  const Value* approved = record.event.output ? record.event.output->find("approved") : nullptr;
  if (!approved || approved->kind() != Value::Kind::boolean) {
    fail("V", "a wrong answer was taken: " + which);
  }
  if (!task_closed_.insert(id_of(before.id) + record.event.path).second) {
    fail("V", "answered twice: " + which);
  }
}

void Checker::check_verb(const Saga& before, const Record& record) {
  const Event& event = record.event;
  if (event.kind == EventKind::migrate) {
    const bool alone = record.steps.empty() && event.occurrence == before.head.records;
    if (!alone) fail("V", "a migration of a saga that had moved on: " + id_of(before.id));
  }
  if (event.kind != EventKind::abort_step) return;
  const StepRecord* step = before.find(event.path);
  for (const StepChange& change : record.steps) {
    if (change.path != event.path) continue;
    const StepRecord& after = change.step;
    const bool believed_undone = after.state == StepState::failed ||
                                 after.state == StepState::cancelled ||
                                 after.state == StepState::succeeded;
    if (!step || believed_undone) {
      fail("V", "an aborted step is not in doubt: " + id_of(before.id) + " " + event.path);
    }
  }
}

void Checker::answered(const SagaId& saga, const Event& said, bool done) {
  if (!done) return;
  switch (said.kind) {
    case EventKind::signal: {
      const auto known = sagas_.find(saga);
      if (known == sagas_.end()) return fail("V", "a signal for no saga was accepted");
      const engine::IdentityKey key{"", known->second.head.workflow, to_string(saga)};
      return said_to_be_stored(key, "signal:" + said.code, number_in(said));
    }
    case EventKind::suspend:  // it is, or it goes back already
    case EventKind::cancel_customer:
    case EventKind::cancel_operator:
      return;
    default:
      break;
  }
  if (heard_.contains(said.reason)) return;
  fail("V", "acknowledged and not in the history: " + std::string(name(said.kind)) + " of " +
                id_of(saga) + " " + said.path);
}

// ---------------------------------------------------------------- at the end

// Every call of an undo that is over was made; what was given up is listed, and the saga FAILED.
void Checker::check_undo_said(const Saga& saga, const Participant& participant) {
  const Definition& definition = *definitions_.at(saga.head.definition);
  for (const auto& [path, step] : saga.steps) {
    const std::string where = id_of(saga.id) + " " + path;
    const bool by_hand = by_hand_.contains(to_string(saga.id) + path);
    if (step.state == StepState::undone && !by_hand) {
      const auto effect = participant.effects().find(effect_key(saga.id, path, step));
      const int told = effect == participant.effects().end() ? 0 : effect->second.told;
      for (const UndoStep& undo : definition.find(step_id(path))->compensate.steps) {
        const bool tells = undo.operation && undo.operation->name.starts_with(telling);
        if (tells && told == 0) fail("E", "half of an undo is missing: " + where);
      }
    }
    if (step.state != StepState::residue) continue;
    const auto listed = [&](const Value& left) { return *left.find("step") == Value(path); };
    const bool said =
        saga.head.residue.is_list() &&
        std::any_of(saga.head.residue.items().begin(), saga.head.residue.items().end(), listed);
    if (!said || saga.head.phase != Phase::failed) fail("E", "residue is not listed: " + where);
  }
}

}  // namespace sagaloom::simulation
