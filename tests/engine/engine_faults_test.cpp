// The engine when commits are lost, shards are taken, the store is away or refuses a saga.
#include "tests/engine/engine_fixture.h"

namespace sagaloom::engine::testing {
namespace {

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

TEST_F(EngineTest, after_a_lapse_nothing_is_called_before_the_shards_are_known_to_be_ours) {
  std::atomic<bool> away = false, looked = false;
  std::atomic<std::size_t> called_before_the_look = 0;
  core::SagaId id;
  wrap = [&](Store& store) {
    auto catalog = std::make_unique<WatchedCatalog>(std::move(store.catalog));
    catalog->on_renew = [&] {
      if (away) throw StoreError("away");
    };
    auto journal = std::make_unique<WatchedJournal>(std::move(store.journal));
    journal->on_read_owned = [&] {
      get(id);  // two answers of the saga's thread: between them it made a whole turn
      get(id);
      called_before_the_look = host->count("shop.s2");
      looked = true;
    };
    store.catalog = std::move(catalog);
    store.journal = std::move(journal);
  };
  options.lease = Duration{800};
  options.lease_renewal = Duration{100};
  host->hold("shop.s1");
  boot();
  id = reply(start("k1")).id;
  host->wait_for_calls(1);
  away = true;
  const auto lapsed = std::chrono::steady_clock::now() + 800ms;
  while (std::chrono::steady_clock::now() < lapsed) std::this_thread::yield();
  host->release("shop.s1");
  while (store::journal_of(*database, id.shard()).size() < 2) std::this_thread::yield();
  away = false;
  EXPECT_EQ(phase(wait(id)), Phase::completed);
  EXPECT_TRUE(looked);
  EXPECT_EQ(called_before_the_look, 0u) << "called while others may have had the shard";
  engine.reset();  // it looks at what stands here
}

// Collects the codes of what is logged.
struct LoggedCodes : Observer {
  void log(std::string_view, std::string_view code, std::string_view) override {
    const std::lock_guard lock(mutex);
    codes.emplace_back(code);
  }
  bool has(const std::string& code) {
    const std::lock_guard lock(mutex);
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  }
  std::mutex mutex;
  std::vector<std::string> codes;
};

TEST_F(EngineTest, a_shard_that_cannot_be_read_stops_no_other_and_is_tried_again) {
  std::atomic<bool> broken = true;
  auto log = std::make_shared<LoggedCodes>();
  observer = log;
  wrap = [&](Store& store) {
    auto journal = std::make_unique<WatchedJournal>(std::move(store.journal));
    journal->on_read_journal = [&](ShardNumber shard) {
      if (broken && shard == 1) throw StoreError("a row can't be decoded");
    };
    store.journal = std::move(journal);
  };
  options.lease_renewal = Duration{100};
  boot();
  std::size_t completed = 0;
  for (int i = 0; i < 12; ++i) {
    const auto started = start("k" + std::to_string(i));
    if (const auto* made = std::get_if<StartReply>(&started)) {
      EXPECT_EQ(phase(wait(made->id)), Phase::completed);
      ++completed;
    } else {
      EXPECT_EQ(error(started).code, "shard_not_here");
    }
  }
  EXPECT_GT(completed, 0u);
  while (engine->health().shards_unreadable != 1) std::this_thread::yield();
  EXPECT_EQ(engine->health().shards_owned, 3u);
  EXPECT_TRUE(engine->health().ready);
  EXPECT_TRUE(log->has("shard.unreadable"));
  broken = false;
  while (engine->health().shards_owned != 4) std::this_thread::yield();
  EXPECT_EQ(engine->health().shards_unreadable, 0u);
  engine.reset();
}

TEST_F(EngineTest, an_identity_that_the_store_will_never_look_up_fails_alone_and_for_good) {
  wrap = [](Store& store) {
    auto watched = std::make_unique<WatchedJournal>(std::move(store.journal));
    watched->on_find_identities = [](const std::vector<IdentityKey>& keys) {
      for (const IdentityKey& key : keys) {
        if (key.key == "bad") throw ContentError("22021 invalid byte sequence");
      }
    };
    store.journal = std::move(watched);
  };
  boot();
  auto good = std::async(std::launch::async, [&] { return start("good"); });
  const auto bad = start("bad");
  EXPECT_EQ(error(bad).code, "storage.refused");
  EXPECT_EQ(error(bad).kind, EngineError::Kind::refused);
  EXPECT_EQ(phase(wait(reply(good.get()).id)), Phase::completed);
}

TEST_F(EngineTest, an_identity_that_no_url_or_store_carries_is_invalid) {
  boot();
  for (const std::string& key : {std::string("a\0b", 3), std::string("a\nb"), std::string("."),
                                 std::string(".."), std::string("\x7f")}) {
    const auto refused = start(key);
    ASSERT_TRUE(std::holds_alternative<EngineError>(refused)) << key;
    EXPECT_EQ(error(refused).kind, EngineError::Kind::invalid);
    EXPECT_EQ(error(refused).code, "expression.failed");
    EXPECT_NE(error(refused).message.find("must not"), std::string::npos);
  }
  EXPECT_TRUE(std::holds_alternative<StartReply>(start("...")));
}

TEST_F(EngineTest, a_status_and_an_attribute_hold_no_nul_and_are_found_by_their_beginning) {
  const std::string nul("a\0b", 3);
  const std::string repaired =
      "a\xEF\xBF\xBD"
      "b";
  const std::string longest = std::string(1'023, 'x') + "\xC3\xA4" + "rest";
  definition->hooks.accepted.status = expression::Template::constant(Value(nul));
  for (const auto& [name, text] : {std::pair{"city", nul}, std::pair{"note", longest}}) {
    definition->attributes.push_back({name, expression::Template::constant(Value(text)), true});
  }
  boot();
  const auto id = reply(start("k1")).id;
  const auto view = std::get<SagaView>(wait(id));
  EXPECT_EQ(view.saga.head.status, repaired);
  EXPECT_EQ(view.saga.head.attributes.find("city")->string(), repaired);
  EXPECT_EQ(view.saga.head.attributes.find("note")->string(), longest);
  for (const auto& [name, value] : {std::pair{"city", repaired}, std::pair{"note", longest}}) {
    SagaFilter filter;
    filter.attribute = {name, value};
    const auto page = ask<SagaPage>([&](auto done) { engine->list(filter, std::move(done)); });
    EXPECT_EQ(std::get<SagaPage>(page).items.size(), 1u) << name;
  }
}

}  // namespace
}  // namespace sagaloom::engine::testing
