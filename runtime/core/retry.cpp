#include "runtime/core/retry.h"

#include <algorithm>
#include <cmath>

#include "runtime/core/verdict.h"

namespace sagaloom::core {

Duration backoff_delay(const RetryPolicy& policy, std::uint32_t counted, double draw) {
  const double exponent = counted > 1 ? counted - 1 : 0;
  const double limit = static_cast<double>(policy.max_delay.count());
  const double full = std::min(
      limit, static_cast<double>(policy.initial.count()) * std::pow(policy.factor, exponent));
  double delay = full;
  if (policy.jitter == Jitter::full) delay = draw * full;
  if (policy.jitter == Jitter::equal) delay = full / 2 + draw * full / 2;
  return Duration(static_cast<std::int64_t>(delay));
}

bool lets_through(const RetryPolicy& policy, std::string_view code) {
  if (!policy.only.empty() && !matches_any(policy.only, code)) return false;
  return !matches_any(policy.except, code);
}

std::optional<Time> next_attempt(const RetryPolicy& policy, const Try& budget,
                                 const NextAttempt& when) {
  if (policy.max_attempts && budget.counted >= *policy.max_attempts) return std::nullopt;
  const Duration delay = std::max(backoff_delay(policy, budget.counted, when.draw), when.at_least);
  const Time due = when.now + delay;
  if (policy.max_elapsed && due > budget.first_at + *policy.max_elapsed) return std::nullopt;
  if (when.end && due > *when.end) return std::nullopt;
  return due;
}

}  // namespace sagaloom::core
