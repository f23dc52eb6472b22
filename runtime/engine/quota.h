// How many sagas of one workflow may be started each second: a token bucket for each, with room for
// two seconds' worth, so that a burst is taken and a flood is not.
//
// Lifecycle: of the engine; buckets are made for registered workflows only, so there are never more
// than these. Threads: any. Units: seconds of boot time in, whole seconds to wait out.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "runtime/core/time.h"

namespace sagaloom::engine {

class StartQuota {
 public:
  // 0: there is no quota.
  explicit StartQuota(std::uint32_t per_second) : per_second_(per_second) {}

  // Takes one. 0: it may start; otherwise after how many seconds the next may.
  int take(const std::string& workflow, core::Duration now);

 private:
  struct Bucket {
    double tokens = 0;
    core::Duration filled_at{};
  };
  const double per_second_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace sagaloom::engine
