#include "runtime/steps/step_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace sagaloom::steps {

struct StepPool::State {
  std::size_t thread_limit = 1;
  std::size_t queue_limit = 1;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> queue;
  std::size_t threads = 0;  // alive
  std::size_t idle = 0;
  bool stopping = false;
};

StepPool::StepPool(std::size_t threads, std::size_t queue_limit)
    : state_(std::make_shared<State>()) {
  state_->thread_limit = threads;
  state_->queue_limit = queue_limit;
}

StepPool::~StepPool() {
  stop(std::chrono::milliseconds(0));
}

bool StepPool::offer(std::function<void()> task) {
  std::lock_guard lock(state_->mutex);
  if (state_->stopping || state_->queue.size() >= state_->queue_limit) return false;
  state_->queue.push_back(std::move(task));
  const bool all_busy = state_->queue.size() > state_->idle;
  if (all_busy && state_->threads < state_->thread_limit) {
    ++state_->threads;
    std::thread([state = state_] { run(state); }).detach();
  } else {
    state_->changed.notify_one();
  }
  return true;
}

void StepPool::limit_threads(std::size_t threads) {
  std::lock_guard lock(state_->mutex);
  state_->thread_limit = threads;
}

bool StepPool::stop(std::chrono::milliseconds limit) {
  std::deque<std::function<void()>> dropped;  // destroyed without the lock
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  dropped.swap(state_->queue);
  state_->changed.notify_all();
  return state_->changed.wait_for(lock, limit, [this] { return state_->threads == 0; });
}

void StepPool::run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (true) {
    ++state->idle;
    state->changed.wait(lock, [&] { return state->stopping || !state->queue.empty(); });
    --state->idle;
    if (state->stopping) break;
    std::function<void()> task = std::move(state->queue.front());
    state->queue.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it held goes before the lock is taken
    lock.lock();
  }
  --state->threads;
  state->changed.notify_all();
}

}  // namespace sagaloom::steps
