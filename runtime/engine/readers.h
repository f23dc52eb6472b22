// Threads for blocking reads of the Lookup port, so that no caller and no engine thread blocks.
// Lifecycle: `stop` ends them; reads that did not begin vanish. Threads: put from any.
// Limits: at most `limit` reads wait; put answers false when it is full.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sagaloom::engine {

class Readers {
 public:
  Readers(std::size_t threads, std::size_t limit);
  ~Readers();
  bool put(std::function<void()> read);
  void stop();

 private:
  void loop();
  std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> reads_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sagaloom::engine
