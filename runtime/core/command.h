// What a saga's state asks the world to do. Derived from the state by open_commands, never stored:
// the same after a commit as after a crash.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/core/saga.h"

namespace sagaloom::core {

// `op` of the plugin contract.
enum class Role : std::uint8_t { execute, compensate, check };

struct Command {
  enum class Kind : std::uint8_t { call, timer, deadline };

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

std::vector<Command> open_commands(const Saga& saga);

}  // namespace sagaloom::core
