// The outside: what the steps of all sagas did, kept apart from every node, so that the runtime
// cannot flatter it. Answers like a plugin over the participant guard (first definite answer under
// a key is given again; an undo leaves a tombstone; a smaller epoch is refused). An operation's
// name says what it is (random_calls.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "runtime/core/command.h"
#include "runtime/core/definition.h"
#include "runtime/core/event.h"
#include "tests/simulation/world.h"

namespace sagaloom::simulation {

struct Effect {
  core::SagaId saga;
  std::string operation;
  core::Path path;
  int made = 0;           // forward effects under this key
  int told = 0;           // second calls of its undo
  bool accepted = false;  // «pending» was answered
  bool undone = false;
  bool tombstone = false;                    // undone before it was made, or fenced by a check
  std::uint64_t made_at = 0, undone_at = 0;  // world-wide order
};

class Participant {
 public:
  // What else chance decides of a call, if it is the first under its key: a definite refusal, an ok
  // whose output breaks the schema; of an undo: a refusal.
  struct Fate {
    bool idempotent = true, refuse = false, broken = false;
  };
  // Does it, and answers as the guard would.
  core::Event perform(const core::SagaId& saga, const core::Command& command, std::int64_t epoch,
                      const Fate& fate);
  // Told when a call was answered «pending» for the first time; `decide` must follow.
  std::function<void(const core::SagaId&, const core::Command&)> on_accepted;
  // The end of an accepted call. nullopt: it was undone meanwhile, nobody is told; else whether it
  // was refused.
  std::optional<bool> decide(const core::Command& command, bool refuse);

  // An operator sees to it that the effect is there, or that it is gone. False: it can't be there,
  // since the answer is known (or, unless `anyway`, remembered as a refusal).
  bool make_by_hand(const core::SagaId& saga, const core::Command& command, bool anyway);
  void undo_by_hand(const core::SagaId& saga, const core::Command& command);

  const std::map<std::string, Effect>& effects() const { return effects_; }
  std::uint64_t fenced() const { return fenced_; }
  std::uint64_t stale_owner() const { return stale_owner_; }
  std::uint64_t repeated() const { return repeated_; }
  std::uint64_t fenced_by_check() const { return fenced_by_check_; }
  // A key that came with two inputs; empty: none did.
  const std::string& changed_input() const { return changed_input_; }

 private:
  core::Event execute(const core::SagaId& saga, const core::Command& command, const Fate& fate);
  core::Event compensate(const core::SagaId& saga, const core::Command& command, const Fate& fate);
  core::Event check(const core::Command& command);
  Effect& effect_of(const core::SagaId& saga, const core::Command& command);
  void compare_input(const core::Command& command);

  std::map<std::string, Effect> effects_;
  std::map<std::string, core::Event> answers_;  // definite ones, by request key
  std::map<std::string, std::int64_t> epochs_;
  std::map<std::string, core::Value> inputs_;  // of forward calls, by request key
  std::set<std::string> undone_keys_;          // request keys of undos that are done
  std::string changed_input_;
  std::uint64_t order_ = 0, fenced_ = 0, stale_owner_ = 0, repeated_ = 0, fenced_by_check_ = 0;
};

core::Event answer_to(const core::Command& command, core::Outcome outcome, std::string code = {});

}  // namespace sagaloom::simulation
