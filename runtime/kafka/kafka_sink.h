// The event sink over Apache Kafka: every message is handed to the brokers in the order of `send`,
// until it is acknowledged by all in-sync replicas or definitely refused.
//
// What it keeps: the messages in its window, encoded, until each is answered; so it can build a new
// producer and send again when librdkafka declares the old one dead (which 2.0.2 does after some
// disconnects). A re-send repeats ids and order: a reader that drops seen ids sees each key's
// messages once and in order.
//
// Lifecycle: `open`, then `send`; the destructor ends at once and answers nothing more: what was
// not acknowledged stays unknown to the caller, who sends it again after a restart. `flush` first
// to wait. Threads: one of its own does all work with librdkafka and calls `acknowledge`; every
// public function may be called from any thread. An acknowledgement may call `send`. Errors:
// brokers away, leaders moving, a dead producer: retried for ever, shown by `health`. A message
// that is too large or malformed: `refused`. A topic that does not exist or is not allowed: tried
// for `refuse_after`, then its messages are refused until one goes through; other topics go on.
// Source: librdkafka INTRODUCTION.md (idempotent producer, message timeouts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/engine/event_sink.h"
#include "runtime/engine/observer.h"
#include "runtime/expression/result.h"

namespace sagaloom::kafka {

struct KafkaConfig {
  std::string brokers;               // host:port,host:port
  std::string source = "/sagaloom";  // ce_source, a URI reference
  std::string client_id = "sagaloom";
  std::size_t window_messages = 10'000;
  std::size_t window_bytes = 16u << 20;
  std::size_t max_message_bytes = 1'000'000;  // at most the topics' max.message.bytes
  core::Duration linger{2};
  core::Duration refuse_after{60'000};
  // False: topics exist or the broker creates them. True: each topic is asked for before its first
  // message, with `partitions` and `replication` (-1: the broker's defaults).
  bool create_topics = false;
  int partitions = -1;
  int replication = -1;
  // Given to librdkafka as they are: security.*, sasl.*, ssl.*, socket.*, compression.*, debug, …
  std::vector<std::pair<std::string, std::string>> properties;
};

struct KafkaCounters {
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t rebuilds = 0;  // producers built after the first
  std::uint64_t resent = 0;    // messages handed to librdkafka again
  std::uint64_t in_flight = 0;
  std::uint64_t in_flight_bytes = 0;
};

class KafkaSink : public engine::EventSink {
 public:
  // `kafka.config`: a property that librdkafka does not know or that would break the promises
  // above. Brokers need not be reachable. `observer` may be null.
  static expression::Result<std::unique_ptr<KafkaSink>> open(
      KafkaConfig config, std::shared_ptr<engine::Observer> observer = nullptr);
  ~KafkaSink() override;

  bool send(const engine::Message& message, Acknowledge acknowledge) override;
  // Returns when the window is empty, or after `limit`.
  void flush(core::Duration limit) override;
  std::string health() const override;

  KafkaCounters counters() const;
  // Makes librdkafka declare the producer dead, as a disconnect can: an exercise for operators and
  // tests of what happens then. Loses nothing.
  void rehearse_fatal_error();

 private:
  class Worker;
  explicit KafkaSink(std::unique_ptr<Worker> worker);
  std::unique_ptr<Worker> worker_;
};

}  // namespace sagaloom::kafka
