#include "examples/event_consumer/topics.h"

#include <array>
#include <librdkafka/rdkafka.h>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace consumer {

namespace {

constexpr int patience_ms = 30'000;

struct ClientDeleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;
struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using Message = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;
struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

void check(rd_kafka_resp_err_t code, const std::string& what) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(what + ": " + rd_kafka_err2str(code));
  }
}

Client connect(const std::vector<std::pair<std::string, std::string>>& properties) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 256> reason{};
  for (const auto& [name, value] : properties) {
    rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size());
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason.data(), reason.size());
  if (client == nullptr) throw std::runtime_error(std::string("kafka: ") + reason.data());
  rd_kafka_poll_set_consumer(client);
  return Client(client);
}

std::map<std::string, std::string> headers_of(const rd_kafka_message_t* message) {
  std::map<std::string, std::string> found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return found;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    found.emplace(name, std::string(static_cast<const char*>(value), size));
  }
  return found;
}

// Nothing: not one of ours.
std::optional<Event> event_of(const rd_kafka_message_t* message) {
  auto headers = headers_of(message);
  if (!headers.contains("ce_id")) return std::nullopt;
  Event event;
  event.id = headers["ce_id"];
  event.sequence = headers["ce_sequence"];
  event.saga = headers["ce_subject"];
  event.type = headers["ce_type"];
  event.time = headers["ce_time"];
  event.content_type = headers["content-type"];
  event.topic = rd_kafka_topic_name(message->rkt);
  event.key.assign(static_cast<const char*>(message->key), message->key_len);
  event.data.assign(static_cast<const char*>(message->payload), message->len);
  event.partition = message->partition;
  event.offset = message->offset;
  return event;
}

void hand_over(const rd_kafka_message_t* message, TopicsRead& read,
               const std::function<void(const Event&)>& take) {
  if (const auto event = event_of(message)) {
    ++read.events;
    take(*event);
  } else {
    ++read.foreign;
  }
}

// 0: there is no such topic.
int partitions_of(rd_kafka_t* client, const std::string& topic) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client, 0, handle, &metadata, patience_ms);
  int count = 0;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1) {
    count = metadata->topics[0].partition_cnt;
  }
  if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);
  check(code, "metadata of " + topic);
  return count;
}

void read_partition(rd_kafka_t* client, const std::string& topic, int partition, TopicsRead& read,
                    const std::function<void(const Event&)>& take) {
  std::int64_t low = 0, high = 0;
  check(
      rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &low, &high, patience_ms),
      "end of " + topic);
  if (low == high) return;
  const List list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = low;
  check(rd_kafka_assign(client, list.get()), "assign " + topic);
  for (std::int64_t next = low; next < high;) {
    const Message message(rd_kafka_consumer_poll(client, patience_ms));
    if (!message) throw std::runtime_error("kafka: " + topic + ": nothing came for 30 s");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
    check(message->err, topic);
    next = message->offset + 1;
    hand_over(message.get(), read, take);
  }
}

}  // namespace

TopicsRead read_all(const std::string& brokers, const std::vector<std::string>& topics,
                    const std::function<void(const Event&)>& take) {
  const Client client = connect({{"bootstrap.servers", brokers},
                                 {"group.id", "sagaloom-consumer-check"},
                                 {"enable.auto.commit", "false"},
                                 {"enable.partition.eof", "true"},
                                 {"log_level", "0"}});
  TopicsRead read;
  for (const auto& topic : topics) {
    const int partitions = partitions_of(client.get(), topic);
    for (int i = 0; i < partitions; ++i) read_partition(client.get(), topic, i, read, take);
  }
  rd_kafka_consumer_close(client.get());
  return read;
}

TopicsRead follow(const std::string& brokers, const std::vector<std::string>& topics,
                  const std::string& group, bool from_beginning, const std::atomic<bool>& stop,
                  const std::function<void(const Event&)>& take) {
  const Client client = connect({{"bootstrap.servers", brokers},
                                 {"group.id", group},
                                 {"enable.auto.offset.store", "false"},
                                 {"auto.commit.interval.ms", "1000"},
                                 {"auto.offset.reset", from_beginning ? "earliest" : "latest"},
                                 {"topic.metadata.refresh.interval.ms", "5000"},
                                 {"reconnect.backoff.max.ms", "2000"},
                                 {"log_level", "0"}});
  const List list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const auto& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  check(rd_kafka_subscribe(client.get(), list.get()), "subscribe");
  TopicsRead read;
  while (!stop) {
    const Message message(rd_kafka_consumer_poll(client.get(), 200));
    if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;  // it connects by itself
    hand_over(message.get(), read, take);
    rd_kafka_offset_store(message->rkt, message->partition, message->offset);
  }
  rd_kafka_consumer_close(client.get());  // commits what was stored
  return read;
}

}  // namespace consumer
