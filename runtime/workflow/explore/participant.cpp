#include "runtime/workflow/explore/participant.h"

namespace sagaloom::explore {

using core::Fencing;
using core::Outcome;

EffectState& Participant::called(const core::Command& call) {
  EffectState& effect = effects_[call.effect_key];
  if (effect.path.empty()) effect.path = call.path;
  return effect;
}

Reply Participant::execute(const core::Command& call, const core::Operation& operation,
                           const std::string& refusal) {
  EffectState& effect = called(call);
  const bool fenced = effect.tombstone || (operation.fences == Fencing::yes && effect.undone);
  if (fenced) {
    return {Outcome::business, "call.fenced"};
  }
  if (operation.idempotent && !effect.refused.empty()) return {Outcome::business, effect.refused};
  if (operation.idempotent && effect.made > 0) return {Outcome::ok, {}};
  if (!refusal.empty()) {
    effect.refused = refusal;
    return {Outcome::business, refusal};
  }
  if (!effect.standing()) effect.path = call.path;
  ++effect.made;
  effect.undone = false;  // one that does not fence does it again after its undo
  return {operation.asynchronous ? Outcome::pending : Outcome::ok, {}};
}

// One that does not fence cannot tell "not yet" from "never": it says that all is well.
Reply Participant::compensate(const core::Command& call, const core::Operation& forward) {
  EffectState& effect = called(call);
  if (effect.made > 0) {
    effect.undone = true;
    return {Outcome::ok, {}};
  }
  if (forward.fences == Fencing::yes) {
    effect.tombstone = true;
    return {Outcome::no_effect, {}};
  }
  if (effect.refused.empty()) effect.undone_unfenced = true;
  return {Outcome::ok, {}};
}

Reply Participant::check(const core::Command& call, const core::Operation& forward) {
  EffectState& effect = called(call);
  if (effect.standing()) return {Outcome::ok, {}};
  if (!effect.refused.empty()) return {Outcome::business, effect.refused};
  if (forward.check_fences) effect.tombstone = true;
  return {Outcome::no_effect, {}};
}

}  // namespace sagaloom::explore
