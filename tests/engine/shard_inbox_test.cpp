// Events and signals at a shard: kept, offered in order, taken once, dropped with a reason.
#include <algorithm>
#include <gtest/gtest.h>

#include "runtime/store/memory/memory_database.h"
#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

using core::Outcome;
using core::Phase;
using Strings = std::vector<std::string>;

core::Step wait_step(const std::string& id, core::Wait::For kind, const std::string& name) {
  core::Wait wait;
  wait.kind = kind;
  wait.name = name;
  core::Step step;
  step.id = id;
  step.kind = std::move(wait);
  return step;
}

expression::Template text(const std::string& expression) {
  auto made = expression::Template::compile(Value("${ " + expression + " }"), {"input"});
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

std::shared_ptr<core::Definition> waiting(std::vector<core::Step> steps) {
  auto definition = workflow(std::move(steps));
  definition->id = text("input.order");
  core::EventSource paid;
  paid.name = "paid";
  paid.topic = "payments";
  paid.type = "payment.paid";
  definition->events = {paid};
  return definition;
}

Value order(const std::string& id) {
  return Value::object({{"order", id}});
}

struct ShardInboxTest : ::testing::Test {
  ShardInboxTest() {
    store::MemoryOptions options;
    options.now = [] { return start_of_time; };
    database = store::make_memory_database(options);
    shard = std::make_unique<DrivenShard>(database);
  }

  void deliver(std::int64_t offset, const std::string& key, std::optional<Duration> ttl,
               const std::string& dedupe = {}) {
    InboxMessage message;
    message.key = {"", "order", key};
    message.event = "event:paid";
    message.data = Value::object({{"data", Value::object({{"amount", offset}})}});
    message.ttl = ttl;
    message.dedupe = dedupe;
    Delivery delivery;
    delivery.source = SourceRow{"payments", 0, offset + 1};
    delivery.messages.push_back(std::move(message));
    delivery.done = [this](Answer<bool> answer) { done.push_back(std::move(answer)); };
    accepted = shard->shard->deliver(delivery);
  }
  std::size_t fated(const std::string& fate) const {
    return static_cast<std::size_t>(std::count(shard->fates.begin(), shard->fates.end(), fate));
  }
  Phase phase(const core::SagaId& id) { return shard->store.lookup->get(id)->head.phase; }
  std::size_t rows() { return shard->store.journal->read_inbox_heads(0, {}, 100).size(); }

  std::shared_ptr<core::Definition> one_wait =
      waiting({wait_step("pay", core::Wait::For::event, "paid")});
  static constexpr Duration hour{3'600'000};
  std::shared_ptr<store::MemoryDatabase> database;
  std::unique_ptr<DrivenShard> shard;
  std::vector<Answer<bool>> done;
  bool accepted = false;
};

TEST_F(ShardInboxTest, an_event_ends_the_wait_that_listens_and_leaves_the_inbox) {
  const auto id = shard->submit(one_wait, "", order("a"));
  shard->run_to_rest();
  deliver(7, "a", hour);
  shard->run_to_rest();
  EXPECT_EQ(phase(id), Phase::completed);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_TRUE(std::get<bool>(done[0]));
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(fated("taken"), 1u);
  EXPECT_EQ(shard->store.journal->read_sources(0).at(0).next_offset, 8);
}

TEST_F(ShardInboxTest, the_source_hears_of_it_only_after_the_commit) {
  deliver(7, "a", hour);
  shard->shard->tick(shard->now);
  BatchPointer batch = shard->shard->take_batch(shard->now, shard->budget);
  ASSERT_TRUE(batch);
  shard->do_effects();
  EXPECT_TRUE(done.empty());
  EXPECT_EQ(shard->store.journal->commit({batch->rows}).status, CommitStatus::committed);
  shard->shard->on_committed(std::move(batch), shard->now);
  shard->do_effects();
  EXPECT_EQ(done.size(), 1u);
}

TEST_F(ShardInboxTest, an_event_from_before_the_saga_waits_for_it) {
  deliver(1, "a", hour);
  shard->run_to_rest();
  EXPECT_EQ(rows(), 1u);
  const auto id = shard->submit(one_wait, "", order("a"));
  shard->run_to_rest();
  EXPECT_EQ(phase(id), Phase::completed);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(ShardInboxTest, an_event_that_was_stored_before_a_restart_is_offered_after_it) {
  const auto id = shard->submit(one_wait, "", order("a"));
  shard->run_to_rest();
  // Stored, but the shard dies before it offers the row.
  deliver(1, "a", hour);
  shard->shard->tick(shard->now);
  BatchPointer batch = shard->shard->take_batch(shard->now, shard->budget);
  ASSERT_TRUE(batch);
  EXPECT_EQ(shard->store.journal->commit({batch->rows}).status, CommitStatus::committed);
  shard->restart();
  shard->run_to_rest();
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(ShardInboxTest, an_offset_that_was_read_again_is_dropped_also_after_a_restart) {
  deliver(4, "a", hour);
  shard->run_to_rest();
  deliver(4, "a", hour);
  shard->run_to_rest();
  shard->restart();
  deliver(3, "a", hour);
  shard->run_to_rest();
  EXPECT_EQ(rows(), 1u);
  EXPECT_EQ(fated("known"), 2u);
  EXPECT_EQ(done.size(), 3u);  // each may be committed
}

TEST_F(ShardInboxTest, a_second_event_with_the_same_name_is_dropped_within_its_time) {
  deliver(1, "a", hour, "p-1");
  deliver(2, "a", hour, "p-1");
  shard->run_to_rest();
  deliver(3, "a", hour, "p-1");
  deliver(4, "a", hour, "p-2");
  shard->run_to_rest();
  EXPECT_EQ(fated("duplicate"), 2u);
  EXPECT_EQ(rows(), 2u);
}

TEST_F(ShardInboxTest, without_a_time_to_live_only_a_wait_that_listens_gets_it) {
  deliver(1, "nobody", std::nullopt);
  shard->run_to_rest();
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(fated("not_listening"), 1u);
  const auto definition =
      waiting({call_step("first"), wait_step("pay", core::Wait::For::event, "paid")});
  const auto id = shard->submit(definition, "", order("a"));
  shard->run_to_rest();
  deliver(2, "a", std::nullopt);  // the call is still under way
  shard->run_to_rest();
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(fated("not_listening"), 2u);
  shard->run_all_ok();
  deliver(3, "a", std::nullopt);
  shard->run_to_rest();
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(ShardInboxTest, an_event_whose_time_is_over_is_dropped) {
  deliver(1, "a", hour);
  shard->run_to_rest();
  EXPECT_LE(shard->shard->next_due(), shard->now + hour);
  shard->pass(hour);
  shard->run_to_rest();
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(fated("expired"), 1u);
}

TEST_F(ShardInboxTest, events_are_taken_in_the_order_in_which_they_came) {
  const auto definition = waiting({wait_step("one", core::Wait::For::event, "paid"),
                                   wait_step("two", core::Wait::For::event, "paid")});
  deliver(1, "a", hour);
  deliver(2, "a", hour);
  shard->run_to_rest();
  const auto id = shard->submit(definition, "", order("a"));
  shard->run_to_rest();
  const auto saga = shard->store.lookup->get(id);
  ASSERT_TRUE(saga && saga->find("one")->output && saga->find("two")->output);
  EXPECT_EQ(*saga->find("one")->output->find("amount"), Value(1));
  EXPECT_EQ(*saga->find("two")->output->find("amount"), Value(2));
}

TEST_F(ShardInboxTest, an_event_for_an_ended_saga_becomes_a_dead_letter) {
  const auto id = shard->submit(one_wait, "", order("a"));
  shard->run_to_rest();
  deliver(1, "a", hour);
  shard->run_to_rest();
  ASSERT_EQ(phase(id), Phase::completed);
  deliver(2, "a", hour);
  shard->run_to_rest();
  EXPECT_EQ(rows(), 0u);
  const auto letters = shard->store.lookup->dead_letters({});
  ASSERT_EQ(letters.items.size(), 1u);
  EXPECT_EQ(letters.items[0].reason, "saga.ended");
  EXPECT_EQ(letters.items[0].workflow, "order");
}

SettledLetter settled(const DeadLetter& letter, const std::string& verb) {
  return {letter.name, letter.tenant, letter.workflow, letter.reason, verb, {"ann", "why"}, {}};
}

TEST_F(ShardInboxTest, a_dead_letter_is_replayed_or_discarded_once_and_who_did_it_is_kept) {
  shard->submit(one_wait, "", order("a"));
  shard->run_to_rest();
  deliver(1, "a", hour);
  deliver(2, "a", hour);
  deliver(3, "a", hour);
  shard->run_to_rest();
  deliver(4, "a", hour);
  deliver(5, "a", hour);
  shard->run_to_rest();
  const auto letters = shard->store.lookup->dead_letters({}).items;
  ASSERT_EQ(letters.size(), 2u);
  std::size_t count = 0;
  const auto counted = [&](Answer<bool> answer) { count += std::get<bool>(answer); };
  InboxMessage again;
  again.key = {"", "order", "b"};  // a saga to come
  again.event = "event:paid";
  again.ttl = hour;
  again.dedupe = "replay 0.1.0";
  shard->shard->settle_dead_letter(settled(letters[0], "replay"), again, counted);
  shard->shard->settle_dead_letter(settled(letters[0], "replay"), again, counted);
  shard->shard->settle_dead_letter(settled(letters[1], "discard"), {}, counted);
  shard->run_to_rest();
  EXPECT_EQ(count, 3u);
  EXPECT_TRUE(shard->store.lookup->dead_letters({}).items.empty());
  EXPECT_EQ(rows(), 1u) << "two replays of one letter bring one event";
  const auto kept = shard->store.lookup->settled_letters({}).items;
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].verb, "replay");
  EXPECT_EQ(kept[0].letter_reason, "saga.ended");
  EXPECT_EQ(kept[0].author.by, "ann");
  EXPECT_EQ(kept[0].at, shard->now);
  EXPECT_EQ(kept[1].verb, "discard");
}

TEST_F(ShardInboxTest, a_replay_into_a_full_box_is_refused_and_its_letter_stays) {
  for (int i = 0; i < 1'001; ++i) {
    deliver(i, "b", hour);
    if (i % 100 == 0) shard->run_to_rest();
  }
  deliver(1'001, "b", hour);
  shard->run_to_rest();
  const auto letters = shard->store.lookup->dead_letters({}).items;
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].reason, "inbox.full");
  InboxMessage again;
  again.key = {"", "order", "b"};
  again.event = "event:paid";
  again.ttl = hour;
  std::string code;
  shard->shard->settle_dead_letter(settled(letters[0], "replay"), again, [&](Answer<bool> answer) {
    code = std::get<EngineError>(answer).code;
  });
  shard->run_to_rest();
  EXPECT_EQ(code, "inbox.full");
  EXPECT_EQ(shard->store.lookup->dead_letters({}).items.size(), 1u);
}

TEST_F(ShardInboxTest, events_for_sagas_that_do_not_exist_are_capped_the_oldest_go) {
  shard->options.absent_limit = 3;
  shard->restart();
  for (int i = 0; i < 5; ++i) deliver(i, "k" + std::to_string(i), hour);
  shard->run_to_rest();
  shard->run_to_rest();
  deliver(9, "k9", hour);
  shard->run_to_rest();
  const auto heads = shard->store.journal->read_inbox_heads(0, {}, 100);
  EXPECT_LE(heads.size(), 3u);
  EXPECT_GE(fated("surplus"), 3u);
  const bool newest = std::any_of(heads.begin(), heads.end(),
                                  [](const InboxHead& head) { return head.key.key == "k9"; });
  EXPECT_TRUE(newest);
}

TEST_F(ShardInboxTest, a_signal_is_kept_until_its_wait_begins) {
  const auto definition =
      waiting({call_step("first"), wait_step("go", core::Wait::For::signal, "go")});
  const auto id = shard->submit(definition, "", order("a"));
  shard->run_to_rest();
  core::Event signal;
  signal.kind = core::EventKind::signal;
  signal.code = "go";
  signal.output = Value("now");
  signal.by = "test";
  const auto send = [&] {
    shard->shard->verb(
        id, signal, [this](Answer<SagaView> answer) { shard->views.push_back(std::move(answer)); });
    shard->run_to_rest();
  };
  send();
  ASSERT_EQ(shard->views.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<SagaView>(shard->views[0]));
  EXPECT_EQ(rows(), 1u);
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::completed);
  EXPECT_EQ(rows(), 0u);
  send();
  EXPECT_EQ(error(shard->views.back()).code, "saga.ended");
}

