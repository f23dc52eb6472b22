// What is published, in which order, and how far the watermark goes.
#include "runtime/engine/relay.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

core::SagaId saga(std::uint64_t n) {
  return core::make_saga_id(1, 0, n);
}

StoredRecord row(Seq seq, const core::SagaId& id, std::vector<std::string> topics) {
  StoredRecord made;
  made.seq = seq;
  made.saga = id;
  for (const std::string& topic : topics) {
    core::Emitted emit;
    emit.topic = topic;
    emit.type = "happened";
    emit.data = Value(std::string(200, 'x'));
    made.record.emits.push_back(std::move(emit));
  }
  return made;
}

struct RelayTest : ::testing::Test {
  RelayTest() {
    options.store_id = "s";
    relay = std::make_unique<Relay>(options);
    relay->own(0, 0, 0);
  }
  void commit(std::vector<StoredRecord> rows) {
    for (const StoredRecord& one : rows) journal.push_back(one);
    relay->committed(0, std::move(rows));
  }
  // Hands out everything that may be sent now.
  std::vector<std::uint64_t> send_all() {
    std::vector<std::uint64_t> tags;
    while (auto outgoing = relay->next(now)) {
      sent_ids.push_back(outgoing->message->id);
      sent_topics.push_back(outgoing->message->topic);
      relay->sent(outgoing->tag);
      tags.push_back(outgoing->tag);
    }
    return tags;
  }
  void ack(std::uint64_t tag) { relay->acknowledged(tag, {}, now); }
  void refuse(std::uint64_t tag) { relay->acknowledged(tag, {true, "too large"}, now); }
  Seq published() {
    for (const Relay::Moved& moved : relay->take_moved()) {
      last_published = moved.published;
      letters.insert(letters.end(), moved.dead_letters.begin(), moved.dead_letters.end());
    }
    return last_published;
  }
  // Answers one wanted read from the journal; false: none is wanted.
  bool read() {
    const auto wanted = relay->read_wanted();
    if (!wanted) return false;
    std::vector<StoredRecord> rows;
    for (const StoredRecord& one : journal) {
      if (one.seq > wanted->after && rows.size() < wanted->limit && !one.record.emits.empty()) {
        rows.push_back(one);
      }
    }
    relay->on_read(*wanted, std::move(rows));
    return true;
  }

  RelayOptions options;
  std::unique_ptr<Relay> relay;
  std::vector<StoredRecord> journal;
  std::vector<std::string> sent_ids, sent_topics;
  std::vector<DeadLetterRow> letters;
  Seq last_published = 0;
  Time now = start_of_time;
};

TEST_F(RelayTest, the_watermark_is_the_contiguous_acknowledged_prefix) {
  commit({row(1, saga(1), {"a"}), row(2, saga(2), {"a"}), row(3, saga(3), {"a"})});
  const auto tags = send_all();
  ASSERT_EQ(tags.size(), 3u);
  ack(tags[2]);
  EXPECT_EQ(published(), 0);
  ack(tags[0]);
  EXPECT_EQ(published(), 1);
  ack(tags[1]);
  EXPECT_EQ(published(), 3);
  EXPECT_TRUE(relay->idle());
}

TEST_F(RelayTest, a_row_counts_when_all_of_its_messages_do_and_silent_rows_pass) {
  commit({row(1, saga(1), {"a", "b"}), row(2, saga(1), {}), row(3, saga(1), {})});
  const auto tags = send_all();
  ASSERT_EQ(tags.size(), 2u);
  EXPECT_EQ(sent_ids, (std::vector<std::string>{"s.0.0.1.0", "s.0.0.1.1"}));
  ack(tags[1]);
  EXPECT_EQ(published(), 0);
  ack(tags[0]);
  EXPECT_EQ(published(), 3);
}

TEST_F(RelayTest, what_the_ring_forgot_is_read_again_without_gap_or_double) {
  options.ring_bytes = 3'000;
  relay = std::make_unique<Relay>(options);
  relay->own(0, 0, 0);
  for (Seq seq = 1; seq <= 100; ++seq) {
    commit({row(seq, saga(static_cast<std::uint64_t>(seq)), {"a"})});
    EXPECT_LE(relay->ring_bytes(), 3'000u);
  }
  std::size_t reads = 0;
  while (read()) ++reads;
  for (const std::uint64_t tag : send_all()) ack(tag);
  EXPECT_GT(reads, 0u);
  ASSERT_EQ(sent_ids.size(), 100u);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(sent_ids[i], "s.0.0." + std::to_string(i + 1) + ".0");
  }
  EXPECT_EQ(published(), 100);
}

