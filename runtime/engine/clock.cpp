#include "runtime/engine/clock.h"

#include <chrono>
#include <time.h>

namespace sagaloom::engine {

namespace {
constexpr std::int64_t step_back_ms = 5'000;
}

core::Duration boot_time() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return core::Duration{now.tv_sec * 1'000 + now.tv_nsec / 1'000'000};
}

StoreClock::StoreClock() {
  const auto system = std::chrono::system_clock::now().time_since_epoch();
  offset_ms_ = (std::chrono::duration_cast<core::Duration>(system) - boot_time()).count();
}

core::Time StoreClock::now() const {
  const std::int64_t now = boot_time().count() + offset_ms_.load(std::memory_order_relaxed);
  std::int64_t last = last_ms_.load(std::memory_order_relaxed);
  while (now > last && !last_ms_.compare_exchange_weak(last, now, std::memory_order_relaxed)) {
  }
  return core::Time{core::Duration{now > last ? now : last}};
}

void StoreClock::set(core::Time store_now, core::Duration boot) {
  const std::int64_t offset = (store_now.time_since_epoch() - boot).count();
  const std::int64_t now = boot_time().count() + offset;
  if (last_ms_ > now + step_back_ms) last_ms_ = now;
  offset_ms_ = offset;
}

}  // namespace sagaloom::engine
