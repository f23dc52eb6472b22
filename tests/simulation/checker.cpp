#include "tests/simulation/checker.h"

#include <algorithm>
#include <cstdio>

#include "runtime/core/tree.h"
#include "runtime/engine/engine.h"
#include "tests/simulation/random_calls.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

using States = std::set<StepState>;

// The legal automaton of one step occurrence.
const std::map<StepState, States>& automaton() {
  using S = StepState;
  // What may follow at any later moment of one decision, transitively closed by hand.
  const States undo = {S::undoing, S::kept, S::undo_stuck, S::residue, S::undone};
  const States handled = {S::handling, S::handled, S::cancelled};
  const auto with = [](States states, std::initializer_list<States> others) {
    for (const States& more : others) states.insert(more.begin(), more.end());
    return states;
  };
  static const std::map<StepState, States> all = {
      {S::pending, with({S::running, S::succeeded, S::failed, S::skipped, S::parked, S::cancelled,
                         S::awaiting, S::delay},
                        {handled, undo})},
      {S::running, with({S::backoff, S::succeeded, S::failed, S::unknown, S::resolving, S::parked,
                         S::awaiting, S::delay},
                        {handled, undo})},
      {S::backoff, with({S::running, S::succeeded, S::failed, S::unknown, S::resolving, S::parked},
                        {handled, undo})},
      {S::awaiting,
       with({S::succeeded, S::failed, S::unknown, S::resolving, S::parked}, {handled, undo})},
      {S::resolving,
       with({S::succeeded, S::failed, S::unknown, S::parked, S::awaiting}, {handled, undo})},
      {S::parked, with({S::running, S::resolving, S::succeeded, S::failed, S::unknown, S::pending,
                        S::awaiting, S::delay},
                       {handled, undo})},
      {S::delay, with({S::running, S::succeeded, S::failed, S::parked}, {handled})},
      {S::succeeded, with({}, {handled, undo})},
      {S::unknown, with({S::succeeded, S::failed}, {handled, undo})},
      {S::failed, with({}, {handled, undo})},  // a block with an undo of its own, or a handler
      {S::undoing,
       with({S::undone, S::undo_backoff, S::undo_stuck, S::residue, S::failed}, {handled})},
      {S::undo_backoff, with({S::undoing, S::undone, S::undo_stuck}, {handled})},
      {S::undo_stuck,
       with({S::undoing, S::undone, S::residue, S::kept, S::succeeded, S::unknown}, {handled})},
      {S::handling, with({S::handled, S::succeeded, S::failed, S::cancelled, S::parked}, {undo})},
      {S::handled, undo},    // kept by its handler, or a block that had kept its children
      {S::cancelled, undo},  // a block with an undo of its own
      {S::skipped, {}},
      {S::undone, with({}, {handled})},
      {S::kept, with({}, {handled})},
      {S::residue, {}}};
  return all;
}

std::string describe(const Saga& saga) {
  std::string text;
  for (const auto& [path, step] : saga.steps) {
    text += ", " + path + " " + std::string(name(step.state));
    if (step.error) text += " (" + step.error->code + ")";
    if (is_open(step) && !step.operation.empty()) text += " " + step.operation;
    if (step.waiting_for_plugin) text += " waits for its plugin";
    if (step.draining) text += " draining";
    if (step.undo_before) text += " undo_before";
    if (step.unusable) text += " unusable";
    if (step.forward.due != Time{}) text += " due";
    if (step.undo.due != Time{}) text += " undo_due";
    if (step.turn > 0) text += " turn " + std::to_string(step.turn);
    if (step.undo_error) text += " (undo: " + step.undo_error->code + ")";
  }
  return text;
}

std::string id_of(const core::SagaId& id) {
  return to_string(id).substr(24);
}

}  // namespace

void Checker::fail(std::string invariant, std::string story) {
  if (!violation_) violation_ = Violation{std::move(invariant), std::move(story)};
}

void Checker::committed(const std::vector<engine::ShardRows>& rows, Time now) {
  for (const engine::ShardRows& shard : rows) {
    removed_now_.clear();
    for (const engine::InboxHead& head : shard.inbox_removed) removed_now_.insert(head.seq);
    for (const engine::JournalRow& row : shard.journal) {
      check_row(shard.shard, shard.generation, row);
    }
    for (const engine::IdentityRow& identity : shard.identities) {
      const std::string key = identity.key.workflow + "/" + identity.key.key;
      const auto [it, fresh] = identities_.emplace(key, identity.saga);
      if (!fresh && it->second != identity.saga) fail("K", "two sagas of one identity " + key);
    }
    check_inbox(shard, now);
  }
}

