// Participants that answer by a scenario's script, and where it says nothing like a participant
// behind the guard: an effect is made once under its key and found by a check.
//
// Lifecycle: one for one run. Ownership: refers to the scenario. Threads: one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/workflow/scenario/drive.h"

namespace sagaloom::workflow::scenario {

class ScriptedParticipants final : public Participants {
 public:
  explicit ScriptedParticipants(const Scenario& scenario) : scenario_(scenario) {}

  Answer answer(const core::Command& call, const core::Saga& saga) override;
  void happened(const core::Command& call, const Answer& answer) override;

  // Keys of the forward effects that stand: made, and not undone.
  std::vector<std::string> standing() const;

 private:
  struct Effect {
    Value output;
    bool made = false;
    bool undone = false;
  };

  const Answer* scripted(const core::Command& call, const core::Saga& saga);
  Answer by_itself(const core::Command& call) const;

  const Scenario& scenario_;
  std::map<std::string, std::size_t> used_;  // answers of each script so far
  std::map<std::string, Effect> effects_;    // by effect key
};

}  // namespace sagaloom::workflow::scenario
