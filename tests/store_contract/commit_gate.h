// Holds back commits that pass through it: for stores whose clients are threads of the test.
// Threads: any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace sagaloom::tests {

class CommitGate {
 public:
  ~CommitGate() { release(); }

  void hold_next() {
    const std::lock_guard lock(mutex_);
    ++wanted_;
  }

  // Called by each commit.
  void enter() {
    std::unique_lock lock(mutex_);
    if (wanted_ == 0) return;
    --wanted_;
    ++held_;
    const int round = round_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return round_ != round; });
  }

  bool wait_until_held(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return held_ >= count; });
  }

  void release() {
    const std::lock_guard lock(mutex_);
    ++round_;
    wanted_ = held_ = 0;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int wanted_ = 0, held_ = 0, round_ = 0;
};

}  // namespace sagaloom::tests
