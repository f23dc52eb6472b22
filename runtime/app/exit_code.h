// What a command ends with: part of the interface, for scripts. The numbers never change.
#pragma once

#include <string_view>

namespace sagaloom::app {

enum ExitCode : int {
  exit_ok = 0,  // also: the saga that was waited for is COMPLETED
  exit_error = 1,
  exit_usage = 2,  // wrong flags or configuration; the data directory is in use
  exit_not_found = 3,
  exit_conflict = 5,     // wrong state, identity taken
  exit_unreachable = 6,  // no answer from the server
  exit_invalid = 7,      // a workflow or an input with errors
  exit_compensated = 10,
  exit_needs_person = 11,  // FAILED or PARKED
  exit_cancelled = 12,
  exit_wait_over = 13,
};

// For an HTTP status that is not 2xx.
ExitCode exit_code_of_status(long status);

// For a saga that was waited for: its state as shown, and the code of its error (or empty).
ExitCode exit_code_of_saga(std::string_view state, std::string_view error_code);

}  // namespace sagaloom::app
