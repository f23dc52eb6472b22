#include "runtime/kafka/window.h"

#include <cassert>

namespace sagaloom::kafka {

bool Window::admit(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const bool fits = counters_.in_flight == 0 || (counters_.in_flight < messages_ &&
                                                 counters_.in_flight_bytes + bytes <= bytes_);
  if (!fits) return false;
  ++counters_.in_flight;
  counters_.in_flight_bytes += bytes;
  return true;
}

bool Window::full() const {
  const std::lock_guard lock(mutex_);
  return counters_.in_flight >= messages_ || counters_.in_flight_bytes >= bytes_;
}

void Window::release(std::size_t bytes, bool refused) {
  const std::lock_guard lock(mutex_);
  assert(counters_.in_flight > 0 && counters_.in_flight_bytes >= bytes);
  --counters_.in_flight;
  counters_.in_flight_bytes -= bytes;
  ++(refused ? counters_.refused : counters_.acknowledged);
  ++being_answered_;
}

void Window::answered() {
  const std::lock_guard lock(mutex_);
  --being_answered_;
  if (counters_.in_flight == 0) empty_.notify_all();
}

void Window::count_rebuild() {
  const std::lock_guard lock(mutex_);
  ++counters_.rebuilds;
}

void Window::count_resent() {
  const std::lock_guard lock(mutex_);
  ++counters_.resent;
}

bool Window::wait_empty(core::Duration limit) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, limit,
                         [this] { return counters_.in_flight == 0 && being_answered_ == 0; });
}

KafkaCounters Window::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace sagaloom::kafka
