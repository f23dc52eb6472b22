// One thread that runs blocking jobs one after another, so that io threads never wait.
//
// Lifecycle: the thread starts with the first job; `stop` runs what is queued, then ends it.
// Limits: at most `limit` jobs wait; `run` answers false when full.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sagaloom::http {

class Worker {
 public:
  explicit Worker(std::size_t limit) : limit_(limit) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool run(std::function<void()> job);
  // Runs what is queued, ends the thread; afterwards `run` answers false. Not from a job.
  void stop();

 private:
  void work();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace sagaloom::http
