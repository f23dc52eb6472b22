// The outside of an explored saga: what its operations really did, under which key, and how they
// answer by the promises of their manifests. It is as bad as the manifest lets it be: what is not
// promised is not kept.
//
// What was done is known by its effect key alone, as a provider knows it: two steps that call under
// one key make one effect.
//
// Lifecycle: a value, copied with the world it belongs to. Threads: one.
// Source: the participant guard's rules (sdk/guard), dtm's sub-transaction barrier.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "runtime/core/command.h"
#include "runtime/core/definition.h"
#include "runtime/core/event.h"

namespace sagaloom::explore {

using core::Value;

// What is true of one effect key.
struct EffectState {
  core::Path path;         // who made it, or called first: another with this key made nothing
  std::uint32_t made = 0;  // how often the effect was made; 2 is a double effect
  bool undone = false;
  bool tombstone = false;  // undone or asked about before it was made, and fenced off since then
  bool undone_unfenced = false;  // the same by one that does not
  std::string refused;           // the code of its definite refusal
  bool standing() const { return made > 0 && !undone; }
  bool operator==(const EffectState&) const = default;
};

struct Reply {
  core::Outcome outcome = core::Outcome::ok;
  std::string code;
};

class Participant {
 public:
  // The operation is asked to go forward. `refusal`: the code with which it refuses a new key.
  Reply execute(const core::Command& call, const core::Operation& operation,
                const std::string& refusal);
  // The operation's undo, or the last call of several that are its undo, is made.
  Reply compensate(const core::Command& call, const core::Operation& forward);
  Reply check(const core::Command& call, const core::Operation& forward);

  EffectState& effect(const std::string& key) { return effects_[key]; }
  const std::map<std::string, EffectState>& effects() const { return effects_; }

 private:
  EffectState& called(const core::Command& call);

  std::map<std::string, EffectState> effects_;  // by effect key
};

}  // namespace sagaloom::explore
