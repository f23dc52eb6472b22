#include "runtime/kafka/producer.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/kafka/properties.h"

namespace sagaloom::kafka {

namespace {

using expression::Error;
using expression::Result;

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;
Properties own_properties(const KafkaConfig& config) {
  return {
      {"bootstrap.servers", config.brokers},
      {"client.id", config.client_id},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      // A local time-out lets later messages overtake: the window is the only limit.
      {"message.timeout.ms", "0"},
      // A refused batch stops the producer instead of leaving a gap; it is then sent again.
      {"enable.gapless.guarantee", "true"},
      {"reconnect.backoff.max.ms", "2000"},
      {"linger.ms", std::to_string(config.linger.count())},
      {"message.max.bytes", std::to_string(config.max_message_bytes)},
      {"queue.buffering.max.messages", std::to_string(2 * config.window_messages + 1000)},
      {"queue.buffering.max.kbytes", "2097151"},
      {"topic.metadata.propagation.max.ms", "5000"},
      // Java's default, so that other producers of a key meet the same partition.
      {"partitioner", "murmur2_random"},
  };
}

// Called on librdkafka's threads.
void forward_log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
  auto* observer = static_cast<engine::Observer*>(rd_kafka_opaque(handle));
  constexpr int syslog_warning = 4;
  const std::string_view about = facility;
  // CONFWARN calls a property experimental that we set on purpose.
  if (observer == nullptr || about == "CONFWARN") return;
  observer->log(level <= syslog_warning ? "warning" : "info", "kafka.client",
                std::string(about) + ": " + text);
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::open(const KafkaConfig& config,
                                                 engine::Observer* observer, int wake_fd) {
  Conf conf(rd_kafka_conf_new());
  if (auto done = set_properties(conf.get(), own_properties(config), config.properties); !done)
    return done.error();
  rd_kafka_conf_set_opaque(conf.get(), observer);
  rd_kafka_conf_set_log_cb(conf.get(), forward_log);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  std::array<char, 512> reason{};
  rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size());
  if (handle == nullptr) {
    return Error{.code = "kafka.config", .message = "kafka: " + std::string(reason.data())};
  }
  (void)conf.release();  // the producer's now
  return std::unique_ptr<Producer>(new Producer(handle, wake_fd));
}

Producer::Producer(rd_kafka_t* handle, int wake_fd)
    : handle_(handle), events_(rd_kafka_queue_get_main(handle)) {
  static constexpr std::uint64_t one = 1;  // what an eventfd wants to be written
  rd_kafka_queue_io_event_enable(events_, wake_fd, &one, sizeof one);
}

Producer::~Producer() {
  rd_kafka_queue_io_event_enable(events_, -1, nullptr, 0);
  rd_kafka_queue_destroy(events_);
  rd_kafka_destroy(handle_);
}

// A handle of our own makes librdkafka ask for the topic's leader at once; without one, 2.0.2 lets
// the first message of a topic wait up to a second.
TopicHandle Producer::topic(const std::string& name) {
  return TopicHandle(rd_kafka_topic_new(handle_, name.c_str(), nullptr));
}

// The headers are one list of ours: those that 2.0.2 makes itself, it frees twice when it does not
// take the message.
rd_kafka_resp_err_t Producer::produce(rd_kafka_topic_t* topic, const Envelope& envelope,
                                      void* opaque) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(envelope.headers.size());
  for (const auto& [name, value] : envelope.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  auto* payload = const_cast<char*>(envelope.payload.data());
  const auto code = rd_kafka_producev(
      handle_, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_VALUE(payload, envelope.payload.size()),
      RD_KAFKA_V_KEY(envelope.key.data(), envelope.key.size()), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
  return code;
}

void Producer::drain(const std::function<void(rd_kafka_event_t*)>& take, int wait_ms) {
  while (rd_kafka_event_t* event = rd_kafka_queue_poll(events_, wait_ms)) {
    take(event);
    rd_kafka_event_destroy(event);
    wait_ms = 0;
  }
}

void Producer::create_topic(const std::string& name, const KafkaConfig& config, void* opaque) {
  std::array<char, 256> reason{};
  rd_kafka_NewTopic_t* wanted = rd_kafka_NewTopic_new(
      name.c_str(), config.partitions, config.replication, reason.data(), reason.size());
  rd_kafka_AdminOptions_t* options =
      rd_kafka_AdminOptions_new(handle_, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_opaque(options, opaque);
  rd_kafka_AdminOptions_set_request_timeout(options, 5000, reason.data(), reason.size());
  rd_kafka_AdminOptions_set_operation_timeout(options, 5000, reason.data(), reason.size());
  rd_kafka_CreateTopics(handle_, &wanted, wanted == nullptr ? 0 : 1, options, events_);
  rd_kafka_AdminOptions_destroy(options);
  if (wanted != nullptr) rd_kafka_NewTopic_destroy(wanted);
}

void Producer::recall() {
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

rd_kafka_resp_err_t Producer::refresh(rd_kafka_topic_t* topic, int limit_ms) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(handle_, 0, topic, &metadata, limit_ms);
  if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
  return code;
}

void Producer::rehearse_fatal_error() {
  rd_kafka_test_fatal_error(handle_, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "rehearsal");
}

std::string Producer::fatal_reason() const {
  std::array<char, 512> reason{};
  if (rd_kafka_fatal_error(handle_, reason.data(), reason.size()) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  return reason.data();
}

}  // namespace sagaloom::kafka
