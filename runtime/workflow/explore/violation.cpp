#include "runtime/workflow/explore/violation.h"

#include <algorithm>
#include <variant>

namespace sagaloom::explore {
namespace {

using core::StepRecord;
using core::StepState;

constexpr std::string_view names[] = {"effect_missing", "effect_left", "undo_of_nothing",
                                      "double_effect",  "stuck",       "pivot_undone",
                                      "undo_order"};

std::string quoted(std::string_view path) {
  return "`" + std::string(path) + "`";
}

bool has_effect(const core::Step* step) {
  if (!step) return false;
  if (const auto* call = step->call()) return call->effect != core::Effect::none;
  return std::holds_alternative<core::ChildSaga>(step->kind);
}

// Parallel branches, and items that may run at the same time, have no order among each other.
bool concurrent(const core::Definition& definition, const core::Path& a, const core::Path& b) {
  const auto* step_b = definition.find(core::step_id(b));
  if (!step_b) return true;
  std::vector<std::string_view> above;  // b and its blocks, innermost first
  for (const auto* each = step_b; each; each = definition.parent(each->id))
    above.push_back(each->id);
  std::string_view child_a = core::step_id(a);
  for (const auto* each = definition.parent(child_a); each; each = definition.parent(each->id)) {
    for (std::size_t i = 1; i < above.size(); ++i) {
      if (above[i] != each->id) continue;
      if (std::holds_alternative<core::Parallel>(each->kind)) {
        return definition.list_of(child_a) != definition.list_of(above[i - 1]);
      }
      const auto* items = std::get_if<core::Foreach>(&each->kind);
      return items && items->max_parallel > 1 &&
             a.substr(0, a.rfind('/')) != b.substr(0, b.rfind('/'));
    }
    child_a = each->id;
  }
  return false;
}

// Whether the undo of this step is still to come.
bool awaits_undo(const StepRecord& record) {
  switch (record.state) {
    case StepState::kept:
    case StepState::residue:
    case StepState::undone:
    case StepState::failed:
    case StepState::cancelled:
    case StepState::skipped:
      return false;
    default:
      return true;
  }
}

Violation of(Wrong kind, std::string_view path, std::string text) {
  return {kind, std::string(core::step_id(path)), std::move(text)};
}

}  // namespace

std::string_view name(Wrong kind) {
  return names[static_cast<std::size_t>(kind)];
}

bool lies_inside(const core::Definition& definition, const core::Path& path,
                 const core::Path& block) {
  const std::string_view block_id = core::step_id(block);
  const auto* parent = definition.parent(core::step_id(path));
  while (parent && parent->id != block_id) parent = definition.parent(parent->id);
  if (!parent) return false;
  const auto slash = block.rfind('/');
  return slash == std::string::npos || path.compare(0, slash + 1, block, 0, slash + 1) == 0;
}

bool left_on_purpose(const Model& model, const World& world, const core::Path& path) {
  const StepRecord* record = world.saga.find(path);
  const auto* step = model.step(path);
  if (!record || !step) return false;
  if (record->state == StepState::residue) return true;
  if (record->state != StepState::kept) return false;
  return step->compensate.kind == core::UndoKind::none || step->compensate.when.has_value();
}

std::vector<Violation> judge_undo(const Model& model, const World& world,
                                  const core::Command& undo) {
  std::vector<Violation> found;
  const auto* step = model.step(undo.path);
  if (world.committed) {
    found.push_back(of(Wrong::pivot_undone, undo.path,
                       quoted(undo.path) + " is undone although the pivot was passed"));
  }
  const auto known = world.participant.effects().find(undo.effect_key);
  const bool made = known != world.participant.effects().end() &&
                    (known->second.made > 0 || !known->second.refused.empty());
  const auto* call = step ? step->call() : nullptr;
  if (call && !made && has_effect(step) && call->operation->fences != core::Fencing::yes) {
    found.push_back(of(Wrong::undo_of_nothing, undo.path,
                       quoted(undo.path) + " is undone before it was done, and " +
                           quoted(call->operation->name) +
                           " does not promise to refuse the call when it arrives after all"));
  }
  if (model.definition.undo_in_parallel) return found;
  const StepRecord* own = world.saga.find(undo.path);
  for (const auto& [key, effect] : world.participant.effects()) {
    const StepRecord* other = world.saga.find(effect.path);
    if (!own || !other || !effect.standing() || other->order <= own->order) continue;
    if (!awaits_undo(*other) || effect.path == undo.path) continue;
    if (lies_inside(model.definition, effect.path, undo.path)) continue;
    if (concurrent(model.definition, undo.path, effect.path)) continue;
    found.push_back(of(Wrong::undo_order, undo.path,
                       quoted(undo.path) + " is undone while " + quoted(effect.path) +
                           ", which started after it, is not"));
  }
  return found;
}

std::vector<Violation> judge_change(const Model& model, const World& before, const World& after) {
  std::vector<Violation> found;
  using core::Phase;
  const Phase phase = after.saga.head.phase;
  const bool back = phase == Phase::compensating || phase == Phase::compensated;
  if (before.committed && back && before.saga.head.phase != phase) {
    found.push_back({Wrong::pivot_undone, {}, "the saga goes back although its pivot was passed"});
  }
  for (const auto& [key, effect] : after.participant.effects()) {
    if (effect.made < 2 || !effect.standing()) continue;
    const auto known = before.participant.effects().find(key);
    if (known != before.participant.effects().end() && known->second.made >= effect.made) continue;
    const auto* step = model.step(effect.path);
    if (known != before.participant.effects().end() && known->second.undone) continue;
    if (has_effect(step)) {
      found.push_back(
          of(Wrong::double_effect, effect.path, quoted(effect.path) + " is done twice"));
    }
  }
  return found;
}

namespace {

void judge_effects(const Model& model, const World& world, std::vector<Violation>& found) {
  const bool completed = world.saga.head.phase == core::Phase::completed;
  for (const auto& [key, effect] : world.participant.effects()) {
    if (!effect.standing() || !has_effect(model.step(effect.path))) continue;
    const StepRecord* record = world.saga.find(effect.path);
    const StepState state = record ? record->state : StepState::pending;
    const bool counted = completed && (state == StepState::succeeded ||
                                       state == StepState::handled || state == StepState::kept);
    if (counted || left_on_purpose(model, world, effect.path)) continue;
    const std::string end = std::string(core::state_name(world.saga));
    const std::string why =
        state == StepState::kept
            ? ", since it has no undo and nobody said that it is kept on purpose"
            : ", though the saga counts it as " + std::string(core::name(state));
    found.push_back(of(
        Wrong::effect_left, effect.path,
        "the saga is " + end + ", and what " + quoted(effect.path) + " did is still there" + why));
  }
}

void judge_missing(const Model& model, const World& world, std::vector<Violation>& found) {
  if (world.saga.head.phase != core::Phase::completed) return;
  for (const auto& [path, record] : world.saga.steps) {
    const auto* step = model.step(path);
    if (record.state != StepState::succeeded || !has_effect(step) || !step->call()) continue;
    const auto known =
        world.participant.effects().find(core::effect_key(world.saga.id, path, record));
    const bool stands = known != world.participant.effects().end() && known->second.standing();
    if (stands && known->second.path == path) continue;
    std::string text = "the saga is COMPLETED, and what " + quoted(path) + " does is not there";
    if (stands) {
      text += ": it was called under the key of " + quoted(known->second.path) +
              " and taken for a repetition";
    }
    found.push_back(of(Wrong::effect_missing, path, std::move(text)));
  }
}

}  // namespace

std::vector<Violation> judge_end(const Model& model, const World& world) {
  std::vector<Violation> found;
  if (core::ended(world.saga.head.phase)) {
    judge_effects(model, world, found);
    judge_missing(model, world, found);
    return found;
  }
  const core::Shown shown = core::shown(world.saga);
  const auto open = core::open_commands(world.saga);
  const bool listens = std::any_of(open.begin(), open.end(), [](const core::Command& command) {
    return command.kind == core::Command::Kind::subscription;
  });
  const bool visible = listens || shown == core::Shown::parked || shown == core::Shown::suspended ||
                       !world.endless.empty() || world.saga.head.phase == core::Phase::queued;
  if (!visible) {
    found.push_back({Wrong::stuck,
                     {},
                     "the saga is " + std::string(core::state_name(world.saga)) +
                         ", nothing is open, and no operator is asked"});
  }
  return found;
}

}  // namespace sagaloom::explore
