#include "runtime/steps/deadlines.h"

namespace sagaloom::steps {

Deadlines::Deadlines() : thread_([this] { run(); }) {}

Deadlines::~Deadlines() {
  stop();
}

void Deadlines::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Deadlines::Entry Deadlines::arm(Clock::time_point when, std::function<void()> callback) {
  std::lock_guard lock(mutex_);
  const Entry entry{when, ++next_};
  const bool first = entries_.empty() || entry < entries_.begin()->first;
  entries_.emplace(entry, std::move(callback));
  if (first) changed_.notify_all();
  return entry;
}

void Deadlines::disarm(const Entry& entry) {
  std::lock_guard lock(mutex_);
  entries_.erase(entry);
}

void Deadlines::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (entries_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const Clock::time_point next = entries_.begin()->first.first;
    if (Clock::now() < next) {
      changed_.wait_until(lock, next);
      continue;
    }
    const std::function<void()> callback = std::move(entries_.begin()->second);
    entries_.erase(entries_.begin());
    lock.unlock();
    callback();
    lock.lock();
  }
}

}  // namespace sagaloom::steps
