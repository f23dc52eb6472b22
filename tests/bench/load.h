// Closed loops of benchmark sagas: so many in flight, each begun when one before it has ended.
//
// Lifecycle: a call; it returns when no saga is in flight any more. Threads: the caller's. Errors:
// std::runtime_error when nothing ends for a minute; a saga that ends otherwise than COMPLETED, or
// is refused, is counted in `wrong`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "runtime/engine/engine.h"

namespace sagaloom::bench {

struct LoadOptions {
  std::size_t in_flight = 1;
  std::chrono::milliseconds warm_up{500};  // its sagas are not counted
  std::chrono::milliseconds run_for{5'000};
  std::function<void()> on_begin, on_end;  // of the measured time
};

struct LoadResult {
  std::int64_t sagas = 0;  // ended in the measured time
  std::int64_t wrong = 0;  // at any time
  std::string what;        // of the first wrong one
  double seconds = 0, p50_ms = 0, p99_ms = 0;

  double per_second() const { return static_cast<double>(sagas) / seconds; }
};

// Through Engine::start and Engine::wait.
LoadResult load_engine(engine::Engine& engine, const LoadOptions& options);
// Through POST on the workflow's route with `Prefer: wait`, on one kept connection for each saga.
LoadResult load_rest(std::uint16_t port, const LoadOptions& options);

// What both loops share: when it began, what counts, the latencies.
class LoadClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit LoadClock(const LoadOptions& options);
  // A saga that began then has ended; `wrong` empty: as it should. Whether to begin another.
  bool ended(Time begun, std::string wrong);
  LoadResult result();

 private:
  void turn(Time now);

  const LoadOptions& options_;
  const Time begin_, end_;  // of the measured time
  Time stopped_{};
  bool begun_ = false, over_ = false;
  LoadResult result_;
  std::vector<float> latencies_ms_;
};

}  // namespace sagaloom::bench
