// The way into an engine thread: a queue under a cheap lock. What may be refused was refused
// before; what is in here was paid for (completions, verdicts) or is bounded by its shard.
//
// Lifecycle: shared; `close` makes later arrivals vanish, as in a crash. Threads: put from any,
// take from one.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <variant>
#include <vector>

#include "runtime/engine/commit_flow.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

class ShardThread;

struct Submitted {
  ShardNumber shard = 0;
  Start start;
};
struct Completed {
  core::SagaId saga;
  core::Event event;
};
using ThreadTask = std::function<void(ShardThread&)>;
using Arrival = std::variant<Completed, Submitted, CommitVerdict, ThreadTask>;

class Inlet {
 public:
  // False: closed.
  bool put(Arrival arrival);
  bool put_all(std::vector<Arrival> arrivals);
  void close();
  bool closed() const;
  // Swaps what has arrived into `into` (cleared first); waits at most so long for something.
  void take(std::vector<Arrival>& into, core::Duration limit);

 private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Arrival> arrivals_;
  bool waiting_ = false;
  bool closed_ = false;
};

}  // namespace sagaloom::engine
