// The engine as a whole, in one process: threads, committer, recovery, over the memory store.
#include <atomic>
#include <chrono>
#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

using core::Outcome;
using core::Phase;
using namespace std::chrono_literals;

// Collects what is published, acknowledges at once.
class CollectingSink : public EventSink {
 public:
  bool send(const Message& message, Acknowledge acknowledge) override {
    {
      const std::lock_guard lock(mutex_);
      ids_.push_back(message.id);
    }
    acknowledge({});
    return true;
  }
  void flush(Duration) override {}
  std::string health() const override { return {}; }
  std::vector<std::string> ids() const {
    const std::lock_guard lock(mutex_);
    return ids_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> ids_;
};

struct EngineTest : ::testing::Test {
  EngineTest() : database(store::make_memory_database()), host(std::make_shared<ScriptedHost>()) {
    options.node_id = "node-a";
  }

  void boot() {
    EnginePorts ports;
    ports.store = store::open_memory(database, options.node_id);
    ports.steps = host;
    ports.sink = sink;
    ports.compile = [this](const StoredDefinition& stored) -> core::DefinitionPointer {
      return stored.hash == definition->hash ? definition : nullptr;
    };
    engine = std::make_unique<Engine>(std::move(ports), options);
    StoredDefinition stored;
    stored.name = definition->name;
    stored.version = definition->version;
    stored.hash = definition->hash;
    ASSERT_TRUE(engine->register_definition(stored, definition).ok());
    engine->run();
  }