// ---- requests under a key

struct KeyedTest : ShardInboxTest {
  void signal(const core::SagaId& id, const std::string& key, const std::string& said,
              const std::string& name = "go") {
    core::Event event;
    event.kind = core::EventKind::signal;
    event.code = name;
    event.output = Value(said);
    send(id, std::move(event), {key, said});
  }
  void answer(const core::SagaId& id, const std::string& key, bool approved) {
    core::Event event;
    event.kind = core::EventKind::task_answered;
    event.path = "decide";
    event.output = Value::object({{"approved", approved}});
    send(id, std::move(event), {key, approved ? "yes" : "no"});
  }
  void send(const core::SagaId& id, core::Event event, RequestKey once) {
    shard->shard->verb(
        id, std::move(event),
        [this](Answer<SagaView> answer) { shard->views.push_back(std::move(answer)); },
        std::move(once));
  }
  // "ok", or the codes of the errors, of what was answered since the last call.
  Strings told() {
    shard->run_to_rest();
    Strings codes;
    for (const auto& view : std::exchange(shard->views, {})) {
      codes.push_back(std::holds_alternative<SagaView>(view) ? "ok" : error(view).code);
    }
    return codes;
  }
  std::shared_ptr<core::Definition> signals =
      waiting({wait_step("one", core::Wait::For::signal, "go"),
               wait_step("two", core::Wait::For::signal, "go")});
  std::shared_ptr<core::Definition> task =
      waiting({wait_step("decide", core::Wait::For::task, "")});
};

