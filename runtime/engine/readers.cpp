#include "runtime/engine/readers.h"

namespace sagaloom::engine {

Readers::Readers(std::size_t threads, std::size_t limit) : limit_(limit) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

Readers::~Readers() {
  stop();
}

bool Readers::put(std::function<void()> read) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || reads_.size() >= limit_) return false;
    reads_.push_back(std::move(read));
  }
  wake_.notify_one();
  return true;
}

void Readers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Readers::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || !reads_.empty(); });
    if (stopping_) return;
    std::function<void()> read = std::move(reads_.front());
    reads_.pop_front();
    lock.unlock();
    read();
    lock.lock();
  }
}

}  // namespace sagaloom::engine
