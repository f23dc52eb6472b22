#include "runtime/observe/rate_limit.h"

#include <algorithm>
#include <utility>

namespace sagaloom::observe {

RateLimit::Bucket& RateLimit::bucket(std::string_view cause, std::int64_t now_ms) {
  if (const auto known = buckets_.find(cause); known != buckets_.end()) return known->second;
  const bool room = buckets_.size() < cause_limit;
  const auto [entry, fresh] = buckets_.try_emplace(room ? std::string(cause) : "(others)");
  if (fresh) entry->second = {.tokens = burst_, .filled_ms = now_ms};
  return entry->second;
}

std::optional<std::uint64_t> RateLimit::allow(std::string_view cause, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  Bucket& own = bucket(cause, now_ms);
  const double seconds =
      static_cast<double>(std::max<std::int64_t>(now_ms - own.filled_ms, 0)) / 1e3;
  own.tokens = std::min(burst_, own.tokens + seconds * per_second_);
  own.filled_ms = now_ms;
  if (own.tokens < 1) {
    ++own.held_back;
    ++held_back_;
    return std::nullopt;
  }
  own.tokens -= 1;
  return std::exchange(own.held_back, 0);
}

std::uint64_t RateLimit::held_back() const {
  const std::lock_guard lock(mutex_);
  return held_back_;
}

}  // namespace sagaloom::observe
