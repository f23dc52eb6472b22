#include <algorithm>
#include <utility>

#include "tests/bench/load.h"

namespace sagaloom::bench {
namespace {

using Clock = std::chrono::steady_clock;

double part_of(std::vector<float>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

LoadClock::LoadClock(const LoadOptions& options)
    : options_(options), begin_(Clock::now() + options.warm_up), end_(begin_ + options.run_for) {}

void LoadClock::turn(Time now) {
  if (!begun_ && now >= begin_) {
    begun_ = true;
    if (options_.on_begin) options_.on_begin();
  }
  if (begun_ && !over_ && now >= end_) {
    over_ = true;
    stopped_ = now;
    if (options_.on_end) options_.on_end();
  }
}

bool LoadClock::ended(Time begun, std::string wrong) {
  const Time now = Clock::now();
  if (!wrong.empty() && result_.wrong++ == 0) result_.what = std::move(wrong);
  if (begun_ && !over_) {
    ++result_.sagas;
    latencies_ms_.push_back(std::chrono::duration<float, std::milli>(now - begun).count());
  }
  turn(now);
  return !over_ && result_.wrong == 0;
}

LoadResult LoadClock::result() {
  std::sort(latencies_ms_.begin(), latencies_ms_.end());
  if (!over_) turn(std::max(Clock::now(), end_));  // it was cut short by a wrong one
  result_.seconds = std::max(1e-9, std::chrono::duration<double>(stopped_ - begin_).count());
  result_.p50_ms = part_of(latencies_ms_, 0.5);
  result_.p99_ms = part_of(latencies_ms_, 0.99);
  return result_;
}

}  // namespace sagaloom::bench
