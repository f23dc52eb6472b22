#include "runtime/app/exit_code.h"

namespace sagaloom::app {

ExitCode exit_code_of_status(long status) {
  if (status == 404) return exit_not_found;
  if (status == 409 || status == 412 || status == 428) return exit_conflict;
  if (status == 400 || status == 413 || status == 422) return exit_invalid;
  if (status == 429 || status == 503) return exit_unreachable;
  return exit_error;
}

ExitCode exit_code_of_saga(std::string_view state, std::string_view error_code) {
  if (state == "COMPLETED") return exit_ok;
  if (state == "COMPENSATED" || state == "FAILED") {
    if (error_code == "saga.cancelled") return exit_cancelled;
    return state == "COMPENSATED" ? exit_compensated : exit_needs_person;
  }
  if (state == "PARKED" || state == "SUSPENDED") return exit_needs_person;
  return exit_wait_over;
}

}  // namespace sagaloom::app
