// What a saga's state asks the world to do. Derived from the state by open_commands, never stored:
// the same after a commit as after a crash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/saga.h"

namespace sagaloom::core {

// `op` of the plugin contract.
enum class Role : std::uint8_t { execute, compensate, check };

struct Command {
  // subscription: the step listens; `operation` is one entry of StepRecord::listens.
  enum class Kind : std::uint8_t { call, timer, deadline, subscription };

  Kind kind = Kind::call;
  // Identity, with `kind`: a command with the same five is the same command, already under way.
  Path path;  // empty for the saga's deadline
  Purpose purpose = Purpose::forward;
  std::uint32_t occurrence = 1;
  std::uint32_t number = 0;

  Time due{};  // timer, deadline: when the event is wanted

  // call only
  Role role = Role::execute;
  std::string operation;
  std::string effect_key;
  std::string request_key;
  Value input;
  Time deadline{};             // of this attempt
  bool forward_known = false;  // undo, check: the forward call is known to be done
  Value forward_output;
};

// Calls between shards, answered by the engine itself; issued again after a restart, never
// `interrupted`. Their inputs: docs/life_of_a_saga.md.
inline constexpr std::string_view saga_start = "engine.saga.start";
inline constexpr std::string_view saga_undo = "engine.saga.undo";
inline constexpr std::string_view saga_release = "engine.saga.release";
inline constexpr std::string_view saga_ended = "engine.saga.ended";
inline constexpr std::string_view lock_acquire = "engine.lock.acquire";
inline constexpr std::string_view lock_release = "engine.lock.release";
inline bool between_shards(std::string_view operation) {
  return operation.starts_with("engine.");
}

std::vector<Command> open_commands(const Saga& saga);

}  // namespace sagaloom::core
