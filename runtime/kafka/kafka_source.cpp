#include "runtime/kafka/kafka_source.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <librdkafka/rdkafka.h>
#include <mutex>
#include <set>
#include <thread>

#include "runtime/kafka/lanes.h"
#include "runtime/kafka/properties.h"

namespace sagaloom::kafka {

namespace {

using expression::Error;
using expression::Result;
using Clock = std::chrono::steady_clock;

constexpr int poll_ms = 50;
constexpr std::chrono::milliseconds upkeep{1'000};
constexpr std::chrono::milliseconds gap_pause{500};
constexpr int seek_ms = 5'000;

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using MessagePointer = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;

std::string bytes(const void* data, std::size_t size) {
  return data == nullptr ? std::string{} : std::string(static_cast<const char*>(data), size);
}

std::vector<std::pair<std::string, std::string>> headers_of(const rd_kafka_message_t& message) {
  std::vector<std::pair<std::string, std::string>> headers;
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    headers.emplace_back(name, bytes(value, size));
  }
  return headers;
}

std::vector<std::pair<std::string, std::string>> own_properties(const KafkaSourceConfig& config) {
  return {{"bootstrap.servers", config.brokers},
          {"group.id", config.group},
          // A killed node's topics go to another member after this, not after the default 45 s.
          {"session.timeout.ms", "10000"},
          {"client.id", config.client_id},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          // A group that is new reads what is there; one whose offsets are gone must not skip.
          {"auto.offset.reset", "earliest"},
          {"partition.assignment.strategy", "range"},
          {"queued.max.messages.kbytes", "8192"},
          {"topic.metadata.refresh.interval.ms", "5000"},
          {"reconnect.backoff.max.ms", "2000"}};
}

}  // namespace

class KafkaSource::Consumer {
 public:
  Consumer(KafkaSourceConfig config, std::shared_ptr<engine::Observer> observer)
      : config_(std::move(config)), observer_(std::move(observer)) {}

  ~Consumer() {
    stop();
    if (handle_ != nullptr) rd_kafka_destroy(handle_);
  }

