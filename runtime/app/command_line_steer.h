// The words of the commands that steer running sagas: signals, answers, operators' verbs, dead
// letters.
//
// Threads: called while the command line is parsed, on the main thread.
#pragma once

#include <functional>

#include "runtime/app/command_line.h"

namespace CLI {
class App;
}

namespace sagaloom::app {

struct SteerWords {
  CommandLine& line;                                // what is filled in; outlives the parsing
  std::function<void(CLI::App&)> add_client_flags;  // --server, --output
  std::function<void(CLI::App&)> add_page_flags;    // --limit, --cursor
};

void add_steering(CLI::App& app, const SteerWords& words);

}  // namespace sagaloom::app
