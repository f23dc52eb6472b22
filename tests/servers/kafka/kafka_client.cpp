#include "tests/servers/kafka/kafka_client.h"

#include <array>
#include <functional>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <stdexcept>

namespace sagaloom::test {

namespace {

using Clock = std::chrono::steady_clock;

struct ClientDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;
struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, QueueDeleter>;
struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using Event = std::unique_ptr<rd_kafka_event_t, EventDeleter>;

void fail(const std::string& what, const char* reason) {
  throw std::runtime_error("kafka: " + what + ": " + reason);
}

Client connect(const std::string& brokers, rd_kafka_type_t type) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 256> reason{};
  const auto set = [&](const char* name, const std::string& value) {
    rd_kafka_conf_set(conf, name, value.c_str(), reason.data(), reason.size());
  };
  set("bootstrap.servers", brokers);
  set("log_level", "0");
  set("reconnect.backoff.max.ms", "500");
  if (type == RD_KAFKA_CONSUMER) {
    set("group.id", "sagaloom-test");
    set("enable.auto.commit", "false");
    set("auto.offset.reset", "earliest");
    set("enable.partition.eof", "true");
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, reason.data(), reason.size());
  if (client == nullptr) fail("client", reason.data());
  return Client(client);
}

// Partitions of the topic that have a leader; 0 when it does not exist.
int partitions_of(rd_kafka_t* client, const std::string& topic) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client, 0, handle, &metadata, 5000);
  int count = 0;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topics[0].err == code) {
    const auto& found = metadata->topics[0];
    for (int i = 0; i < found.partition_cnt; ++i) count += found.partitions[i].leader >= 0;
  }
  if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);
  return count;
}

KafkaRecord record_of(const rd_kafka_message_t* message) {
  KafkaRecord record;
  record.key.assign(static_cast<const char*>(message->key), message->key_len);
  record.value.assign(static_cast<const char*>(message->payload), message->len);
  record.partition = message->partition;
  record.offset = message->offset;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  return record;
}

void read_partition(rd_kafka_t* client, const std::string& topic, int partition,
                    std::vector<KafkaRecord>& records) {
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset =
      RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);
  const auto limit = Clock::now() + std::chrono::seconds(60);
  for (bool at_end = false; !at_end;) {
    if (Clock::now() > limit) fail("read", "no end of the partition within 60 s");
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 1000);
    if (message == nullptr) continue;
    at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) records.push_back(record_of(message));
    rd_kafka_message_destroy(message);
  }
}

Event await_result(rd_kafka_queue_t* queue, const std::string& what) {
  Event event(rd_kafka_queue_poll(queue, 30'000));
  if (!event) fail(what, "no answer within 30 s");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail(what, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

}  // namespace

bool answers_metadata(const std::string& brokers, std::chrono::milliseconds limit) {
  const Client client = connect(brokers, RD_KAFKA_PRODUCER);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code =
      rd_kafka_metadata(client.get(), 1, nullptr, &metadata, static_cast<int>(limit.count()));
  const bool answered = code == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->broker_cnt > 0;
  if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
  return answered;
}

void create_topic(const std::string& brokers, const std::string& name, int partitions,
                  const std::vector<std::pair<std::string, std::string>>& settings) {
  const Client client = connect(brokers, RD_KAFKA_PRODUCER);
  const Queue queue(rd_kafka_queue_new(client.get()));
  std::array<char, 256> reason{};
  rd_kafka_NewTopic_t* topic =
      rd_kafka_NewTopic_new(name.c_str(), partitions, 1, reason.data(), reason.size());
  for (const auto& [key, value] : settings) {
    rd_kafka_NewTopic_set_config(topic, key.c_str(), value.c_str());
  }
  rd_kafka_CreateTopics(client.get(), &topic, 1, nullptr, queue.get());
  rd_kafka_NewTopic_destroy(topic);
  await_result(queue.get(), "create " + name);
  const auto limit = Clock::now() + std::chrono::seconds(30);
  while (partitions_of(client.get(), name) < partitions) {
    if (Clock::now() > limit) fail("create " + name, "no leaders within 30 s");
  }
}

void delete_topic(const std::string& brokers, const std::string& name) {
  const Client client = connect(brokers, RD_KAFKA_PRODUCER);
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(name.c_str());
  rd_kafka_DeleteTopics(client.get(), &topic, 1, nullptr, queue.get());
  rd_kafka_DeleteTopic_destroy(topic);
  await_result(queue.get(), "delete " + name);
}

void produce(const std::string& brokers, const std::string& topic, const KafkaRecord& record) {
  const Client client = connect(brokers, RD_KAFKA_PRODUCER);
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers)
    rd_kafka_header_add(headers, name.c_str(), -1, value.data(),
                        static_cast<ssize_t>(value.size()));
  const auto code = rd_kafka_producev(
      client.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR &&
      rd_kafka_flush(client.get(), 30'000) == RD_KAFKA_RESP_ERR_NO_ERROR)
    return;
  fail("produce to " + topic, rd_kafka_err2str(code));
}

std::vector<KafkaRecord> read_all(const std::string& brokers, const std::string& topic) {
  const Client client = connect(brokers, RD_KAFKA_CONSUMER);
  rd_kafka_poll_set_consumer(client.get());
  std::vector<KafkaRecord> records;
  const int partitions = partitions_of(client.get(), topic);
  for (int i = 0; i < partitions; ++i) read_partition(client.get(), topic, i, records);
  rd_kafka_consumer_close(client.get());
  return records;
}

}  // namespace sagaloom::test
