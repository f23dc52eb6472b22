#include "runtime/engine/inlet.h"

#include <iterator>

namespace sagaloom::engine {

bool Inlet::put(Arrival arrival) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    arrivals_.push_back(std::move(arrival));
    wake = std::exchange(waiting_, false);
  }
  if (wake) wake_.notify_one();
  return true;
}

bool Inlet::put_all(std::vector<Arrival> arrivals) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    arrivals_.insert(arrivals_.end(), std::make_move_iterator(arrivals.begin()),
                     std::make_move_iterator(arrivals.end()));
    wake = std::exchange(waiting_, false);
  }
  if (wake) wake_.notify_one();
  return true;
}

// What had arrived is destroyed outside the lock: its completions may come back here.
void Inlet::close() {
  std::vector<Arrival> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(arrivals_);
  }
  wake_.notify_all();
}

bool Inlet::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void Inlet::take(std::vector<Arrival>& into, core::Duration limit) {
  into.clear();
  std::unique_lock lock(mutex_);
  if (arrivals_.empty() && !closed_ && limit.count() > 0) {
    waiting_ = true;
    wake_.wait_for(lock, limit, [&] { return closed_ || !arrivals_.empty(); });
    waiting_ = false;
  }
  into.swap(arrivals_);
}

}  // namespace sagaloom::engine
