// What the client commands share: ask the server, show the answer or the problem.
//
// Threads: not shared. Errors: printed; the exit status says which.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "runtime/app/command_line.h"
#include "runtime/app/rest_client.h"
#include "runtime/expression/value.h"

namespace sagaloom::app {

struct Answered {
  expression::Value value;
  std::string text;  // as it came
};

// The answer of a 2xx, or the exit status after the problem was printed.
std::variant<Answered, int> ask(const CommandLine& line, const RestRequest& request);

// Asks for the saga until it has ended or is parked, or the seconds are over; prints it; the exit
// status tells how it ended. `first` is what is known already.
int follow(const CommandLine& line, Answered first, long seconds);

// The saga on standard output.
void show(const CommandLine& line, const Answered& saga);

}  // namespace sagaloom::app
