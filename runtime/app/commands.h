// The commands: each takes what was typed and ends with an exit status (exit_code.h).
//
// Threads: called on the main thread. Errors: printed on standard error.
#pragma once

#include "runtime/app/command_line.h"

namespace sagaloom::app {

int run_server(const CommandLine& line);         // dev, serve
int run_check(const CommandLine& line);          // check
int run_start(const CommandLine& line);          // start
int run_query(const CommandLine& line);          // get, list, history, events, cancel
int run_steer(const CommandLine& line);          // signal, answer, operators' verbs, dead letters
int run_schema(const CommandLine& line);         // schema
int run_graph(const CommandLine& line);          // graph
int run_explore(const CommandLine& line);        // explore
int run_configuration(const CommandLine& line);  // configuration
int run_audit(const CommandLine& line);          // audit
int run_whatif(const CommandLine& line);         // whatif
int run_migrate(const CommandLine& line);        // migrate
int run_test(const CommandLine& line);           // test
int run_version(const CommandLine& line);        // version

}  // namespace sagaloom::app
