#include "runtime/kafka/kafka_sink.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "runtime/kafka/pump.h"
#include "runtime/kafka/window.h"

namespace sagaloom::kafka {

namespace {

class WakeUp {
 public:
  WakeUp() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~WakeUp() { close(fd_); }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  int fd() const { return fd_; }
  void ring() const {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then it is ringing already.
    (void)!write(fd_, &one, sizeof one);
  }
  void clear() const {
    std::uint64_t count = 0;
    (void)!read(fd_, &count, sizeof count);
  }
  void wait_until(Clock::time_point due) const {
    using std::chrono::ceil, std::chrono::milliseconds;
    const auto wait = ceil<milliseconds>(due - Clock::now());
    pollfd entry{.fd = fd_, .events = POLLIN, .revents = 0};
    poll(&entry, 1, static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 1000)));
  }

 private:
  int fd_;
};

}  // namespace

class KafkaSink::Worker {
 public:
  Worker(KafkaConfig config, std::shared_ptr<engine::Observer> observer)
      : config_(std::move(config)),
        observer_(std::move(observer)),
        window_(config_.window_messages, config_.window_bytes) {}
  ~Worker() {
    stopping_ = true;
    wake_up_.ring();
    if (thread_.joinable()) thread_.join();
  }

  expression::Result<bool> start() {
    auto first = Producer::open(config_, observer_.get(), wake_up_.fd());
    if (!first) return first.error();
    pump_.emplace(config_, observer_.get(), window_, wake_up_.fd(), std::move(first).value());
    note_health();
    thread_ = std::thread([this] { run(); });
    return true;
  }

  bool send(const engine::Message& message, Acknowledge acknowledge) {
    if (window_.full()) return false;  // before the work of encoding
    Parcel parcel{.envelope = encode(message, config_.source),
                  .acknowledge = std::move(acknowledge)};
    parcel.bytes = parcel.envelope.bytes();
    if (!window_.admit(parcel.bytes)) return false;
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(parcel));
    if (inbox_.size() == 1) wake_up_.ring();
    return true;
  }

  void rehearse_fatal_error() {
    rehearsal_ = true;
    wake_up_.ring();
  }

  std::string health() const {
    const std::lock_guard lock(mutex_);
    return health_;
  }

  Window& window() { return window_; }

 private:
  // Drain first, then wait: what came before the wait has rung the bell that `clear` silenced.
  void run() {
    while (!stopping_) {
      wake_up_.clear();
      take_inbox();
      if (rehearsal_.exchange(false)) pump_->rehearse_fatal_error();
      const auto due = pump_->turn();
      note_health();
      wake_up_.wait_until(due);
    }
  }

  void take_inbox() {
    std::vector<Parcel> parcels;
    {
      const std::lock_guard lock(mutex_);
      parcels.swap(inbox_);
    }
    for (auto& parcel : parcels) pump_->take(std::move(parcel));
  }

  void note_health() {
    auto now = pump_->health();
    const std::lock_guard lock(mutex_);
    health_ = std::move(now);
  }

  const KafkaConfig config_;
  const std::shared_ptr<engine::Observer> observer_;
  WakeUp wake_up_;
  Window window_;
  std::optional<Pump> pump_;  // the thread's, once it runs
  std::atomic<bool> stopping_{false};
  std::atomic<bool> rehearsal_{false};
  mutable std::mutex mutex_;
  std::vector<Parcel> inbox_;
  std::string health_;
  std::thread thread_;
};

expression::Result<std::unique_ptr<KafkaSink>> KafkaSink::open(
    KafkaConfig config, std::shared_ptr<engine::Observer> observer) {
  auto worker = std::make_unique<Worker>(std::move(config), std::move(observer));
  if (auto started = worker->start(); !started) return started.error();
  return std::unique_ptr<KafkaSink>(new KafkaSink(std::move(worker)));
}

KafkaSink::KafkaSink(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
KafkaSink::~KafkaSink() = default;

bool KafkaSink::send(const engine::Message& message, Acknowledge acknowledge) {
  return worker_->send(message, std::move(acknowledge));
}

void KafkaSink::flush(core::Duration limit) {
  worker_->window().wait_empty(limit);
}

std::string KafkaSink::health() const {
  return worker_->health();
}

KafkaCounters KafkaSink::counters() const {
  return worker_->window().counters();
}

void KafkaSink::rehearse_fatal_error() {
  worker_->rehearse_fatal_error();
}

}  // namespace sagaloom::kafka
