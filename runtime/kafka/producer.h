// One idempotent librdkafka producer and its handles, as a scope.
//
// Lifecycle: a producer that reported a fatal error is of no use any more; destroy it and open
// another. Topic handles must be gone before it. Threads: one thread uses it; librdkafka's own
// threads only write into `wake_fd` and call the observer's `log`.
// Errors: `open` refuses unknown and reserved properties (`kafka.config`).
#pragma once

#include <functional>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <string>

#include "runtime/engine/observer.h"
#include "runtime/expression/result.h"
#include "runtime/kafka/envelope.h"
#include "runtime/kafka/kafka_sink.h"

namespace sagaloom::kafka {

struct TopicDeleter {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, TopicDeleter>;

class Producer {
 public:
  // `wake_fd`, an eventfd, becomes readable when there are events to drain.
  static expression::Result<std::unique_ptr<Producer>> open(const KafkaConfig& config,
                                                            engine::Observer* observer,
                                                            int wake_fd);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Null when librdkafka refuses the name.
  TopicHandle topic(const std::string& name);
  // The envelope must stay where it is until its delivery report, which carries `opaque`.
  rd_kafka_resp_err_t produce(rd_kafka_topic_t* topic, const Envelope& envelope, void* opaque);
  // Hands over the events that are there; waits at most `wait_ms` for the first.
  void drain(const std::function<void(rd_kafka_event_t*)>& take, int wait_ms = 0);
  // Asks the controller for the topic; the answer is an event with this `opaque`.
  void create_topic(const std::string& name, const KafkaConfig& config, void* opaque);
  // Takes back everything unanswered; reports follow as events.
  void recall();
  bool idle() const { return rd_kafka_outq_len(handle_) == 0; }
  // Blocks up to `limit_ms` for fresh metadata, of one topic or (null) of those in use.
  rd_kafka_resp_err_t refresh(rd_kafka_topic_t* topic, int limit_ms);
  void rehearse_fatal_error();
  std::string fatal_reason() const;

 private:
  Producer(rd_kafka_t* handle, int wake_fd);
  rd_kafka_t* handle_;
  rd_kafka_queue_t* events_;
};

}  // namespace sagaloom::kafka
