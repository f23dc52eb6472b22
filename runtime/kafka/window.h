// What the sink may hold: a limit in messages and bytes, and the count of what became of them.
// Threads: any. Full is answered by `admit` returning false; the caller tries again later.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "runtime/kafka/kafka_sink.h"

namespace sagaloom::kafka {

class Window {
 public:
  Window(std::size_t messages, std::size_t bytes) : messages_(messages), bytes_(bytes) {}

  // A single message larger than the whole window is admitted when nothing else is in it, so that
  // it is refused for its size by the one who knows.
  bool admit(std::size_t bytes);
  bool full() const;
  // Makes room. The answer is given next, so that it may lead to a `send`; `answered` follows it,
  // so that `wait_empty` returns after the last answer.
  void release(std::size_t bytes, bool refused);
  void answered();
  void count_rebuild();
  void count_resent();
  bool wait_empty(core::Duration limit);
  KafkaCounters counters() const;

 private:
  const std::size_t messages_;
  const std::size_t bytes_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  KafkaCounters counters_;
  std::size_t being_answered_ = 0;
};

}  // namespace sagaloom::kafka
