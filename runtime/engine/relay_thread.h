// Drives the Relay: its own thread between committed rows, the sink and the Lookup port.
// Lifecycle: `start`, `stop`; acknowledgements that come later vanish. Threads: one of its own;
// own, drop and committed from any. Errors: a store that is away is asked again after a second.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "runtime/engine/relay.h"
#include "runtime/engine/wiring.h"

namespace sagaloom::engine {

class RelayThread {
 public:
  RelayThread(Wiring& wiring, RelayOptions options);
  ~RelayThread();
  void start();
  void stop();

  void own(ShardNumber shard, Seq published, Seq head);
  void drop(ShardNumber shard);
  void committed(ShardNumber shard, std::vector<StoredRecord> rows);

  // Publishes the message of a dead letter again. `done` gets nothing once the broker has it, else
  // why not: dead_letter.order, .refused (409), .under_way (503), inlet_full (503).
  using Published = std::function<void(std::optional<EngineError>)>;
  void publish_again(const DeadLetterName& name, const core::SagaId& saga, Message message,
                     Published done);
  void letter_gone(const DeadLetterName& name);

  // Rows; never less than there are.
  std::uint64_t unpublished() const {
    const std::uint64_t taken = taken_.load();
    return gap_.load() + entered_.load() - taken;
  }

 private:
  struct Door {  // outlives the thread, since a sink may acknowledge late
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<std::function<void(RelayThread&)>> tasks;
    bool closed = false;
    bool put(std::function<void(RelayThread&)> task);  // false: closed
  };

  void loop();
  void take_tasks();
  void read();
  void send();
  void tell();
  bool hand_over(const Relay::Outgoing& outgoing);
  void raise(const DeadLetterName& name, const core::SagaId& saga, const Message& message,
             Published done);
  void raised(const DeadLetterName& name, const EventSink::Report& report, const Published& done);

  Wiring& wiring_;
  Relay relay_;
  std::shared_ptr<Door> door_ = std::make_shared<Door>();
  std::atomic<std::uint64_t> entered_{0};  // rows that were given to `committed`
  std::atomic<std::uint64_t> taken_{0};    // … and are counted in `gap_`
  std::atomic<std::uint64_t> gap_{0};
  std::uint64_t taken_now_ = 0;
  std::set<ShardNumber> unread_;     // whose last read failed
  std::set<DeadLetterName> rising_;  // on their way to the broker again
  core::Duration told_at_{0};
  bool untold_ = false;
  bool busy_ = false;  // there is more to do at once
  std::thread thread_;
};

}  // namespace sagaloom::engine
