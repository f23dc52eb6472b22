// The one user of the Journal: commits what the shards offer, and runs the jobs that read it.
//
// No linger: a commit takes whatever was offered while the last one was under way, within the
// budget. CommitFlow decides what an outcome means; here is only the waiting and the calling.
// Lifecycle: `start`, then offers and jobs, then `stop` (batches that are not decided are given up,
// as in a crash). Threads: one of its own; offer and run_job from any. Errors: a StoreError ends no
// thread; it is shown by `trouble` and tried again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/engine/commit_flow.h"
#include "runtime/engine/observer.h"

namespace sagaloom::engine {

class Committer {
 public:
  // Runs on the committer's thread. A StoreError that it throws makes it run again later.
  using Job = std::function<void(Journal&)>;
  using Deliver = std::function<void(std::vector<CommitVerdict>)>;
  struct Options {
    std::size_t rows = 2'000;
    std::size_t bytes = 4u << 20;
    std::size_t shards = 0;  // per commit; 0: all
  };

  Committer(Journal& journal, Options options, std::shared_ptr<Observer> observer, Deliver deliver);
  ~Committer();

  void start();
  void stop();
  void offer(BatchPointer batch);
  void run_job(Job job);
  // What has been wrong with the store for a second, for people; empty: nothing.
  std::string trouble() const;
  // Nothing offered, nothing under way.
  bool idle() const;

 private:
  void loop();
  std::vector<BatchPointer> take_batches();
  void commit(std::vector<BatchPointer> batches);
  void advance(CommitFlow& flow);
  void commit_once(CommitFlow& flow);
  void run(const Job& job);
  bool pause(core::Duration span);  // false: stop
  void set_trouble(std::string what);

  Journal& journal_;
  Options options_;
  std::shared_ptr<Observer> observer_;
  Deliver deliver_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<BatchPointer> offered_;
  std::deque<Job> jobs_;
  std::string trouble_;
  std::chrono::steady_clock::time_point trouble_since_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sagaloom::engine
