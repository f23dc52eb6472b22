// The event source over Apache Kafka: one consumer of a group, offsets committed by hand.
//
// A record's offset is stored once it and every record before it in its partition are taken, and
// committed about once a second. At most `window` records are under way; beyond it the partitions
// are paused. A record that was not taken makes its partition wait until nothing of it is under
// way, and then be read again from that record.
// Lifecycle, threads, order: event_source.h; one thread of its own does all work with librdkafka.
// Errors: `kafka.config` at open; brokers away and rebalances are librdkafka's to overcome.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/engine/event_source.h"
#include "runtime/engine/observer.h"
#include "runtime/expression/result.h"

namespace sagaloom::kafka {

struct KafkaSourceConfig {
  std::string brokers;
  std::string group;  // sagaloom.<store id>
  std::string client_id = "sagaloom";
  std::size_t window = 500;
  std::vector<std::pair<std::string, std::string>> properties;  // as KafkaConfig's
};

class KafkaSource final : public engine::EventSource {
 public:
  static expression::Result<std::unique_ptr<KafkaSource>> open(
      KafkaSourceConfig config, std::shared_ptr<engine::Observer> observer = nullptr);
  ~KafkaSource() override;

  void start(std::function<std::vector<std::string>()> topics, Sink sink) override;
  void stop() override;
  std::string health() const override;

 private:
  class Consumer;
  explicit KafkaSource(std::unique_ptr<Consumer> consumer);
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace sagaloom::kafka