  Result<bool> open() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    if (auto set = set_properties(conf, own_properties(config_), config_.properties); !set) {
      rd_kafka_conf_destroy(conf);
      return set;
    }
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_rebalance_cb(conf, &Consumer::on_rebalance);
    rd_kafka_conf_set_error_cb(conf, &Consumer::on_error);
    rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    std::array<char, 512> reason{};
    handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason.data(), reason.size());
    if (handle_ == nullptr) {
      rd_kafka_conf_destroy(conf);
      return Error{.code = "kafka.config", .message = "kafka: " + std::string(reason.data())};
    }
    rd_kafka_poll_set_consumer(handle_);
    return true;
  }

  void start(std::function<std::vector<std::string>()> topics, Sink sink) {
    topics_ = std::move(topics);
    sink_ = std::move(sink);
    thread_ = std::thread([this] { loop(); });
  }

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  std::string health() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  struct Door {  // what is taken; outlives the consumer
    std::mutex mutex;
    std::vector<std::pair<Lanes::Ticket, bool>> taken;
  };

  void loop() {
    while (!stopping_) {
      if (Clock::now() >= next_upkeep_) look_after();
      if (const MessagePointer message{rd_kafka_consumer_poll(handle_, poll_ms)}) take(*message);
      settle();
      hold_back();
    }
    settle();
    store_offsets();
    rd_kafka_commit(handle_, nullptr, 0);
    rd_kafka_consumer_close(handle_);
  }

  void look_after() {
    next_upkeep_ = Clock::now() + upkeep;
    store_offsets();
    rd_kafka_commit(handle_, nullptr, 1);
    std::vector<std::string> wanted = topics_();
    std::sort(wanted.begin(), wanted.end());
    if (wanted != subscribed_) subscribe(std::move(wanted));
  }

  void subscribe(std::vector<std::string> wanted) {
    const PartitionList list{rd_kafka_topic_partition_list_new(static_cast<int>(wanted.size()))};
    for (const std::string& topic : wanted) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    if (wanted.empty()) {
      rd_kafka_unsubscribe(handle_);
    } else if (rd_kafka_subscribe(handle_, list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return;  // asked again at the next look
    }
    subscribed_ = std::move(wanted);
  }

  void take(const rd_kafka_message_t& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      // A topic that does not exist yet is looked for again with the metadata.
      return tell(rd_kafka_message_errstr(&message));
    }
    tell({});
    const Lanes::Partition partition{rd_kafka_topic_name(message.rkt), message.partition};
    if (gaps_.contains(partition)) return;  // read again from the gap on
    const auto ticket = lanes_.give_out(partition, message.offset);
    if (!ticket) return;
    engine::SourceRecord record;
    record.topic = partition.first;
    record.part = partition.second;
    record.offset = message.offset;
    record.key = bytes(message.key, message.key_len);
    record.payload = bytes(message.payload, message.len);
    record.headers = headers_of(message);
    record.broken = ticket->broken;
    sink_(std::move(record), [door = door_, ticket = *ticket](bool durable) {
      const std::lock_guard lock(door->mutex);
      door->taken.emplace_back(ticket, durable);
    });
  }

  void settle() {
    std::vector<std::pair<Lanes::Ticket, bool>> taken;
    {
      const std::lock_guard lock(door_->mutex);
      taken.swap(door_->taken);
    }
    for (const auto& [ticket, durable] : taken) lanes_.taken(ticket, durable);
    for (auto& [partition, offset] : lanes_.take_gaps()) {
      gaps_[partition] = {offset, Clock::now() + gap_pause};
      pause_one(partition, true);
    }
    for (auto gap = gaps_.begin(); gap != gaps_.end();) {
      gap = gap->second.second <= Clock::now() ? read_on(gap) : std::next(gap);
    }
  }

  using Gaps = std::map<Lanes::Partition, std::pair<std::int64_t, Clock::time_point>>;

  Gaps::iterator read_on(Gaps::iterator gap) {
    const auto& [partition, place] = *gap;
    const PartitionList list{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second)
        ->offset = place.first;
    rd_kafka_error_t* error = rd_kafka_seek_partitions(handle_, list.get(), seek_ms);
    if (error != nullptr) rd_kafka_error_destroy(error);
    lanes_.forget(partition);
    if (!paused_) pause_one(partition, false);
    return gaps_.erase(gap);
  }

  void pause_one(const Lanes::Partition& partition, bool pause) {
    const PartitionList list{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second);
    pause ? rd_kafka_pause_partitions(handle_, list.get())
          : rd_kafka_resume_partitions(handle_, list.get());
  }

  // Polled on all the same, so that the group does not take us for dead.
  void hold_back() {
    const std::size_t limit = paused_ ? config_.window / 2 : config_.window;
    const bool pause = lanes_.under_way() >= limit;
    if (pause == paused_) return;
    paused_ = pause;
    rd_kafka_topic_partition_list_t* assigned = nullptr;
    if (rd_kafka_assignment(handle_, &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const PartitionList list{assigned};
    pause ? rd_kafka_pause_partitions(handle_, assigned)
          : rd_kafka_resume_partitions(handle_, assigned);
    if (pause) return;
    for (const auto& [partition, place] : gaps_) pause_one(partition, true);
  }

  void store_offsets() {
    const PartitionList list{rd_kafka_topic_partition_list_new(8)};
    for (const Lanes::Partition& partition : assigned_) {
      const auto offset = lanes_.take_committable(partition);
      if (!offset) continue;
      rd_kafka_topic_partition_list_add(list.get(), partition.first.c_str(), partition.second)
          ->offset = *offset;
    }
    if (list->cnt > 0) rd_kafka_offsets_store(handle_, list.get());
  }

  // On this object's thread, inside consumer_poll.
  static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    auto& self = *static_cast<Consumer*>(opaque);
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      for (int i = 0; i < partitions->cnt; ++i) {
        self.assigned_.emplace(partitions->elems[i].topic, partitions->elems[i].partition);
      }
      rd_kafka_assign(handle, partitions);
    } else {
      self.settle();
      self.store_offsets();
      rd_kafka_commit(handle, nullptr, 0);
      rd_kafka_assign(handle, nullptr);
      self.assigned_.clear();
    }
    self.lanes_.forget_all();
    self.gaps_.clear();
    self.paused_ = false;
  }

  static void on_error(rd_kafka_t*, int, const char* reason, void* opaque) {
    static_cast<Consumer*>(opaque)->tell(reason);
  }

  void tell(const std::string& trouble) {
    const std::lock_guard lock(mutex_);
    if (trouble_ == trouble) return;
    trouble_ = trouble;
    if (observer_ && !trouble.empty()) observer_->log("warning", "kafka.source", trouble);
  }

  const KafkaSourceConfig config_;
  const std::shared_ptr<engine::Observer> observer_;
  rd_kafka_t* handle_ = nullptr;
  std::function<std::vector<std::string>()> topics_;
  Sink sink_;
  std::shared_ptr<Door> door_ = std::make_shared<Door>();
  std::vector<std::string> subscribed_;
  std::set<Lanes::Partition> assigned_;
  Lanes lanes_;
  Gaps gaps_;
  bool paused_ = false;
  Clock::time_point next_upkeep_{};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::string trouble_;
  std::thread thread_;
};

KafkaSource::KafkaSource(std::unique_ptr<Consumer> consumer) : consumer_(std::move(consumer)) {}
KafkaSource::~KafkaSource() = default;

Result<std::unique_ptr<KafkaSource>> KafkaSource::open(KafkaSourceConfig config,
                                                       std::shared_ptr<engine::Observer> observer) {
  auto consumer = std::make_unique<Consumer>(std::move(config), std::move(observer));
  if (auto opened = consumer->open(); !opened) return opened.error();
  return std::unique_ptr<KafkaSource>(new KafkaSource(std::move(consumer)));
}

void KafkaSource::start(std::function<std::vector<std::string>()> topics, Sink sink) {
  consumer_->start(std::move(topics), std::move(sink));
}

void KafkaSource::stop() {
  consumer_->stop();
}

std::string KafkaSource::health() const {
  return consumer_->health();
}

}  // namespace sagaloom::kafka
