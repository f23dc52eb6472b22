// Arithmetic of retry policies: pure, in milliseconds.
#pragma once

#include <optional>

#include "runtime/core/definition.h"
#include "runtime/core/saga.h"

namespace sagaloom::core {

// d = min(max_delay, initial * factor^n), n = counted attempts - 1, jittered by `draw` in [0, 1).
Duration backoff_delay(const RetryPolicy& policy, std::uint32_t counted, double draw);

// Whether the policy lets a failure with this code be tried again at all.
bool lets_through(const RetryPolicy& policy, std::string_view code);

// When the next attempt is due; nullopt: the policy has ended, because its number is used up or the
// attempt could not start before `end` (the earliest of max_elapsed, total, deadline).
struct NextAttempt {
  Time now{};
  Duration at_least{0};  // the participant's retry_after
  double draw = 0;
  std::optional<Time> end;
};
std::optional<Time> next_attempt(const RetryPolicy& policy, const Try& budget,
                                 const NextAttempt& when);

}  // namespace sagaloom::core
