// What must hold over the tree of a saga, its children, its concurrency key and its inbox.
#include <algorithm>

#include "runtime/core/tree.h"
#include "tests/simulation/checker.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

std::string id_of(const SagaId& id) {
  return to_string(id).substr(24);
}

}  // namespace

// Whether the own undo of a block around the step has taken its place.
bool Checker::covered(const Saga& saga, const Path& path) const {
  const Definition& definition = *definitions_.at(saga.head.definition);
  for (Path at = parent_path(definition, path); !at.empty(); at = parent_path(definition, at)) {
    if (definition.find(step_id(at))->compensate.kind == UndoKind::unsaid) continue;
    const StepState state = saga.find(at)->state;
    const bool over = state == StepState::undone || state == StepState::kept ||
                      state == StepState::residue || state == StepState::handled ||
                      state == StepState::cancelled ||
                      (state == StepState::failed && saga.find(at)->handler > 0);
    if (over) return true;
  }
  return false;
}

// What was undone while the saga went forward made room for a handler: steps that started later
// may be undone later.
void Checker::note_early_undos(const Saga& before, const SagaId& id, const Record& record) {
  if (before.head.phase == Phase::compensating) return;
  const bool aborts = (record.head_changed & phase_bit()) != 0 &&
                      record.head.phase != Phase::running && record.head.phase != Phase::committed;
  if (aborts) return;
  for (const StepChange& change : record.steps) {
    if ((change.changed & 1) && change.step.state == StepState::undoing) {
      early_undos_.insert(to_string(id) + change.path);
    }
  }
}

FieldMask Checker::phase_bit() {
  FieldMask bit = 1, found = 0;
  SagaRecord head;
  SagaRecord::fields(head, [&](std::string_view name, auto&) {
    if (name == "phase") found = bit;
    bit <<= 1;
  });
  return found;
}

// Whether two occurrences are undone one after the other: not in different branches or items.
bool Checker::in_order(const Definition& definition, const Path& left, const Path& right) const {
  if (definition.undo_in_parallel) return false;
  std::vector<Path> around_left, around_right;
  for (Path at = left; !at.empty(); at = parent_path(definition, at)) around_left.push_back(at);
  for (Path at = right; !at.empty(); at = parent_path(definition, at)) around_right.push_back(at);
  while (!around_left.empty() && !around_right.empty() &&
         around_left.back() == around_right.back()) {
    around_left.pop_back();
    around_right.pop_back();
  }
  if (around_left.empty() || around_right.empty()) return false;  // one lies inside the other
  const Path& first = around_left.back();
  const Path& second = around_right.back();
  const Path shared = parent_path(definition, first);
  if (shared.empty()) return true;
  const Step& block = *definition.find(step_id(shared));
  if (std::holds_alternative<Foreach>(block.kind)) return prefix_of(first) == prefix_of(second);
  if (!std::holds_alternative<Parallel>(block.kind)) return true;
  return definition.list_of(step_id(first)) == definition.list_of(step_id(second));
}

void Checker::check_order(const Saga& saga, const Participant& participant) {
  struct Undone {
    std::uint64_t at;
    std::uint32_t order;
    Path path;
  };
  std::vector<Undone> undone;
  for (const auto& [path, step] : saga.steps) {
    if (step.state != StepState::undone || early_undos_.contains(to_string(saga.id) + path)) {
      continue;
    }
    const auto it = participant.effects().find(effect_key(saga.id, path, step));
    if (it == participant.effects().end() || it->second.undone_at == 0) continue;
    undone.push_back({it->second.undone_at, step.order, path});
  }
  if (undone.size() >= 3) ++long_undos_;
  const Definition& definition = *definitions_.at(saga.head.definition);
  for (const Undone& one : undone) {
    for (const Undone& other : undone) {
      if (one.at < other.at && one.order < other.order &&
          in_order(definition, one.path, other.path)) {
        fail("R",
             "undone out of order: " + id_of(saga.id) + " " + one.path + " before " + other.path);
      }
    }
  }
}

// ---------------------------------------------------------------- the inbox

// The shard said that event `number` for this identity is stored.
void Checker::delivered(const std::string& identity, std::int64_t number, Time now) {
  stored_events_.emplace(identity + "#" + std::to_string(number), now);
}