  template <typename T, typename Call>
  static Answer<T> ask(Call call) {
    auto promise = std::make_shared<std::promise<Answer<T>>>();
    auto future = promise->get_future();
    call([promise](Answer<T> answer) { promise->set_value(std::move(answer)); });
    if (future.wait_for(30s) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return EngineError{};
    }
    return future.get();
  }
  Answer<StartReply> start(const std::string& key, Value input = Value(expression::Map{})) {
    return ask<StartReply>([&](auto done) {
      engine->start({"order", std::nullopt, submission(key, std::move(input))}, std::move(done));
    });
  }
  Answer<SagaView> wait(const core::SagaId& id, Duration limit = Duration{20'000}) {
    return ask<SagaView>([&](auto done) { engine->wait(id, limit, std::move(done)); });
  }
  Answer<SagaView> get(const core::SagaId& id) {
    return ask<SagaView>([&](auto done) { engine->get(id, std::move(done)); });
  }
  static Phase phase(const Answer<SagaView>& answer) {
    const auto* view = std::get_if<SagaView>(&answer);
    if (view == nullptr) ADD_FAILURE() << error(answer).code << ": " << error(answer).message;
    return view == nullptr ? Phase::queued : view->saga.head.phase;
  }

  std::shared_ptr<store::MemoryDatabase> database;
  std::shared_ptr<ScriptedHost> host;
  std::shared_ptr<CollectingSink> sink;
  std::shared_ptr<core::Definition> definition = plain_workflow(3);
  EngineOptions options;
  std::unique_ptr<Engine> engine;
};

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

TEST_F(EngineTest, unknown_commits_of_both_truths_lose_and_double_nothing) {
  auto commits = std::make_shared<std::atomic<int>>(0);
  store::MemoryOptions faulty;
  faulty.fault = [commits](const std::vector<ShardRows>&) {
    const int n = ++*commits;
    if (n % 3 == 0) return store::CommitFault::lost_written;
    if (n % 3 == 1) return store::CommitFault::lost_unwritten;
    return store::CommitFault::none;
  };
  database = store::make_memory_database(faulty);
  boot();
  std::vector<core::SagaId> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(reply(start("k" + std::to_string(i))).id);
  for (const auto& id : ids) EXPECT_EQ(phase(wait(id)), Phase::completed);
  EXPECT_EQ(host->calls().size(), 90u);
}

TEST_F(EngineTest, a_shard_that_another_node_took_is_dropped_and_nothing_stale_is_written) {
  host->hold("shop.s2");
  boot();
  const auto id = reply(start("k1")).id;
  host->wait_for_calls(2);
  Store other = store::open_memory(database, "node-b");
  ASSERT_EQ(other.journal->take_over({0, 1, 2, 3}, true).size(), 4u);
  const auto rows = store::journal_of(*database, id.shard()).size();
  auto waiting = std::async(std::launch::async, [&] { return wait(id); });
  host->release("shop.s2");  // its result meets the fence
  const auto answer = waiting.get();
  if (const auto* refusal = std::get_if<EngineError>(&answer)) {
    EXPECT_EQ(refusal->code, "shard_not_here");
  } else {
    EXPECT_EQ(phase(answer), Phase::running);  // asked after the shard was gone: from the store
  }
  EXPECT_EQ(store::journal_of(*database, id.shard()).size(), rows);
  while (engine->health().shards_owned == 4) std::this_thread::yield();
  VerbRequest cancel;
  cancel.verb = core::EventKind::cancel_customer;
  const auto refused = ask<SagaView>([&](auto done) { engine->verb(id, cancel, std::move(done)); });
  EXPECT_EQ(error(refused).code, "shard_not_here");
  EXPECT_GT(error(refused).retry_after_s, 0);
}

TEST_F(EngineTest, a_second_node_takes_the_shards_when_the_lease_of_the_first_has_ended) {
  auto time = std::make_shared<std::atomic<std::int64_t>>(0);
  store::MemoryOptions clocked;
  clocked.now = [time] { return start_of_time + Duration{time->load()}; };
  database = store::make_memory_database(clocked);
  host->hold("shop.s2");
  boot();
  const auto id = reply(start("k1")).id;
  host->wait_for_calls(2);
  auto first = std::move(engine);
  *time += 60'000;  // the first node is frozen for a minute
  options.node_id = "node-b";
  boot();
  EXPECT_EQ(engine->health().shards_owned, 4u);
  host->release("shop.s2");
  EXPECT_EQ(phase(wait(id)), Phase::completed);
  first.reset();
}

TEST_F(EngineTest, a_store_that_is_away_for_a_while_loses_nothing) {
  auto away = std::make_shared<std::atomic<bool>>(false);
  store::MemoryOptions faulty;
  faulty.fault = [away](const std::vector<ShardRows>&) {
    return *away ? store::CommitFault::away : store::CommitFault::none;
  };
  database = store::make_memory_database(faulty);
  host->hold("shop.s1");
  boot();
  const auto id = reply(start("k1")).id;
  host->wait_for_calls(1);
  *away = true;
  host->release("shop.s1");
  while (engine->health().store.empty()) std::this_thread::yield();
  EXPECT_FALSE(engine->health().ready);
  EXPECT_EQ(error(start("k2")).code, "store_away");
  *away = false;
  EXPECT_EQ(phase(wait(id)), Phase::completed);
  EXPECT_TRUE(engine->health().ready);
}

TEST_F(EngineTest, one_poisonous_saga_is_parked_alone) {
  store::MemoryOptions faulty;
  faulty.fault = [](const std::vector<ShardRows>& parts) {
    for (const ShardRows& part : parts) {
      for (const JournalRow& row : part.journal) {
        const auto& output = row.record.event.output;
        if (output && output->find("poison")) return store::CommitFault::refused;
      }
    }
    return store::CommitFault::none;
  };
  database = store::make_memory_database(faulty);
  host->script("shop.s2", [](const StepCall& call) {
    core::Event event = answer_of(call.command, Outcome::ok);
    if (call.saga.bytes[15] % 16 == 0) event.output = Value::object({{"poison", true}});
    return event;
  });
  boot();
  std::vector<core::SagaId> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(reply(start("k" + std::to_string(i))).id);
  int parked = 0;
  for (const auto& id : ids) {
    const auto view = wait(id);
    if (id.bytes[15] % 16 != 0) {
      EXPECT_EQ(phase(view), Phase::completed);
    } else {
      EXPECT_EQ(core::state_name(std::get<SagaView>(view).saga), "PARKED");
      ++parked;
    }
  }
  EXPECT_EQ(engine->health().parked, static_cast<std::uint64_t>(parked));
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
