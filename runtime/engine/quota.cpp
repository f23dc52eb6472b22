#include "runtime/engine/quota.h"

#include <algorithm>
#include <cmath>

namespace sagaloom::engine {

int StartQuota::take(const std::string& workflow, core::Duration now) {
  if (per_second_ == 0) return 0;
  const double room = 2 * per_second_;
  const std::lock_guard lock(mutex_);
  const auto [it, fresh] = buckets_.try_emplace(workflow, Bucket{room, now});
  Bucket& bucket = it->second;
  const double passed = static_cast<double>((now - bucket.filled_at).count()) / 1'000;
  bucket.tokens = std::min(room, bucket.tokens + std::max(passed, 0.0) * per_second_);
  bucket.filled_at = std::max(now, bucket.filled_at);
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  return std::max(1, static_cast<int>(std::ceil((1 - bucket.tokens) / per_second_)));
}

}  // namespace sagaloom::engine
