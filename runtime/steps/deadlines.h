// One thread that says when a time has come. Threads: all functions from any thread; the callback
// runs on the thread of this object and must be short. Lifecycle: stop() (or the destructor) waits
// for a callback that runs; nothing fires afterwards. Bounded by the calls in flight: every entry
// is one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace sagaloom::steps {

class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;
  // A place in the order; the number keeps equal times apart.
  using Entry = std::pair<Clock::time_point, std::uint64_t>;

  Deadlines();
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;

  Entry arm(Clock::time_point when, std::function<void()> callback);
  // Does nothing when the callback has run or runs just now.
  void disarm(const Entry& entry);
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Entry, std::function<void()>> entries_;
  std::uint64_t next_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sagaloom::steps
