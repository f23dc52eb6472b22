// The store's clock as estimated at the last lease renewal, and the lease itself; both run on
// CLOCK_BOOTTIME, which goes on while the machine sleeps.
// Threads: any. Units: milliseconds.
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/core/time.h"

namespace sagaloom::engine {

core::Duration boot_time();

// Stands still rather than going back a little (estimates differ by milliseconds), but follows a
// store whose clock was really set back: standing still for that long would stop every timer, and
// the rules never let a saga's own time go back. Before the first `set` it is the system's clock.
class StoreClock {
 public:
  StoreClock();
  core::Time now() const;
  void set(core::Time store_now, core::Duration boot);

 private:
  std::atomic<std::int64_t> offset_ms_;
  mutable std::atomic<std::int64_t> last_ms_{0};
};

// How long this node may make calls. Safety rests on the fence, never on this.
class Lease {
 public:
  // Renewed for `lease` by a request that was sent at `boot`; a quarter is kept as margin.
  void renewed(core::Duration boot, core::Duration lease) {
    until_ms_ = (boot + lease - lease / 4).count();
  }
  // For good: nothing is called any more, whatever is renewed.
  void end() { ended_ = true; }
  bool may_call() const {
    return !ended_.load(std::memory_order_relaxed) &&
           boot_time().count() < until_ms_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> until_ms_{0};
  std::atomic<bool> ended_{false};
};

}  // namespace sagaloom::engine