void Checker::check_taken(const Saga& saga, const Record& record) {
  if (record.event.kind == EventKind::resolve)
    by_hand_.insert(to_string(saga.id) + record.event.path);
  const std::string identity = saga.head.workflow + "/" + saga.head.identity;
  if (record.event.kind == EventKind::deliver) {
    const Value* data = record.event.details.find("data");
    const std::int64_t number = data && data->find("n") ? data->find("n")->integer() : 0;
    ++taken_;
    if (!taken_events_.insert(identity + "#" + std::to_string(number)).second) {
      fail("N", "event " + std::to_string(number) + " was taken twice by " + id_of(saga.id));
    }
    if (number < last_taken_[identity]) {
      fail("N", "event " + std::to_string(number) + " of " + id_of(saga.id) + " came after " +
                    std::to_string(last_taken_[identity]));
    }
    last_taken_[identity] = number;
  }
  for (const StepChange& change : record.steps) {
    const StepRecord* step = saga.find(change.path);
    const bool timed_out = step->error && step->error->code == "wait.timeout" &&
                           (change.changed & 1) && step->state != StepState::awaiting;
    if (timed_out) check_not_lost(saga, identity, *step);
  }
}

// An event that was stored before the wait began, and that nothing has taken, must end the wait.
void Checker::check_not_lost(const Saga& saga, const std::string& identity,
                             const StepRecord& step) {
  for (const auto& [event, at] : stored_events_) {
    if (!event.starts_with(identity + "#") || taken_events_.contains(event)) continue;
    if (at + Duration(1'000) < saga.head.created) {
      fail("N", "event " + event + " was stored before the saga, yet " + step.error->step + " of " +
                    id_of(saga.id) + " saw no event");
    }
  }
}

// ---------------------------------------------------------------- phases, keys, children

void Checker::check_life(Phase before, bool was_held, const Saga& saga) {
  const Phase now = saga.head.phase;
  if (ended(before) && before != now && !was_held) {
    fail("H", "an ended saga went on: " + id_of(saga.id) + " from " + std::string(name(before)) +
                  " to " + std::string(name(now)));
  }
  if (saga.head.lock_key.empty()) return;
  if (before == Phase::queued && now == Phase::queued && saga.head.lock_asked) ++queued_;
  const std::string key = saga.head.workflow + "/" + saga.head.lock_key;
  auto& holders = holders_[key];
  if (now == Phase::queued || ended(now)) {
    holders.erase(saga.id);
  } else {
    holders.insert(saga.id);
  }
  if (holders.size() > saga.head.lock_limit) {
    fail("C", std::to_string(holders.size()) + " sagas hold the key " + key + " at a time");
  }
}

// How a child ended agrees with its parent, and nothing of it stays open.
void Checker::check_child(const Saga& saga) {
  if (!open_commands(saga).empty())
    fail("L", "calls of an ended saga stay open: " + id_of(saga.id));
  if (saga.head.parent.empty()) return;
  if (saga.head.held) fail("L", "a child is still held: " + id_of(saga.id));
  const auto parent = std::find_if(sagas_.begin(), sagas_.end(), [&](const auto& entry) {
    return to_string(entry.first) == saga.head.parent;
  });
  if (parent == sagas_.end()) return fail("T", "a child without a parent: " + id_of(saga.id));
  if (saga.head.phase == Phase::compensated) ++undone_children_;
  const Phase above = parent->second.head.phase;
  const StepRecord* step = parent->second.find(saga.head.parent_path);
  const bool undone = above == Phase::compensated || above == Phase::failed;
  const bool by_hand = (step && step->state != StepState::succeeded) ||
                       by_hand_.contains(saga.head.parent + saga.head.parent_path);
  if (undone && saga.head.phase == Phase::completed &&
      !(step && step->state == StepState::residue)) {
    fail("T", "the parent of " + id_of(saga.id) + " went back, the child did not");
  }
  if (above == Phase::completed && saga.head.phase != Phase::completed && !by_hand) {
    fail("T", "the parent of " + id_of(saga.id) + " counts it as done, but it is " +
                  std::string(name(saga.head.phase)));
  }
}

}  // namespace sagaloom::simulation
