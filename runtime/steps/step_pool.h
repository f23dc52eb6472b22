// A bounded pool of threads for the blocking steps of one plugin.
//
// Lifecycle: threads start with the first tasks, at most `threads`; stop() ends them. A thread that
// is stuck inside a plugin cannot be ended: it is left behind and finds everything it needs, since
// the pool's state is shared with its threads. Threads: any. When the queue is full `offer` says
// no.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace sagaloom::steps {

class StepPool {
 public:
  StepPool(std::size_t threads, std::size_t queue_limit);
  ~StepPool();  // stop(0)
  StepPool(const StepPool&) = delete;

  // False: the queue is full, or the pool is stopped; the task is not kept.
  bool offer(std::function<void()> task);
  // Before the first task.
  void limit_threads(std::size_t threads);
  // Drops what is queued and ends the threads; false: some were still busy after the limit.
  bool stop(std::chrono::milliseconds limit);

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace sagaloom::steps
