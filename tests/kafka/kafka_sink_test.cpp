// The sink against a real broker: what is delivered, refused and counted while all is well, and
// what happens when one message, one topic or the producer itself is not.
#include "runtime/kafka/kafka_sink.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>

#include "tests/kafka/broker.h"
#include "tests/kafka/sending.h"

namespace sagaloom::test {
namespace {

using namespace std::chrono_literals;
using kafka::KafkaSink;

TEST(KafkaSink, DeliversWithHeadersKeyAndBody) {
  const auto sink = open_sink();
  Sender sender(*sink);
  auto message = numbered("delivers", "saga-1", 0);
  message.headers = {{"tenant", "acme"}};
  sender.send(message);
  ASSERT_TRUE(sender.wait_for_answers(1));
  const auto records = broker().read_all("delivers");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].key, "saga-1");
  EXPECT_EQ(records[0].value, R"({"n":0})");
  EXPECT_EQ(records[0].header("ce_id"), message.id);
  EXPECT_EQ(records[0].header("ce_partitionkey"), "saga-1");
  EXPECT_EQ(records[0].header("content-type"), "application/json");
  EXPECT_EQ(records[0].header("tenant"), "acme");
}

TEST(KafkaSink, KeepsTheOrderOfEachKeyOverPartitions) {
  broker().create_topic("ordered", 4);
  const auto sink = open_sink();
  Sender sender(*sink);
  constexpr int keys = 20, each = 200;
  for (int n = 0; n < each; ++n) {
    for (int k = 0; k < keys; ++k) sender.send(numbered("ordered", "k" + std::to_string(k), n));
  }
  ASSERT_TRUE(sender.wait_for_answers(keys * each));
  const auto seen = drop_seen(broker().read_all("ordered"));
  EXPECT_EQ(seen.duplicates, 0u);
  EXPECT_TRUE(seen.reordered.empty());
  for (int k = 0; k < keys; ++k) {
    EXPECT_EQ(seen.ids.at("k" + std::to_string(k)), ids_of("k" + std::to_string(k), each));
  }
  EXPECT_EQ(sink->counters().acknowledged, static_cast<std::uint64_t>(keys * each));
  EXPECT_EQ(sink->counters().in_flight, 0u);
  EXPECT_EQ(sink->health(), "");
}

TEST(KafkaSink, RefusesAnOversizedMessageAndTheOthersGoOn) {
  auto config = broker_config();
  config.max_message_bytes = 2000;
  const auto sink = open_sink(config);
  Sender sender(*sink);
  for (int n = 0; n < 20; ++n) {
    auto message = numbered("oversized", "k", n);
    if (n == 7) message.body = core::Value(std::string(5000, 'x'));
    sender.send(message);
  }
  ASSERT_TRUE(sender.wait_for_answers(20));
  EXPECT_EQ(sender.refused().size(), 1u);
  EXPECT_TRUE(sender.refused().contains(ids_of("k", 20)[7]));
  const auto seen = drop_seen(broker().read_all("oversized"));
  EXPECT_EQ(seen.ids.at("k").size(), 19u);
  EXPECT_TRUE(seen.reordered.empty());
  EXPECT_EQ(sink->counters().rebuilds, 0u);
}

// The broker refuses whole batches; only the message that is too large for its topic may suffer.
TEST(KafkaSink, FindsTheOneForWhichTheBrokerRefusedItsBatch) {
  broker().create_topic("narrow", 1, {{"max.message.bytes", "3000"}});
  auto config = broker_config();
  config.linger = core::Duration{50};
  const auto sink = open_sink(config);
  Sender sender(*sink);
  constexpr int count = 60;
  for (int n = 0; n < count; ++n) {
    auto message = numbered("narrow", "k", n);
    if (n == 5) message.body = core::Value(std::string(6000, 'x'));
    sender.send(message);
    sender.send(numbered("wide", "w", n));
  }
  ASSERT_TRUE(sender.wait_for_answers(2 * count));
  EXPECT_EQ(sender.answered_twice(), 0u);
  const auto refused = sender.refused();
  EXPECT_EQ(refused.size(), 1u);
  EXPECT_TRUE(refused.contains(ids_of("k", count)[5]));
  const auto wide = drop_seen(broker().read_all("wide"));
  EXPECT_EQ(wide.ids.at("w"), ids_of("w", count));
  auto expected = ids_of("k", count);
  expected.erase(expected.begin() + 5);
  const auto narrow = drop_seen(broker().read_all("narrow"));
  EXPECT_EQ(narrow.ids.at("k"), expected);
  EXPECT_TRUE(narrow.reordered.empty());
}

