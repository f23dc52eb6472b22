// The outside: what the steps of all sagas did, kept apart from every node, so that the runtime
// cannot flatter it. Answers like a plugin over the participant guard (first definite answer under
// a key is given again; an undo leaves a tombstone; a smaller epoch is refused).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
  int made = 0;  // forward effects under this key
  bool undone = false;
  bool tombstone = false;                    // undone before it was made
  std::uint64_t made_at = 0, undone_at = 0;  // world-wide order
};

class Participant {
 public:
  // Does it, and answers as the guard would. `refuse` and `broken` are this call's fate if it is
  // the first under its key: a definite refusal, or an ok whose output breaks the schema.
  core::Event perform(const core::SagaId& saga, const core::Command& command, std::int64_t epoch,
                      bool idempotent, bool refuse, bool broken);

  // An operator sees to it that the effect is there.
  void undo_by_hand(const core::SagaId& saga, const core::Command& command) {
    compensate(saga, command);
  }
  void make_by_hand(const core::SagaId& saga, const core::Command& command);

  const std::map<std::string, Effect>& effects() const { return effects_; }
  std::uint64_t fenced() const { return fenced_; }
  std::uint64_t stale_owner() const { return stale_owner_; }
  std::uint64_t repeated() const { return repeated_; }

 private:
  core::Event execute(const core::SagaId& saga, const core::Command& command, bool idempotent,
                      bool refuse, bool broken);
  core::Event compensate(const core::SagaId& saga, const core::Command& command);
  core::Event check(const core::Command& command);

  std::map<std::string, Effect> effects_;
  std::map<std::string, core::Event> answers_;  // definite ones, by request key
  std::map<std::string, std::int64_t> epochs_;
  std::uint64_t order_ = 0, fenced_ = 0, stale_owner_ = 0, repeated_ = 0;
};

core::Event answer_to(const core::Command& command, core::Outcome outcome, std::string code = {});

}  // namespace sagaloom::simulation
