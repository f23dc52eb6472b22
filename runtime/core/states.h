// States and sets of states that the rules ask for by name. Internal to core; pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "runtime/core/saga.h"

namespace sagaloom::core {

class StateSet {
 public:
  constexpr StateSet(std::initializer_list<StepState> states) {
    for (const StepState state : states) bits_ |= bit(state);
  }
  constexpr bool has(StepState state) const { return (bits_ & bit(state)) != 0; }

 private:
  static constexpr std::uint32_t bit(StepState state) {
    return std::uint32_t{1} << static_cast<unsigned>(state);
  }
  std::uint32_t bits_ = 0;
};

// A call that is not over: an answer, a timer or an event goes on with it.
inline constexpr StateSet attempting{StepState::running, StepState::backoff, StepState::awaiting,
                                     StepState::resolving};
inline constexpr StateSet done_perhaps{StepState::succeeded, StepState::unknown};
// The path has left it, and its undo has not begun.
inline constexpr StateSet awaits_undo{StepState::succeeded, StepState::unknown, StepState::handled};
inline constexpr StateSet undo_begun{StepState::undoing, StepState::undo_backoff,
                                     StepState::undo_stuck};
inline constexpr StateSet undo_over{StepState::undone, StepState::kept, StepState::residue};
inline constexpr StateSet needs_operator{StepState::parked, StepState::undo_stuck};

// Nothing happens to it any more but its undo: most steps of a long saga.
inline bool at_rest(const StepRecord& step) {
  constexpr StateSet live{StepState::pending, StepState::parked, StepState::delay,
                          StepState::handling, StepState::undo_stuck};
  return !live.has(step.state) && !attempting.has(step.state) && !step.undo_before &&
         !step.waiting_for_plugin;
}

inline bool parked_as(const StepRecord& step, Parked why) {
  return step.state == StepState::parked && step.parked == why;
}

// Under way, or an operator has to say what became of it.
inline bool deciding(const StepRecord& step) {
  return attempting.has(step.state) || parked_as(step, Parked::doubt);
}

// Its effect may exist and may not: a late answer still says which.
inline bool undecided(const StepRecord& step) {
  return deciding(step) || step.state == StepState::unknown;
}

// The participant can be asked: by its check operation, or by the same key again.
inline bool can_be_asked(const StepRecord& step) {
  return !step.check.empty() || (step.idempotent && !step.no_repeat);
}

inline bool outcome_known(const StepRecord& step) {
  return !step.doubt && !step.unusable;
}

inline Parked parked_for(const StepRecord& step) {
  return step.doubt ? Parked::doubt : Parked::no_doubt;
}

// What is shown of a saga with such a head and such steps.
Shown shown(const SagaRecord& head, bool parked, bool deciding);
std::string_view state_name(Phase phase, Shown over);

}  // namespace sagaloom::core
