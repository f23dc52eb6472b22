// The engine as a whole, in one process: threads, committer, recovery, over the memory store.
#include "tests/engine/engine_fixture.h"

namespace sagaloom::engine::testing {
namespace {

TEST_F(EngineTest, a_saga_completes) {
  boot();
  const auto started = start("k1");
  EXPECT_EQ(phase(wait(reply(started).id)), Phase::completed);
  EXPECT_EQ(host->calls().size(), 3u);
  EXPECT_EQ(phase(get(reply(started).id)), Phase::completed);
  const EngineHealth health = engine->health();
  EXPECT_TRUE(health.ready);
  EXPECT_EQ(health.shards_owned, 4u);
}

TEST_F(EngineTest, a_refused_step_undoes_the_others_in_reverse) {
  host->refuse("shop.s3", "shop.refused");
  boot();
  const auto started = start("k1");
  EXPECT_EQ(phase(wait(reply(started).id)), Phase::compensated);
  std::vector<std::string> operations;
  for (const std::string& call : host->calls()) {
    operations.push_back(call.substr(0, call.find(' ')));
  }
  EXPECT_EQ(operations, (std::vector<std::string>{"shop.s1", "shop.s2", "shop.s3", "shop.undo_s2",
                                                  "shop.undo_s1"}));
}

TEST_F(EngineTest, many_clients_racing_for_one_identity_make_one_saga) {
  options.threads = 2;
  boot();
  std::vector<std::thread> clients;
  std::mutex mutex;
  std::set<core::SagaId> ids;
  std::atomic<int> fresh{0};
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        const auto answer = start("key-" + std::to_string(k));
        if (!reply(answer).replayed) ++fresh;
        const std::lock_guard lock(mutex);
        ids.insert(reply(answer).id);
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(ids.size(), 20u);
  EXPECT_EQ(fresh, 20);
}

TEST_F(EngineTest, find_get_list_history_and_unknown_ones) {
  boot();
  const auto id = reply(start("k1")).id;
  wait(id);
  const auto found =
      ask<SagaView>([&](auto done) { engine->find("", "order", "k1", std::move(done)); });
  EXPECT_EQ(std::get<SagaView>(found).saga.id, id);
  const auto nobody =
      ask<SagaView>([&](auto done) { engine->find("", "order", "k2", std::move(done)); });
  EXPECT_EQ(error(nobody).code, "saga_unknown");
  EXPECT_EQ(error(get(core::make_saga_id(1, 0, 5))).code, "saga_unknown");
  const auto page = ask<SagaPage>([&](auto done) { engine->list({}, std::move(done)); });
  ASSERT_EQ(std::get<SagaPage>(page).items.size(), 1u);
  EXPECT_EQ(std::get<SagaPage>(page).items[0].state, "COMPLETED");
  const auto rows = ask<std::vector<StoredRecord>>(
      [&](auto done) { engine->history(id, 0, 100, std::move(done)); });
  EXPECT_EQ(std::get<std::vector<StoredRecord>>(rows).size(), 4u);
  const auto no_workflow = ask<StartReply>([&](auto done) {
    engine->start({"nothing", std::nullopt, submission("k")}, std::move(done));
  });
  EXPECT_EQ(error(no_workflow).code, "workflow_unknown");
}

TEST_F(EngineTest, a_wait_ends_after_its_limit_with_what_the_saga_is_then) {
  host->hold("shop.s1");
  boot();
  const auto id = reply(start("k1")).id;
  EXPECT_EQ(phase(wait(id, Duration{20})), Phase::running);
  host->release("shop.s1");
  EXPECT_EQ(phase(wait(id)), Phase::completed);
  EXPECT_EQ(error(wait(core::make_saga_id(1, 0, 7))).code, "saga_unknown");
}

TEST_F(EngineTest, a_cancel_turns_a_saga_back) {
  host->hold("shop.s2");
  boot();
  const auto id = reply(start("k1")).id;
  host->wait_for_calls(2);
  const auto view = ask<SagaView>([&](auto done) {
    VerbRequest cancel;
    cancel.verb = core::EventKind::cancel_customer;
    engine->verb(id, std::move(cancel), std::move(done));
  });
  EXPECT_EQ(phase(view), Phase::compensating);
  host->release("shop.s2");
  EXPECT_EQ(phase(wait(id)), Phase::compensated);
}

TEST_F(EngineTest, draining_refuses_new_sagas_waits_for_calls_and_hands_the_shards_over) {
  host->hold("shop.s2");
  boot();
  const auto id = reply(start("k1")).id;
  host->wait_for_calls(2);
  auto drained = std::async(std::launch::async, [&] { return engine->drain(Duration{20'000}); });
  while (!engine->health().draining) std::this_thread::yield();
  EXPECT_EQ(error(start("k2")).code, "draining");
  EXPECT_EQ(drained.wait_for(50ms), std::future_status::timeout) << "a call is in flight";
  host->release("shop.s2");
  EXPECT_TRUE(drained.get());
  engine.reset();

  options.node_id = "node-b";  // another place gets them without waiting for the lease
  boot();
  EXPECT_EQ(engine->health().shards_owned, 4u);
  EXPECT_EQ(phase(wait(id)), Phase::completed);
}

TEST_F(EngineTest, killed_with_calls_in_flight_it_repeats_them_with_the_same_key_after_a_restart) {
  host->hold("shop.s2");
  boot();
  const auto id = reply(start("k1")).id;
  host->wait_for_calls(2);
  engine.reset();
  host->release("shop.s2");  // into the void
  boot();
  const auto again = start("k1");
  EXPECT_EQ(reply(again).id, id);
  EXPECT_TRUE(reply(again).replayed);
  EXPECT_EQ(phase(wait(id)), Phase::completed);
  const auto calls = host->calls();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "shop.s2 " + core::to_string(id) + "/s2"), 2);
}

TEST_F(EngineTest, limits_are_answered_with_503_and_a_time) {
  host->hold("shop.s1");
  options.live_limit = 2;
  boot();
  const auto first = start("k1");
  const auto second = start("k2");
  host->wait_for_calls(2);
  const auto third = start("k3");
  EXPECT_EQ(error(third).kind, EngineError::Kind::overloaded);
  EXPECT_EQ(error(third).code, "live_full");
  EXPECT_GT(error(third).retry_after_s, 0);
  host->release("shop.s1");
  wait(reply(first).id);
  wait(reply(second).id);
  EXPECT_TRUE(std::holds_alternative<StartReply>(start("k3")));
}

TEST_F(EngineTest, a_flood_of_starts_is_answered_with_429_and_a_time) {
  options.starts_per_second = 1;  // so two at once
  boot();
  std::size_t started = 0;
  std::optional<EngineError> refused;
  for (int i = 0; i < 20 && !refused; ++i) {
    const auto answer = start("k" + std::to_string(i));
    if (const auto* problem = std::get_if<EngineError>(&answer)) {
      refused = *problem;
    } else {
      ++started;
    }
  }
  ASSERT_TRUE(refused);
  EXPECT_GE(started, 2u);
  EXPECT_EQ(refused->kind, EngineError::Kind::quota);
  EXPECT_EQ(refused->code, "quota");
  EXPECT_EQ(refused->retry_after_s, 1);
}

TEST_F(EngineTest, what_is_committed_is_published_once_in_order_and_read_from_the_log) {
  sink = std::make_shared<CollectingSink>();
  boot();
  const auto id = reply(start("k1")).id;
  wait(id);
  ASSERT_TRUE(engine->drain(Duration{10'000}));
  const auto ids = sink->ids();
  // accepted: lifecycle + hook; s1, s2, s3 done; completed: lifecycle + hook
  EXPECT_EQ(ids.size(), 7u);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());

  std::vector<std::string> read;
  std::string cursor;
  while (true) {
    const auto page =
        ask<EventPage>([&](auto done) { engine->events(cursor, 2, std::move(done)); });
    const auto& items = std::get<EventPage>(page).items;
    if (items.empty()) break;
    for (const auto& item : items) read.push_back(item.message.id);
    cursor = std::get<EventPage>(page).next;
  }
  EXPECT_EQ(read, ids);
  const auto bad =
      ask<EventPage>([&](auto done) { engine->events("nonsense", 2, std::move(done)); });
  EXPECT_EQ(error(bad).code, "cursor.invalid");
}

TEST_F(EngineTest, what_was_not_published_before_a_crash_is_published_after_it) {
  boot();  // without a sink nothing is published, but the journal has it
  const auto id = reply(start("k1")).id;
  wait(id);
  engine.reset();
  sink = std::make_shared<CollectingSink>();
  host->refuse("shop.s2", "shop.refused");
  boot();
  wait(reply(start("k2")).id);
  ASSERT_TRUE(engine->drain(Duration{10'000}));
  EXPECT_GE(sink->ids().size(), 7u);
}

TEST_F(EngineTest, the_journal_is_trimmed_below_what_is_published_and_old_cursors_are_gone) {
  store::MemoryOptions one;
  one.shards = 1;
  database = store::make_memory_database(one);
  options.journal_keep = Duration{0};
  boot();
  std::vector<std::future<Answer<StartReply>>> starts;
  constexpr int count = 1'300;  // four rows each: more than a slice of 5,000
  for (int i = 0; i < count; ++i) {
    auto promise = std::make_shared<std::promise<Answer<StartReply>>>();
    starts.push_back(promise->get_future());
    engine->start({"order", std::nullopt, submission("k" + std::to_string(i))},
                  [promise](Answer<StartReply> answer) { promise->set_value(std::move(answer)); });
  }
  for (auto& started : starts) wait(reply(started.get()).id);
  ASSERT_TRUE(engine->drain(Duration{20'000}));
  EXPECT_EQ(store::journal_of(*database, 0).front().seq, 1);
  boot();
  while (store::journal_of(*database, 0).front().seq == 1) std::this_thread::yield();
  EXPECT_EQ(store::journal_of(*database, 0).front().seq, 5'001);
  EXPECT_EQ(store::journal_of(*database, 0).back().seq, 5'200);
  const auto old =
      ask<EventPage>([&](auto done) { engine->events("v1_0.17", 10, std::move(done)); });
  EXPECT_EQ(error(old).code, "cursor_gone");
  EXPECT_EQ(phase(wait(reply(start("new")).id)), Phase::completed);
}

TEST_F(EngineTest, hundreds_of_sagas_at_once_on_two_threads) {
  options.threads = 2;
  sink = std::make_shared<CollectingSink>();
  host->script("shop.s3", [](const StepCall& call) {
    const bool fail = call.saga.bytes[15] % 4 == 0;
    return fail ? answer_of(call.command, Outcome::business, "shop.refused")
                : answer_of(call.command, Outcome::ok);
  });
  boot();
  std::vector<std::future<Answer<StartReply>>> starts;
  constexpr int count = 400;
  for (int i = 0; i < count; ++i) {
    auto promise = std::make_shared<std::promise<Answer<StartReply>>>();
    starts.push_back(promise->get_future());
    engine->start({"order", std::nullopt, submission("k" + std::to_string(i))},
                  [promise](Answer<StartReply> answer) { promise->set_value(std::move(answer)); });
  }
  int completed = 0, compensated = 0;
  for (auto& started : starts) {
    const Phase end = phase(wait(reply(started.get()).id));
    completed += end == Phase::completed;
    compensated += end == Phase::compensated;
  }
  EXPECT_EQ(completed + compensated, count);
  EXPECT_GT(compensated, 0);
  EXPECT_TRUE(engine->drain(Duration{20'000}));
  EXPECT_EQ(engine->health().live, 0u);
}

}  // namespace
}  // namespace sagaloom::engine::testing