TEST_F(KeyedTest, a_signal_that_is_sent_again_under_its_key_counts_once) {
  const auto id = shard->submit(signals, "", order("a"));
  shard->run_to_rest();
  signal(id, "k1", "now");
  signal(id, "k1", "now");
  EXPECT_EQ(told(), (Strings{"ok", "ok"}));
  EXPECT_EQ(fated("stored"), 1u);
  EXPECT_EQ(phase(id), Phase::running) << "the second wait goes on";
  shard->restart();
  shard->run_to_rest();
  signal(id, "k1", "now");
  EXPECT_EQ(told(), Strings{"ok"});
  EXPECT_EQ(phase(id), Phase::running) << "also after a restart";
  signal(id, "k2", "now");
  EXPECT_EQ(told(), Strings{"ok"});
  EXPECT_EQ(phase(id), Phase::completed);
  signal(id, "k2", "now");
  EXPECT_EQ(told(), Strings{"ok"}) << "although the saga has ended";
  signal(id, "k3", "now");
  EXPECT_EQ(told(), Strings{"saga.ended"});
  EXPECT_EQ(fated("stored"), 2u);
}

TEST_F(KeyedTest, another_request_under_a_used_key_is_refused) {
  const auto id = shard->submit(signals, "", order("a"));
  shard->run_to_rest();
  signal(id, "k1", "now");
  signal(id, "k1", "later");
  EXPECT_EQ(told(), (Strings{"idempotency_key_reused", "ok"})) << "the first after its commit";
  signal(id, "k1", "later");
  EXPECT_EQ(told(), Strings{"idempotency_key_reused"});
  EXPECT_EQ(fated("stored"), 1u);
}