void Checker::check_row(engine::ShardNumber shard, std::uint16_t generation,
                        const engine::JournalRow& row) {
  engine::Seq& head = heads_[shard];
  if (row.seq != head + 1) {
    fail("H", "shard " + std::to_string(shard) + " goes from " + std::to_string(head) + " to " +
                  std::to_string(row.seq));
  }
  head = row.seq;
  if (row.saga.nil()) return;
  ++records_;
  if (tell_) tell(shard, row);
  Saga& saga = sagas_[row.saga];
  if (row.prev != last_seq_[row.saga]) fail("H", "prev of " + id_of(row.saga) + " is wrong");
  last_seq_[row.saga] = row.seq;
  check_steps(saga, row.record);
  note_early_undos(saga, row.saga, row.record);
  check_decision(saga, row.record);
  check_mail(saga, row.record);
  check_suspension(saga, row.record);
  check_people(saga, row.record);
  for (const Note& note : row.record.notes) {
    if (note.code == "plugin.missing") count("a plugin was missing");
  }
  const std::uint32_t before = saga.head.records;
  const Phase before_phase = saga.exists() ? saga.head.phase : Phase::queued;
  const bool was_held = saga.head.held;
  apply(saga, row.record);
  saga.id = row.saga;
  check_stored(saga);
  check_life(before_phase, was_held, saga);
  if (saga.head.records != before + 1) fail("H", "records of " + id_of(row.saga) + " skip one");
  engine::StoredRecord stored{row.seq, row.saga, row.prev, generation, row.record};
  for (const engine::Message& message : engine::messages_of(store_id_, shard, stored)) {
    messages_[message.id] = {message.sequence, to_string(row.saga) + message.topic, shard, row.seq,
                             false};
    unseen_[shard].insert(row.seq);
  }
}

void Checker::tell(engine::ShardNumber shard, const engine::JournalRow& row) {
  const Event& event = row.record.event;
  std::printf("%lld %u/%lld %s %s %s #%u %s %s:",
              static_cast<long long>(row.record.now.time_since_epoch().count()), shard,
              static_cast<long long>(row.seq), id_of(row.saga).c_str(),
              std::string(name(event.kind)).c_str(), event.path.c_str(), event.number,
              event.kind == EventKind::answered ? std::string(name(event.outcome)).c_str() : "",
              event.code.c_str());
  for (const StepChange& change : row.record.steps) {
    if (change.changed & 1) {
      std::printf(" %s=%s", change.path.c_str(), std::string(name(change.step.state)).c_str());
    }
  }
  if (row.record.lifecycle) std::printf(" => %s", row.record.lifecycle->state.c_str());
  std::printf("\n");
}

void Checker::check_steps(const Saga& before, const Record& record) {
  const bool aborted = before.head.phase == Phase::compensating;
  const bool may_change =
      before.head.held || record.event.kind == EventKind::released ||
      (record.event.kind == EventKind::answered && record.event.purpose == Purpose::release);
  if (before.exists() && ended(before.head.phase) && !may_change && !record.steps.empty()) {
    fail("H", "an ended saga changed: " + id_of(record.saga) + " by " +
                  std::string(name(record.event.kind)) + " of " + record.event.path);
  }
  for (const StepChange& change : record.steps) {
    if (!(change.changed & 1)) continue;  // the state is the first field
    const StepRecord* known = before.find(change.path);
    const StepState from = known ? known->state : StepState::pending;
    const StepState to = change.step.state;
    const bool next_turn = from == StepState::delay || to == StepState::delay;
    if (from != to && !next_turn && !automaton().at(from).contains(to)) {
      fail("H",
           change.path + " went from " + std::string(name(from)) + " to " + std::string(name(to)));
    }
    if (aborted && from == StepState::pending && to != StepState::cancelled) {
      fail("R", change.path + " started after the abort");
    }
  }
}

// What was missing is noted in the record.
Context Checker::context_of(const Record& record) {
  Context context{record.now, record.jitter, {}};
  context.missing = [&record](std::string_view operation) {
    return std::any_of(record.notes.begin(), record.notes.end(), [&](const Note& note) {
      return note.code == "plugin.missing" && note.details == Value(std::string(operation));
    });
  };
  return context;
}

// Deciding the recorded event again must give the recorded decision.
void Checker::check_decision(const Saga& before, const Record& record) {
  if (!before.exists()) return;
  const auto definition = definitions_.find(before.head.definition);
  if (definition == definitions_.end()) return fail("H", "a saga without a definition");
  const Decision again = decide(*definition->second, before, record.event, context_of(record));
  if (!again.record) return fail("H", "a recorded event is stale when decided again");
  if (again.record->steps != record.steps || again.record->head_changed != record.head_changed ||
      again.record->emits != record.emits) {
    fail("H", "the recorded decision differs from deciding again: " + id_of(record.saga));
  }
}

