// The consumer against a real broker: what is committed when, and what a restart reads again.
#include "runtime/kafka/kafka_source.h"

#include <condition_variable>
#include <gtest/gtest.h>
#include <mutex>

#include "tests/kafka/broker.h"

namespace sagaloom::test {
namespace {

using engine::EventSource;
using engine::SourceRecord;
using namespace std::chrono_literals;

// Keeps what comes; takes each at once, or when the test says so.
class Receiver {
 public:
  explicit Receiver(const std::string& group, std::vector<std::string> topics)
      : topics_(std::move(topics)) {
    kafka::KafkaSourceConfig config;
    config.brokers = broker().brokers();
    config.group = group;
    config.window = 20;
    auto opened = kafka::KafkaSource::open(config);
    EXPECT_TRUE(opened.ok());
    source_ = std::move(opened).value();
  }
  ~Receiver() { source_->stop(); }

  void start() {
    source_->start([this] { return topics_; },
                   [this](SourceRecord record, EventSource::Taken taken) {
                     const std::lock_guard lock(mutex_);
                     records_.push_back(std::move(record));
                     if (hold_) {
                       held_.push_back(std::move(taken));
                     } else {
                       taken(true);
                     }
                     changed_.notify_all();
                   });
  }
  void hold() { hold_ = true; }
  bool wait_for(std::size_t count, std::chrono::seconds limit = 60s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return records_.size() >= count; });
  }
  std::vector<std::string> values() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> values;
    for (const SourceRecord& record : records_) values.push_back(record.payload);
    return values;
  }
  std::size_t count() { return values().size(); }
  void release(bool durable, bool hold_on) {
    const std::lock_guard lock(mutex_);
    hold_ = hold_on;
    if (!durable) *records_.back().broken = true;
    for (EventSource::Taken& taken : std::exchange(held_, {})) taken(durable);
  }
  void stop() { source_->stop(); }

 private:
  const std::vector<std::string> topics_;
  std::unique_ptr<kafka::KafkaSource> source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SourceRecord> records_;
  std::vector<EventSource::Taken> held_;
  bool hold_ = false;
};

void put(const std::string& topic, int from, int to) {
  for (int i = from; i < to; ++i) broker().produce(topic, {"k", std::to_string(i), {}, 0, 0});
}

TEST(KafkaSourceTest, a_restart_reads_what_was_not_taken_and_nothing_else) {
  broker().create_topic("source-a", 1);
  put("source-a", 0, 3);
  {
    Receiver first("group-a", {"source-a"});
    first.start();
    ASSERT_TRUE(first.wait_for(3));
    EXPECT_EQ(first.values(), (std::vector<std::string>{"0", "1", "2"}));
  }
  put("source-a", 3, 5);
  {
    Receiver second("group-a", {"source-a"});
    second.hold();
    second.start();
    ASSERT_TRUE(second.wait_for(2));
    EXPECT_EQ(second.values(), (std::vector<std::string>{"3", "4"}));
  }  // neither was taken
  Receiver third("group-a", {"source-a"});
  third.start();
  ASSERT_TRUE(third.wait_for(2));
  EXPECT_EQ(third.values(), (std::vector<std::string>{"3", "4"}));
}

TEST(KafkaSourceTest, beyond_its_window_it_pauses_and_goes_on_later) {
  broker().create_topic("source-b", 1);
  put("source-b", 0, 60);
  Receiver receiver("group-b", {"source-b"});
  receiver.hold();
  receiver.start();
  ASSERT_TRUE(receiver.wait_for(20));
  EXPECT_FALSE(receiver.wait_for(25, 2s));
  receiver.release(true, false);
  ASSERT_TRUE(receiver.wait_for(60));
  EXPECT_EQ(receiver.count(), 60u);
}

TEST(KafkaSourceTest, what_was_not_taken_comes_again_in_order) {
  broker().create_topic("source-c", 1);
  put("source-c", 0, 3);
  Receiver receiver("group-c", {"source-c"});
  receiver.hold();
  receiver.start();
  ASSERT_TRUE(receiver.wait_for(3));
  receiver.release(false, false);
  ASSERT_TRUE(receiver.wait_for(6));
  const auto values = receiver.values();
  EXPECT_EQ(std::vector<std::string>(values.begin() + 3, values.end()),
            (std::vector<std::string>{"0", "1", "2"}));
}

TEST(KafkaSourceTest, a_broker_that_comes_back_is_read_on) {
  broker().create_topic("source-d", 1);
  put("source-d", 0, 2);
  Receiver receiver("group-d", {"source-d"});
  receiver.start();
  ASSERT_TRUE(receiver.wait_for(2));
  broker().kill();
  broker().start();
  put("source-d", 2, 4);
  ASSERT_TRUE(receiver.wait_for(4, 90s));
  receiver.stop();
  const auto values = receiver.values();
  EXPECT_EQ(values.back(), "3");
}

}  // namespace
}  // namespace sagaloom::test