TEST_F(KeyedTest, keys_of_two_sagas_have_nothing_to_do_with_each_other) {
  const auto a = shard->submit(signals, "", order("a"));
  const auto b = shard->submit(signals, "", order("b"));
  shard->run_to_rest();
  signal(a, "k1", "now");
  signal(b, "k1", "now");
  EXPECT_EQ(told(), (Strings{"ok", "ok"}));
  EXPECT_EQ(fated("stored"), 2u);
}

TEST_F(KeyedTest, a_key_is_forgotten_after_a_week) {
  const auto id = shard->submit(signals, "", order("a"));
  shard->run_to_rest();
  signal(id, "k1", "now");
  EXPECT_EQ(told(), Strings{"ok"});
  shard->pass(Duration{9ll * 24 * 3'600'000});
  signal(id, "k1", "now");
  EXPECT_EQ(told(), Strings{"ok"});
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(KeyedTest, an_answer_that_is_sent_again_under_its_key_is_answered_as_the_first) {
  const auto id = shard->submit(task, "", order("a"));
  shard->run_to_rest();
  answer(id, "k1", true);
  answer(id, "k1", true);
  EXPECT_EQ(told(), (Strings{"ok", "ok"})) << "two at once";
  EXPECT_EQ(phase(id), Phase::completed);
  shard->restart();
  shard->run_to_rest();
  answer(id, "k1", true);
  answer(id, "k1", false);
  answer(id, "k2", true);
  EXPECT_EQ(told(), (Strings{"ok", "idempotency_key_reused", "saga.ended"}));
}

TEST_F(KeyedTest, a_refused_answer_leaves_its_key_free) {
  const auto id = shard->submit(waiting({wait_step("first", core::Wait::For::signal, "go"),
                                         wait_step("decide", core::Wait::For::task, "")}),
                                "", order("a"));
  shard->run_to_rest();
  answer(id, "k1", true);
  EXPECT_EQ(told(), Strings{"task.not_open"});
  signal(id, "", "now");
  EXPECT_EQ(told(), Strings{"ok"});
  answer(id, "k1", true);
  EXPECT_EQ(told(), Strings{"ok"});
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(KeyedTest, who_waits_for_an_answer_hears_when_the_shard_is_lost) {
  const auto id = shard->submit(task, "", order("a"));
  shard->run_to_rest();
  answer(id, "k1", true);
  for (auto& give : shard->shard->abandon(nullptr).answers) give();
  ASSERT_EQ(shard->views.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<EngineError>(shard->views[0]));
}

// ---- rows that can't be read

TEST_F(ShardInboxTest, a_row_that_cannot_be_read_becomes_a_dead_letter_and_blocks_nobody) {
  deliver(1, "a", hour);
  deliver(2, "a", hour);
  deliver(3, "b", hour);
  shard->run_to_rest();
  {
    const std::lock_guard lock(database->mutex);
    InboxRow& row = database->shards.at(0).inbox.begin()->second;
    row.data = {};
    row.problem = "json.malformed: at byte 7";
    row.stored = "{\"data\":";
  }
  shard->restart();
  const auto a = shard->submit(one_wait, "", order("a"));
  const auto b = shard->submit(one_wait, "", order("b"));
  shard->run_to_rest();
  EXPECT_EQ(phase(a), Phase::completed) << "with the next event";
  EXPECT_EQ(phase(b), Phase::completed);
  EXPECT_EQ(fated("inbox.unreadable"), 1u);
  EXPECT_EQ(rows(), 0u);
  const auto letters = shard->store.lookup->dead_letters({}).items;
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].reason, "inbox.unreadable");
  EXPECT_EQ(letters[0].workflow, "order");
  EXPECT_EQ(*letters[0].content->find("key"), Value("a"));
  EXPECT_EQ(*letters[0].content->find("problem"), Value("json.malformed: at byte 7"));
  EXPECT_EQ(*letters[0].content->find("stored"), Value("{\"data\":"));
  const bool logged =
      std::any_of(shard->logged.begin(), shard->logged.end(),
                  [](const std::string& line) { return line == "inbox.unreadable"; });
  EXPECT_TRUE(logged);
}