void Checker::called(const SagaId& saga, const Command& command) {
  const auto it = sagas_.find(saga);
  const StepRecord* step = it == sagas_.end() ? nullptr : it->second.find(command.path);
  if (!step) return fail("I", "a call of " + command.path + " without an intent");
  const Try& budget = command.purpose == Purpose::forward    ? step->forward
                      : command.purpose == Purpose::question ? step->question
                                                             : step->undo;
  if (budget.number < command.number) {
    fail("I", "attempt " + std::to_string(command.number) + " of " + command.path +
                  " was made before it was recorded");
  }
  check_call_of_suspended(it->second, command, budget);
}

void Checker::acknowledged(const std::string& identity, const SagaId& saga) {
  const auto [it, fresh] = acknowledged_.emplace(identity, saga);
  if (!fresh && it->second != saga) fail("K", "one identity was acknowledged with two sagas");
  if (!sagas_.contains(saga)) fail("A", "an acknowledged saga is not stored");
}

void Checker::published(const engine::Message& message) {
  const auto it = messages_.find(message.id);
  if (it == messages_.end()) return fail("O", "a phantom event " + message.id);
  if (it->second.seen) {
    ++duplicates_;
    return;
  }
  it->second.seen = true;
  auto& unseen = unseen_[it->second.shard];
  unseen.erase(unseen.find(it->second.seq));
  std::string& last = last_published_[it->second.stream];
  if (!(last < it->second.sequence)) fail("O", "events of one saga out of order: " + message.id);
  last = it->second.sequence;
}

void Checker::published_through(engine::ShardNumber shard, engine::Seq seq) {
  const auto& unseen = unseen_[shard];
  if (!unseen.empty() && *unseen.begin() <= seq) {
    fail("O", "shard " + std::to_string(shard) + " counts as published through " +
                  std::to_string(seq) + ", but an event of " + std::to_string(*unseen.begin()) +
                  " was never sent");
  }
}

bool Checker::all_ended() const {
  for (const auto& [id, saga] : sagas_) {
    if (!ended(saga.head.phase) || !open_commands(saga).empty()) return false;
  }
  return true;
}

void Checker::finish(const Participant& participant) {
  for (const auto& [identity, saga] : acknowledged_) {
    if (!sagas_.contains(saga)) fail("A", "an acknowledged saga is not stored");
  }
  for (const auto& [id, saga] : sagas_) {
    if (!ended(saga.head.phase)) {
      fail("L",
           "saga " + id_of(id) + " is still " + std::string(state_name(saga)) + describe(saga));
      continue;
    }
    check_effects(saga, participant);
    check_order(saga, participant);
    check_child(saga);
    check_undo_said(saga, participant);
  }
  if (!participant.changed_input().empty()) {
    fail("E", "one key came with two inputs: " + participant.changed_input());
  }
  check_events();
}

// Its undo has a condition that is false for this saga (random_calls.cpp).
bool Checker::kept_on_purpose(const Saga& saga, const Path& path) const {
  const Step* step = definitions_.at(saga.head.definition)->find(step_id(path));
  const Value* order = saga.head.input.find("order");
  return step->compensate.when && order && order->string().ends_with("3");
}

void Checker::check_effects(const Saga& saga, const Participant& participant) {
  const bool completed = saga.head.phase == Phase::completed;
  std::set<std::string> current;
  for (const auto& [path, step] : saga.steps) {
    if (step.operation.empty() || between_shards(step.operation)) continue;
    const std::string key = effect_key(saga.id, path, step);
    current.insert(key);
    if (step.operation.starts_with(looking)) continue;
    if (mistaken_.contains(to_string(saga.id) + path)) continue;
    const auto it = participant.effects().find(key);
    const int made = it == participant.effects().end() ? 0 : it->second.made;
    const bool left = made > 0 && !it->second.undone;
    const std::string where = id_of(saga.id) + " " + path + " " + std::string(name(step.state)) +
                              " in " + std::string(state_name(saga));
    if (made > 1) fail("E", "done twice: " + where);
    if (step.pivot && left && !completed) fail("E", "went back behind its pivot: " + where);
    if (completed && step.state == StepState::succeeded && !left) fail("E", "not done: " + where);
    const bool kept_by_handler =
        completed && step.unusable &&
        (step.state == StepState::handled || step.state == StepState::handling);
    const bool may_stay = kept_by_handler || kept_on_purpose(saga, path) || covered(saga, path) ||
                          step.state == StepState::kept || step.state == StepState::residue ||
                          (completed && step.state == StepState::succeeded);
    if (left && !may_stay) fail("E", "an effect is left: " + where);
  }
  for (const auto& [key, effect] : participant.effects()) {
    if (effect.saga == saga.id && effect.made > 0 && !effect.undone && !current.contains(key)) {
      fail("E", "an effect under a key that the saga does not know: " + key);
    }
  }
}

void Checker::check_events() {
  for (const auto& [id, message] : messages_) {
    if (!message.seen) return fail("O", "never published: " + id);
  }
}

}  // namespace sagaloom::simulation
