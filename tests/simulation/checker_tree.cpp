// What must hold over the tree of a saga, its children and its concurrency key.
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
  if (undone.size() >= 3) count("an undo of three steps");
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

// ---------------------------------------------------------------- phases, keys, children

void Checker::check_life(Phase before, bool was_held, const Saga& saga) {
  const Phase now = saga.head.phase;
  if (ended(before) && before != now && !was_held) {
    fail("H", "an ended saga went on: " + id_of(saga.id) + " from " + std::string(name(before)) +
                  " to " + std::string(name(now)));
  }
  if (saga.head.lock_key.empty()) return;
  if (before == Phase::queued && now == Phase::queued && saga.head.lock_asked) {
    count("a saga waited for its concurrency key");
  }
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
  if (saga.head.phase == Phase::compensated) count("a child saga was undone");
  const Phase above = parent->second.head.phase;
  const StepRecord* step = parent->second.find(saga.head.parent_path);
  const bool undone = above == Phase::compensated || above == Phase::failed;
  const bool by_hand = (step && step->state != StepState::succeeded) ||
                       by_hand_.contains(saga.head.parent + saga.head.parent_path);
  const Definition& definition = *definitions_.at(parent->second.head.definition);
  const bool own_undo =
      definition.find(step_id(saga.head.parent_path))->compensate.kind == UndoKind::steps;
  if (own_undo && undone) count("a child's place was undone in its stead");
  if (undone && saga.head.phase == Phase::completed && !own_undo &&
      !(step && step->state == StepState::residue)) {
    fail("T", "the parent of " + id_of(saga.id) + " went back, the child did not");
  }
  if (above == Phase::completed && saga.head.phase != Phase::completed && !by_hand) {
    fail("T", "the parent of " + id_of(saga.id) + " counts it as done, but it is " +
                  std::string(name(saga.head.phase)));
  }
}

}  // namespace sagaloom::simulation
