#include "runtime/engine/relay_thread.h"

#include <algorithm>
#include <utility>

#include "runtime/engine/failpoint.h"
#include "runtime/engine/shard_thread.h"

namespace sagaloom::engine {

namespace {

constexpr core::Duration longest_sleep{1'000};
constexpr core::Duration tell_interval{100};
constexpr core::Duration read_pause{1'000};
constexpr std::size_t sends_per_turn = 2'000;

}  // namespace

bool RelayThread::Door::put(std::function<void(RelayThread&)> task) {
  {
    const std::lock_guard lock(mutex);
    if (closed) return false;
    tasks.push_back(std::move(task));
  }
  wake.notify_one();
  return true;
}

RelayThread::RelayThread(Wiring& wiring, RelayOptions options)
    : wiring_(wiring), relay_(std::move(options)) {}

RelayThread::~RelayThread() {
  stop();
}

void RelayThread::start() {
  thread_ = std::thread([this] { loop(); });
}

void RelayThread::stop() {
  {
    const std::lock_guard lock(door_->mutex);
    door_->closed = true;
  }
  door_->wake.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RelayThread::own(ShardNumber shard, Seq published, Seq head) {
  door_->put([=](RelayThread& self) { self.relay_.own(shard, published, head); });
}

void RelayThread::drop(ShardNumber shard) {
  door_->put([=](RelayThread& self) { self.relay_.drop(shard); });
}

void RelayThread::committed(ShardNumber shard, std::vector<StoredRecord> rows) {
  entered_ += rows.size();
  door_->put([shard, rows = std::move(rows)](RelayThread& self) mutable {
    self.taken_now_ += rows.size();
    self.relay_.committed(shard, std::move(rows));
  });
}

void RelayThread::loop() {
  while (true) {
    {
      const std::lock_guard lock(door_->mutex);
      if (door_->closed) return;
    }
    take_tasks();
    read();
    send();
    tell();
  }
}

void RelayThread::take_tasks() {
  const core::Time now = wiring_.clock.now();
  core::Duration sleep = longest_sleep;
  if (untold_) sleep = tell_interval;
  const core::Time due = relay_.next_due();
  if (due != core::Time::max()) sleep = std::clamp(due - now, core::Duration{0}, sleep);
  std::vector<std::function<void(RelayThread&)>> tasks;
  {
    std::unique_lock lock(door_->mutex);
    if (door_->tasks.empty() && !busy_ && !door_->closed) {
      door_->wake.wait_for(lock, sleep, [&] { return door_->closed || !door_->tasks.empty(); });
    }
    tasks.swap(door_->tasks);
  }
  for (auto& task : tasks) task(*this);
}

// One shard whose rows can't be read must not keep the others from being read.
void RelayThread::read() {
  busy_ = false;
  const core::Time now = wiring_.clock.now();
  const std::optional<Relay::Read> wanted = relay_.read_wanted(now);
  if (!wanted) return;
  busy_ = true;
  try {
    std::vector<StoredRecord> rows;
    for (auto& [shard, row] :
         wiring_.ports.store.lookup->events({{wanted->shard, wanted->after}}, wanted->limit)) {
      rows.push_back(std::move(row));
    }
    relay_.on_read(*wanted, std::move(rows));
    unread_.erase(wanted->shard);
  } catch (const StoreError& error) {
    relay_.on_read_away(*wanted, now + read_pause);
    if (!unread_.insert(wanted->shard).second) return;
    wiring_.log("error", "relay.read_failed",
                "what shard " + std::to_string(wanted->shard) + " has to publish can't be read: " +
                    error.what() + "; it is tried again every second, other shards go on");
  }
}

void RelayThread::send() {
  const core::Time now = wiring_.clock.now();
  std::uint64_t count = 0;
  while (count < sends_per_turn) {
    const std::optional<Relay::Outgoing> outgoing = relay_.next(now);
    if (!outgoing || !hand_over(*outgoing)) break;
    relay_.sent(outgoing->tag);
    ++count;
  }
  if (count == sends_per_turn) busy_ = true;
  if (count > 0) wiring_.ports.observer->published(count);
}

bool RelayThread::hand_over(const Relay::Outgoing& outgoing) {
  return wiring_.ports.sink->send(
      *outgoing.message, [door = door_, tag = outgoing.tag](EventSink::Report report) {
        door->put([tag, report = std::move(report)](RelayThread& self) {
          SAGALOOM_FAILPOINT("ack_before_watermark");
          self.relay_.acknowledged(tag, report, self.wiring_.clock.now());
        });
      });
}

// ---------------------------------------------------------------- dead letters

void RelayThread::publish_again(const DeadLetterName& name, const core::SagaId& saga,
                                Message message, Published done) {
  const auto shared = std::make_shared<Message>(std::move(message));
  const bool open = door_->put(
      [name, saga, shared, done](RelayThread& self) { self.raise(name, saga, *shared, done); });
  if (!open) done(error_of(EngineError::Kind::overloaded, "draining", "this node goes down"));
}

void RelayThread::letter_gone(const DeadLetterName& name) {
  door_->put(
      [name](RelayThread& self) { self.relay_.letter_gone(name.shard, {name.seq, name.n}); });
}

void RelayThread::raise(const DeadLetterName& name, const core::SagaId& saga,
                        const Message& message, Published done) {
  const auto oldest = relay_.oldest_buried(saga, message.topic);
  if (oldest && *oldest != Relay::Place{name.seq, name.n}) {
    return done(error_of(EngineError::Kind::conflict, "dead_letter.order",
                         "message " + std::to_string(oldest->first) + "." +
                             std::to_string(oldest->second) +
                             " of the same saga on this topic comes first: settle it first"));
  }
  if (!rising_.insert(name).second) {
    return done(error_of(EngineError::Kind::unavailable, "dead_letter.under_way",
                         "the message is on its way to the broker already"));
  }
  const bool taken = wiring_.ports.sink->send(
      message, [door = door_, name, done](const EventSink::Report& report) {
        door->put([name, done, report](RelayThread& self) { self.raised(name, report, done); });
      });
  if (taken) return;
  rising_.erase(name);
  done(error_of(EngineError::Kind::overloaded, "inlet_full",
                "too many messages wait for the broker; try again shortly"));
}

void RelayThread::raised(const DeadLetterName& name, const EventSink::Report& report,
                         const Published& done) {
  rising_.erase(name);
  if (report.refused) {
    return done(error_of(EngineError::Kind::conflict, "dead_letter.refused",
                         "the broker refused the message again: " + report.reason));
  }
  relay_.letter_gone(name.shard, {name.seq, name.n});
  done(std::nullopt);
}

// Not for each acknowledgement: a shard's progress is written once a second anyway.
void RelayThread::tell() {
  gap_ = relay_.unpublished();
  taken_ = taken_now_;
  const core::Duration now = boot_time();
  untold_ = now - told_at_ < tell_interval && !wiring_.draining;
  if (untold_) return;
  told_at_ = now;
  for (Relay::Moved& moved : relay_.take_moved()) {
    wiring_.inlet_of(moved.shard)
        .put(ThreadTask([moved = std::move(moved)](ShardThread& thread) mutable {
          thread.published(moved.shard, moved.published, std::move(moved.dead_letters));
        }));
  }
}

}  // namespace sagaloom::engine