TEST_F(ShardInboxTest, a_saga_that_only_waits_leaves_memory_and_comes_back_for_its_event) {
  const auto id = shard->submit(one_wait, "", order("a"));
  shard->run_to_rest();
  EXPECT_EQ(shard->shard->find(id), nullptr);
  EXPECT_EQ(shard->shard->live(), 1u);
  deliver(1, "a", hour);
  shard->run_to_rest();
  EXPECT_EQ(phase(id), Phase::completed);
  EXPECT_EQ(shard->shard->live(), 0u);
}

TEST_F(ShardInboxTest, what_is_left_at_the_end_is_removed_and_counted) {
  const auto definition = waiting({call_step("first")});
  shard->submit(definition, "", order("a"));
  shard->run_to_rest();
  deliver(1, "a", hour);
  shard->run_to_rest();
  EXPECT_EQ(rows(), 1u);
  shard->run_all_ok();
  EXPECT_EQ(rows(), 0u);
  EXPECT_EQ(fated("unused"), 1u);
}

TEST_F(ShardInboxTest, a_full_shard_takes_no_more) {
  shard->options.delivery_limit = 2;
  shard->restart();
  deliver(1, "a", hour);
  deliver(2, "a", hour);
  EXPECT_TRUE(accepted);
  deliver(3, "a", hour);
  EXPECT_FALSE(accepted);
  shard->run_to_rest();
  deliver(3, "a", hour);
  EXPECT_TRUE(accepted);
}

}  // namespace
}  // namespace sagaloom::engine::testing
