#include "runtime/engine/runtime.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace sagaloom::engine {

namespace {

constexpr std::size_t reader_threads = 2;
constexpr std::size_t reads_waiting = 4'096;
constexpr core::Duration look_pause{2};
constexpr core::Duration last_writes{2'000};
constexpr std::size_t row_slack = 10;

// Never null, so that nobody has to ask.
std::shared_ptr<Observer> present(std::shared_ptr<Observer> observer) {
  return observer ? std::move(observer) : std::make_shared<Observer>();
}

// Every shard of this store is a thread of this process or of another node; those of others are not
// reached from here, and the caller repeats until the shard is.
class LocalShards : public BetweenShards {
 public:
  explicit LocalShards(Wiring& wiring) : wiring_(wiring) {}

  void call(ShardCall call, Reply reply) override {
    const ShardNumber target = target_of(call, wiring_.store.shards);
    if (!wiring_.board[target].owned) return reply({.again = true});
    wiring_.inlet_of(target).put(
        ThreadTask([target, call = std::move(call), reply = std::move(reply)](ShardThread& thread) {
          thread.called(target, call, reply);
        }));
  }

 private:
  Wiring& wiring_;
};

}  // namespace

Engine::Runtime::Runtime(EnginePorts ports, EngineOptions options)
    : quota_(options.starts_per_second) {
  wiring_.ports = std::move(ports);
  wiring_.options = std::move(options);
  wiring_.ports.observer = present(std::move(wiring_.ports.observer));
  wiring_.store = wiring_.ports.store.catalog->identity();
  wiring_.board = std::vector<ShardFacts>(wiring_.store.shards);
  const std::size_t threads =
      std::clamp<std::size_t>(wiring_.options.threads, 1, wiring_.store.shards);
  for (std::size_t i = 0; i < threads; ++i) wiring_.inlets.push_back(std::make_shared<Inlet>());
  Committer::Options limits;
  limits.rows = wiring_.options.batch_rows + row_slack;
  limits.bytes = wiring_.options.batch_bytes;
  limits.shards = wiring_.options.shards_per_commit;
  wiring_.committer =
      std::make_unique<Committer>(*wiring_.ports.store.journal, limits, wiring_.ports.observer,
                                  [this](std::vector<CommitVerdict> verdicts) {
                                    for (CommitVerdict& verdict : verdicts) {
                                      const ShardNumber shard = verdict.batch->rows.shard;
                                      wiring_.inlet_of(shard).put(std::move(verdict));
                                    }
                                  });
  wiring_.between = std::make_shared<LocalShards>(wiring_);
  wiring_.readers = std::make_unique<Readers>(reader_threads, reads_waiting);
  if (wiring_.ports.sink) {
    RelayOptions relay;
    relay.store_id = wiring_.store.store_id;
    relay.ring_bytes = wiring_.options.ring_bytes;
    wiring_.relay = std::make_unique<RelayThread>(wiring_, relay);
  }
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<ShardThread>(wiring_, i));
  }
  ownership_ = std::make_unique<Ownership>(wiring_, [this] { set_gauges(); });
}

Engine::Runtime::~Runtime() {
  stop();
}

void Engine::Runtime::run() {
  wiring_.committer->start();
  if (wiring_.relay) wiring_.relay->start();
  for (auto& thread : threads_) thread->start();
  ownership_->begin();
}

// As abrupt as a crash, and as safe.
void Engine::Runtime::stop() {
  if (std::exchange(stopped_, true)) return;
  ownership_->stop();
  for (auto& thread : threads_) thread->stop();
  wiring_.committer->stop();
  if (wiring_.relay) wiring_.relay->stop();
  wiring_.readers->stop();
}

void Engine::Runtime::set_gauges() {
  const EngineHealth now = health();
  wiring_.ports.observer->gauges(now.live, now.parked, now.unpublished, now.shards_owned);
}

EngineHealth Engine::Runtime::health() const {
  EngineHealth health;
  health.draining = wiring_.draining;
  health.store = wiring_.committer->trouble();
  if (health.store.empty()) health.store = ownership_->trouble();
  if (wiring_.ports.sink) health.sink = wiring_.ports.sink->health();
  health.shards = wiring_.store.shards;
  for (const ShardFacts& facts : wiring_.board) {
    if (facts.unreadable) ++health.shards_unreadable;
    if (!facts.owned) continue;
    ++health.shards_owned;
    health.live += facts.live;
    health.parked += facts.parked;
  }
  if (wiring_.relay) health.unpublished = wiring_.relay->unpublished();
  health.ready = health.shards_owned > 0 && health.store.empty() && !health.draining;
  return health;
}

// ---------------------------------------------------------------- drain

template <typename Condition>
bool Engine::Runtime::wait_until(core::Duration deadline, Condition condition) const {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (!condition()) {
    if (boot_time() >= deadline) return false;
    never.wait_for(lock, look_pause);
  }
  return true;
}

bool Engine::Runtime::quiet() const {
  const bool settled = std::all_of(wiring_.board.begin(), wiring_.board.end(),
                                   [](const ShardFacts& f) { return !f.owned || f.settled; });
  return settled && wiring_.committer->idle();
}

// Sagas go on while there is time; an intent that is committed should also be called.
bool Engine::Runtime::drain(core::Duration limit) {
  const core::Duration deadline = boot_time() + limit;
  wiring_.draining = true;
  const auto no_calls = [this] {
    return std::all_of(wiring_.board.begin(), wiring_.board.end(),
                       [](const ShardFacts& f) { return !f.owned || f.calls == 0; });
  };
  bool clean = wait_until(deadline, [&] { return no_calls() && quiet(); });
  wiring_.lease->end();  // what is decided from now on is called by the next owner
  wiring_.ports.steps->drain(std::max(deadline - boot_time(), core::Duration{0}));
  clean =
      wait_until(std::max(deadline, boot_time() + last_writes), [&] { return quiet(); }) && clean;
  if (wiring_.relay) {
    wiring_.ports.sink->flush(std::max(deadline - boot_time(), core::Duration{0}));
    clean = wait_until(deadline, [&] { return wiring_.relay->unpublished() == 0; }) && clean;
  }
  for (const auto& inlet : wiring_.inlets) {
    inlet->put(ThreadTask([](ShardThread& thread) { thread.finish(); }));
  }
  const auto written = [this] {
    return std::all_of(wiring_.board.begin(), wiring_.board.end(),
                       [](const ShardFacts& f) { return !f.owned || f.progress_written; });
  };
  wait_until(boot_time() + last_writes, [&] { return quiet() && written(); });
  ownership_->stop();
  ownership_->release(last_writes);
  return clean;
}

}  // namespace sagaloom::engine
