#include "sdk/guard/database.h"

namespace sagaloom::sdk {
inline namespace v1 {

Outcome outcome_of(const DatabaseError& problem) {
  switch (problem.kind) {
    case DatabaseError::Kind::busy:
      return Outcome::retryable("database.busy", problem.what());
    case DatabaseError::Kind::unavailable:
      return Outcome::retryable("database.unavailable", problem.what());
    case DatabaseError::Kind::failed:
      break;
  }
  Outcome outcome = Outcome::fatal("database.failed", problem.what());
  outcome.no_effect_made = true;
  return outcome;
}

}  // namespace v1
}  // namespace sagaloom::sdk