TEST_F(RelayTest, after_a_restart_it_begins_above_the_watermark) {
  for (Seq seq = 1; seq <= 10; ++seq) journal.push_back(row(seq, saga(1), {"a"}));
  relay = std::make_unique<Relay>(options);
  relay->own(0, 4, 10);
  EXPECT_FALSE(relay->next(now));
  ASSERT_TRUE(read());
  EXPECT_FALSE(read());
  send_all();
  ASSERT_EQ(sent_ids.size(), 6u);
  EXPECT_EQ(sent_ids.front(), "s.0.0.5.0");
}

TEST_F(RelayTest, rows_in_the_store_that_are_not_acknowledged_to_this_node_are_not_sent) {
  for (Seq seq = 1; seq <= 10; ++seq) journal.push_back(row(seq, saga(1), {"a"}));
  relay = std::make_unique<Relay>(options);
  relay->own(0, 0, 6);
  while (read()) {
  }
  send_all();
  EXPECT_EQ(sent_ids.size(), 6u);
}

TEST_F(RelayTest, a_shard_that_cannot_be_read_lets_others_be_read) {
  relay = std::make_unique<Relay>(options);
  relay->own(0, 0, 3);
  relay->own(1, 0, 3);
  const auto broken = relay->read_wanted(now);
  ASSERT_TRUE(broken);
  relay->on_read_away(*broken, now + Duration{1'000});
  const auto other = relay->read_wanted(now);
  ASSERT_TRUE(other);
  EXPECT_NE(other->shard, broken->shard);
  relay->on_read(*other, {});
  EXPECT_FALSE(relay->read_wanted(now));
  EXPECT_TRUE(relay->read_wanted(now + Duration{1'000}));
}

TEST_F(RelayTest, a_read_of_a_former_ownership_is_ignored) {
  for (Seq seq = 1; seq <= 3; ++seq) journal.push_back(row(seq, saga(1), {"a"}));
  relay = std::make_unique<Relay>(options);
  relay->own(0, 0, 3);
  const auto wanted = relay->read_wanted();
  ASSERT_TRUE(wanted);
  relay->own(0, 3, 3);
  relay->on_read(*wanted, journal);
  EXPECT_FALSE(relay->next(now));
}

TEST_F(RelayTest, a_refused_message_holds_back_its_saga_on_its_topic_only) {
  commit({row(1, saga(1), {"a"})});
  refuse(send_all().at(0));
  commit({row(2, saga(1), {"a"}), row(3, saga(1), {"b"}), row(4, saga(2), {"a"})});
  sent_ids.clear();
  const auto others = send_all();
  EXPECT_EQ(sent_ids, (std::vector<std::string>{"s.0.0.3.0", "s.0.0.4.0"}));
  for (const auto tag : others) ack(tag);
  EXPECT_EQ(published(), 0);
  EXPECT_EQ(relay->next_due(), now + Duration{1'000});

  now += Duration{1'000};
  sent_ids.clear();
  auto again = send_all();
  EXPECT_EQ(sent_ids, (std::vector<std::string>{"s.0.0.1.0"}));
  ack(again.at(0));
  again = send_all();
  EXPECT_EQ(sent_ids.back(), "s.0.0.2.0");
  ack(again.at(0));
  EXPECT_EQ(published(), 4);
  EXPECT_TRUE(letters.empty());
}

TEST_F(RelayTest, refused_for_long_it_becomes_a_dead_letter_and_later_ones_go_behind_it) {
  commit({row(1, saga(1), {"a"}), row(2, saga(1), {"a"}), row(3, saga(2), {"a"})});
  const Time begin = now;
  while (letters.empty() && now < begin + Duration{700'000}) {
    for (const auto tag : send_all()) {
      const bool bad = tag == 1;
      bad ? refuse(tag) : ack(tag);
    }
    published();
    now += Duration{1'000};
  }
  ASSERT_GE(letters.size(), 1u);
  EXPECT_GE(now - begin, Duration{600'000});
  EXPECT_EQ(letters[0].seq, 1);
  EXPECT_EQ(letters[0].reason, "too large");
  EXPECT_EQ(published(), 3);
  commit({row(4, saga(1), {"a"}), row(5, saga(1), {"b"})});
  sent_topics.clear();
  for (const auto tag : send_all()) ack(tag);
  EXPECT_EQ(sent_topics, std::vector<std::string>{"b"});
  EXPECT_EQ(published(), 5);
  EXPECT_EQ(letters.back().seq, 4);
  EXPECT_EQ(letters.back().reason, "behind");
}

TEST_F(RelayTest, a_stream_goes_on_when_its_dead_letters_are_gone_the_oldest_first) {
  commit({row(1, saga(1), {"a"}), row(2, saga(1), {"a"})});
  while (letters.size() < 2) {
    for (const auto tag : send_all()) refuse(tag);
    published();
    now += Duration{100'000};
  }
  EXPECT_EQ(relay->oldest_buried(saga(1), "a"), (Relay::Place{1, 0}));
  EXPECT_EQ(relay->oldest_buried(saga(1), "b"), std::nullopt);
  relay->letter_gone(0, {1, 0});
  EXPECT_EQ(relay->oldest_buried(saga(1), "a"), (Relay::Place{2, 0}));
  commit({row(3, saga(1), {"a"})});
  sent_topics.clear();
  send_all();
  EXPECT_TRUE(sent_topics.empty()) << "behind what is a letter still";
  published();
  relay->letter_gone(0, {2, 0});
  relay->letter_gone(0, {3, 0});
  commit({row(4, saga(1), {"a"})});
  for (const auto tag : send_all()) ack(tag);
  EXPECT_EQ(sent_topics, std::vector<std::string>{"a"});
}

TEST_F(RelayTest, a_dropped_shard_leaves_nothing_behind_and_late_answers_are_ignored) {
  commit({row(1, saga(1), {"a"}), row(2, saga(1), {"a"})});
  const auto tags = send_all();
  refuse(tags[0]);
  relay->drop(0);
  ack(tags[1]);
  EXPECT_FALSE(relay->next(now + Duration{5'000}));
  EXPECT_EQ(relay->ring_bytes(), 0u);
  EXPECT_TRUE(relay->take_moved().empty());
  relay->own(0, 0, 2);
  EXPECT_TRUE(relay->read_wanted());
}

TEST_F(RelayTest, what_is_in_flight_is_bounded) {
  options.in_flight = 10;
  relay = std::make_unique<Relay>(options);
  relay->own(0, 0, 0);
  for (Seq seq = 1; seq <= 50; ++seq) commit({row(seq, saga(1), {"a"})});
  auto tags = send_all();
  EXPECT_EQ(tags.size(), 10u);
  for (const auto tag : tags) ack(tag);
  tags = send_all();
  EXPECT_EQ(tags.size(), 10u);
}

TEST(MessagesTest, the_lifecycle_comes_first_and_ids_are_derived) {
  StoredRecord stored = row(7, saga(1), {"", "orders"});
  stored.generation = 2;
  stored.record.emits[1].key = "customer-1";
  stored.record.lifecycle = core::Lifecycle{};
  const auto messages = messages_of("abc", 3, stored);
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[0].topic, "sagaloom.lifecycle");
  EXPECT_EQ(messages[0].key, core::to_string(saga(1)));
  EXPECT_EQ(messages[1].topic, "sagaloom.events");
  EXPECT_EQ(messages[1].key, core::to_string(saga(1)));
  EXPECT_EQ(messages[2].topic, "orders");
  EXPECT_EQ(messages[2].key, "customer-1");
  EXPECT_EQ(messages[2].id, "abc.2.3.7.2");
  EXPECT_LT(messages[1].sequence, messages[2].sequence);
  EXPECT_EQ(messages_of("abc", 3, stored)[2].id, messages[2].id);
}

TEST(ShardOfTest, it_is_a_fixed_function_of_the_three_parts_and_their_borders) {
  EXPECT_EQ(shard_of("", "order", "42", 16), shard_of("", "order", "42", 16));
  EXPECT_NE(shard_of("a", "b", "c", 4096), shard_of("ab", "", "c", 4096));
  EXPECT_NE(shard_of("", "ab", "c", 4096), shard_of("", "a", "bc", 4096));
  std::vector<int> hits(16, 0);
  for (int i = 0; i < 1'600; ++i) ++hits[shard_of("", "order", std::to_string(i), 16)];
  EXPECT_GT(*std::min_element(hits.begin(), hits.end()), 60);
  // Stored identities depend on it: these three may never change.
  EXPECT_EQ(shard_of("", "order", "o-1", 4096), 421);
  EXPECT_EQ(shard_of("acme", "order", "o-1", 4096), 4049);
  EXPECT_EQ(shard_of("", "", "", 4096), 1264);
}

}  // namespace
}  // namespace sagaloom::engine::testing
