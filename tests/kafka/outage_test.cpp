// The sink while brokers are killed, frozen or away, and topics do not exist: nothing is lost,
// nothing overtakes, and its window is the only limit.
#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "tests/kafka/broker.h"
#include "tests/kafka/sending.h"

namespace sagaloom::test {
namespace {

using namespace std::chrono_literals;

void expect_all(const std::string& topic, const std::vector<std::string>& keys, int each) {
  const auto seen = drop_seen(broker().read_all(topic));
  EXPECT_TRUE(seen.reordered.empty()) << seen.reordered.front();
  for (const auto& key : keys) EXPECT_EQ(seen.ids.at(key), ids_of(key, each)) << key;
  testing::Test::RecordProperty("duplicates", static_cast<int>(seen.duplicates));
}

void kill_and_start(PrivateKafka& kafka) {
  kafka.kill();
  kafka.start();
}

TEST(Outage, BrokerKilledAndRestartedWhileSending) {
  broker().create_topic("killed", 3);
  auto config = broker_config();
  config.window_messages = 500;
  const auto sink = open_sink(config);
  Sender sender(*sink);
  const std::vector<std::string> keys = {"a", "b", "c", "d", "e", "f", "g"};
  constexpr int each = 3000;
  auto sending = std::async(std::launch::async, [&] {
    for (int n = 0; n < each; ++n) {
      for (const auto& key : keys) sender.send(numbered("killed", key, n));
    }
  });
  for (std::size_t kill = 1; kill <= 3; ++kill) {
    ASSERT_TRUE(sender.wait_for_answers(kill * 4000));
    kill_and_start(broker());
  }
  sending.get();
  ASSERT_TRUE(sender.wait_for_answers(keys.size() * each));
  EXPECT_EQ(sender.answered_twice(), 0u);
  EXPECT_TRUE(sender.refused().empty());
  expect_all("killed", keys, each);
  EXPECT_TRUE(eventually([&] { return sink->health().empty(); }));
}

TEST(Outage, AFullWindowWaitsForTheBroker) {
  broker().create_topic("away", 1);
  auto config = broker_config();
  config.window_messages = 100;
  const auto sink = open_sink(config);
  Sender sender(*sink);
  sender.send(numbered("away", "k", 0));
  ASSERT_TRUE(sender.wait_for_answers(1));
  broker().kill();
  int next = 1;
  while (sender.offer(numbered("away", "k", next))) ++next;
  EXPECT_EQ(sink->counters().in_flight, 100u);
  EXPECT_TRUE(eventually([&] { return !sink->health().empty(); }));
  EXPECT_EQ(sender.answered(), 1u);
  broker().start();
  for (; next < 300; ++next) sender.send(numbered("away", "k", next));
  ASSERT_TRUE(sender.wait_for_answers(300));
  EXPECT_TRUE(sender.refused().empty());
  expect_all("away", {"k"}, 300);
  EXPECT_EQ(sink->health(), "");
}

TEST(Outage, AFrozenBrokerIsWaitedFor) {
  broker().create_topic("frozen", 1);
  const auto sink = open_sink();
  Sender sender(*sink);
  sender.send(numbered("frozen", "k", 0));
  ASSERT_TRUE(sender.wait_for_answers(1));
  broker().pause();
  for (int n = 1; n < 200; ++n) sender.send(numbered("frozen", "k", n));
  EXPECT_FALSE(sender.wait_for_answers(2, 3s));
  broker().resume();
  ASSERT_TRUE(sender.wait_for_answers(200));
  expect_all("frozen", {"k"}, 200);
}

TEST(Outage, TheProducerDiesWhileTheBrokerIsAway) {
  broker().create_topic("both", 1);
  const auto sink = open_sink();
  Sender sender(*sink);
  sender.send(numbered("both", "k", 0));
  ASSERT_TRUE(sender.wait_for_answers(1));
  broker().kill();
  for (int n = 1; n < 50; ++n) sender.send(numbered("both", "k", n));
  sink->rehearse_fatal_error();
  EXPECT_TRUE(eventually([&] { return sink->counters().rebuilds >= 1; }));
  broker().start();
  ASSERT_TRUE(sender.wait_for_answers(50));
  expect_all("both", {"k"}, 50);
}

TEST(Outage, StartsWithoutABrokerAndEndsWithoutOne) {
  auto config = broker_config();
  config.brokers = "127.0.0.1:1";
  const auto sink = open_sink(config);
  Sender sender(*sink);
  sender.send(numbered("nowhere", "k", 0));
  EXPECT_TRUE(eventually([&] { return !sink->health().empty(); }));
  sink->flush(core::Duration{10});
  EXPECT_EQ(sender.answered(), 0u);
  EXPECT_EQ(sink->counters().in_flight, 1u);
}

TEST(Outage, AMissingTopicIsRefusedAfterItsLimitAndOthersGoOn) {
  strict_broker().create_topic("present", 1);
  kafka::KafkaConfig config;
  config.brokers = strict_broker().brokers();
  config.refuse_after = core::Duration{1500};
  const auto sink = open_sink(config);
  Sender sender(*sink);
  for (int n = 0; n < 3; ++n) sender.send(numbered("missing", "m", n));
  for (int n = 0; n < 3; ++n) sender.send(numbered("present", "p", n));
  ASSERT_TRUE(sender.wait_for_answers(3));
  EXPECT_TRUE(sender.refused().empty());
  ASSERT_TRUE(sender.wait_for_answers(6));
  EXPECT_EQ(sender.refused().size(), 3u);
  EXPECT_NE(sink->health().find("missing"), std::string::npos);
  // What comes later is told at once, until the topic is there.
  sender.send(numbered("missing", "m", 3));
  ASSERT_TRUE(sender.wait_for_answers(7));
  EXPECT_EQ(sender.refused().size(), 4u);
  strict_broker().create_topic("missing", 1);
  for (int n = 4; !sink->health().empty() && n < 100'000; ++n) {
    const auto before = sender.answered();
    sender.send(numbered("missing", "m", n));
    ASSERT_TRUE(sender.wait_for_answers(before + 1));
  }
  EXPECT_EQ(sink->health(), "");
  const auto seen = drop_seen(strict_broker().read_all("missing"));
  EXPECT_GE(seen.ids.at("m").size(), 1u);
  EXPECT_TRUE(seen.reordered.empty());
}

TEST(Outage, AMissingTopicThatIsCreatedInTimeGetsAllInOrder) {
  kafka::KafkaConfig config;
  config.brokers = strict_broker().brokers();
  const auto sink = open_sink(config);
  Sender sender(*sink);
  for (int n = 0; n < 50; ++n) sender.send(numbered("late", "k", n));
  EXPECT_TRUE(eventually([&] { return sink->health().find("late") != std::string::npos; }));
  for (int n = 50; n < 100; ++n) sender.send(numbered("late", "k", n));
  strict_broker().create_topic("late", 1);
  ASSERT_TRUE(sender.wait_for_answers(100));
  EXPECT_TRUE(sender.refused().empty());
  const auto seen = drop_seen(strict_broker().read_all("late"));
  EXPECT_EQ(seen.ids.at("k"), ids_of("k", 100));
  EXPECT_TRUE(eventually([&] { return sink->health().empty(); }));
}

}  // namespace
}  // namespace sagaloom::test