TEST(KafkaSink, RebuildsADeadProducerAndLosesNothing) {
  broker().create_topic("rebuilt", 2);
  const auto sink = open_sink();
  Sender sender(*sink);
  constexpr int each = 1500;
  for (int n = 0; n < each; ++n) {
    if (n % 500 == 250) sink->rehearse_fatal_error();
    for (const char* key : {"a", "b", "c"}) sender.send(numbered("rebuilt", key, n));
    if (n % 500 == 250) {
      ASSERT_TRUE(sender.wait_for_answers(3 * (n + 1)));
    }
  }
  ASSERT_TRUE(sender.wait_for_answers(3 * each));
  EXPECT_EQ(sender.answered_twice(), 0u);
  EXPECT_TRUE(sender.refused().empty());
  EXPECT_GE(sink->counters().rebuilds, 3u);
  const auto seen = drop_seen(broker().read_all("rebuilt"));
  EXPECT_TRUE(seen.reordered.empty());
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(seen.ids.at(key), ids_of(key, each));
}

TEST(KafkaSink, RebuildsADeadProducerAlsoWithoutAnyMessage) {
  const auto sink = open_sink();
  Sender sender(*sink);
  sender.send(numbered("idle", "k", 0));
  ASSERT_TRUE(sender.wait_for_answers(1));
  sink->rehearse_fatal_error();
  EXPECT_TRUE(eventually([&] { return sink->counters().rebuilds == 1; }));
  sender.send(numbered("idle", "k", 1));
  ASSERT_TRUE(sender.wait_for_answers(2));
  EXPECT_EQ(sink->counters().resent, 0u);
}

TEST(KafkaSink, CreatesTopicsWhenAsked) {
  auto config = broker_config();
  config.create_topics = true;
  config.partitions = 3;
  config.replication = 1;
  const auto sink = open_sink(config);
  Sender sender(*sink);
  for (int n = 0; n < 30; ++n) sender.send(numbered("asked.for", "k" + std::to_string(n), 0));
  ASSERT_TRUE(sender.wait_for_answers(30));
  std::set<int> partitions;
  for (const auto& record : broker().read_all("asked.for")) partitions.insert(record.partition);
  EXPECT_EQ(partitions.size(), 3u);
}

TEST(KafkaSink, RefusesAnImpossibleTopicNameAndTheOthersGoOn) {
  const auto sink = open_sink();
  Sender sender(*sink);
  sender.send(numbered("no/such name", "k", 0));
  sender.send(numbered("possible", "k", 1));
  ASSERT_TRUE(sender.wait_for_answers(2));
  EXPECT_EQ(sender.refused().size(), 1u);
  EXPECT_TRUE(sender.refused().contains(ids_of("k", 1)[0]));
}

TEST(KafkaSink, SaysFullAndTakesAgainAfterAnAnswer) {
  auto config = broker_config();
  config.window_messages = 3;
  config.linger = core::Duration{300};
  const auto sink = open_sink(config);
  Sender sender(*sink);
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(sender.offer(numbered("full", "k", n)));
  EXPECT_FALSE(sender.offer(numbered("full", "k", 3)));
  ASSERT_TRUE(sender.wait_for_answers(1));
  sender.send(numbered("full", "k", 3));
  sink->flush(30s);
  EXPECT_EQ(sender.answered(), 4u);
}

TEST(KafkaSink, AnswersMayLeadToTheNextSend) {
  const auto sink = open_sink();
  std::atomic<int> left{50};
  std::function<void()> next = [&] {
    const int n = left--;
    if (n <= 0) return;
    sink->send(numbered("chain", "k", 50 - n), [&](auto) { next(); });
  };
  next();
  while (left > 0) sink->flush(1s);
  sink->flush(30s);
  EXPECT_EQ(broker().read_all("chain").size(), 50u);
}

TEST(KafkaSink, RefusesPropertiesThatWouldBreakItsPromises) {
  for (const char* name : {"acks", "message.timeout.ms", "enable.idempotence", "linger.ms"}) {
    auto config = broker_config();
    config.properties = {{name, "1"}};
    const auto sink = KafkaSink::open(config);
    ASSERT_FALSE(sink.ok()) << name;
    EXPECT_EQ(sink.error().code, "kafka.config");
  }
  auto config = broker_config();
  config.properties = {{"compression.type", "nonsense"}};
  EXPECT_FALSE(KafkaSink::open(config).ok());
}

}  // namespace
}  // namespace sagaloom::test
