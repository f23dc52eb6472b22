// Small parts of the engine: cursors, waits, inlets, the registry, the lease, the committer.
#include <atomic>
#include <future>
#include <gtest/gtest.h>

#include "runtime/engine/clock.h"
#include "runtime/engine/committer.h"
#include "runtime/engine/cursor.h"
#include "runtime/engine/inlet.h"
#include "runtime/engine/quota.h"
#include "runtime/engine/readers.h"
#include "runtime/engine/registry.h"
#include "runtime/engine/waits.h"
#include "runtime/engine/wiring.h"
#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

TEST(CursorTest, it_reads_what_it_wrote) {
  Cursor cursor;
  cursor.advance(3, 120, 2, 2);
  cursor.advance(7, 5, 1, 3);
  const auto again = Cursor::parse(cursor.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text(), cursor.text());
  const auto positions = again->positions(8);
  ASSERT_EQ(positions.size(), 8u);
  EXPECT_EQ(positions[3].seq, 120);
  EXPECT_EQ(positions[7].seq, 4) << "a row that was read in part is read again";
  EXPECT_EQ(again->skipped(7, 5), 1u);
  EXPECT_EQ(again->skipped(3, 120), 0u);
  EXPECT_EQ(again->seq(0), 0);
}

TEST(CursorTest, nonsense_is_refused) {
  for (const char* text : {"v2", "v1_", "v1_1", "v1_1.", "v1_x.1", "v1_1.-5", "v1_1.2x",
                           "v1_70000.1", "v1_1.99999999999999999999", "v1_1.2.", "1"}) {
    EXPECT_FALSE(Cursor::parse(text)) << text;
  }
  EXPECT_TRUE(Cursor::parse(""));
  EXPECT_TRUE(Cursor::parse("v1"));
}

TEST(WaitsTest, each_waiter_is_answered_once_by_the_saga_or_by_time) {
  Waits waits;
  const auto id = core::make_saga_id(1, 0, 1);
  const auto other = core::make_saga_id(1, 0, 2);
  waits.add(id, start_of_time + Duration{10}, nullptr);
  waits.add(id, start_of_time + Duration{20}, nullptr);
  waits.add(other, start_of_time + Duration{30}, nullptr);
  EXPECT_EQ(waits.next_due(), start_of_time + Duration{10});
  EXPECT_EQ(waits.take_expired(start_of_time + Duration{10}).size(), 1u);
  EXPECT_EQ(waits.take(id).size(), 1u);
  EXPECT_TRUE(waits.take(id).empty());
  EXPECT_EQ(waits.sagas(), std::vector{other});
  EXPECT_EQ(waits.take_expired(start_of_time + Duration{99}).size(), 1u);
  EXPECT_TRUE(waits.empty());
}

TEST(InletTest, closed_it_takes_nothing_and_wakes_its_thread) {
  Inlet inlet;
  EXPECT_TRUE(inlet.put(Completed{}));
  std::vector<Arrival> arrivals;
  inlet.take(arrivals, Duration{0});
  EXPECT_EQ(arrivals.size(), 1u);
  auto waiting = std::async(std::launch::async, [&] {
    std::vector<Arrival> none;
    inlet.take(none, Duration{60'000});
    return none.size();
  });
  inlet.close();
  EXPECT_EQ(waiting.get(), 0u);
  EXPECT_FALSE(inlet.put(Completed{}));
}

TEST(ReadersTest, full_it_says_so) {
  std::promise<void> gate, running;  // outlive the reader's thread
  Readers readers(1, 1);
  ASSERT_TRUE(readers.put([&] {
    running.set_value();
    gate.get_future().wait();
  }));
  running.get_future().wait();
  EXPECT_TRUE(readers.put([] {}));
  EXPECT_FALSE(readers.put([] {}));
  gate.set_value();
}

TEST(RegistryTest, the_highest_version_is_the_default) {
  Registry registry;
  for (std::uint32_t version : {1u, 3u, 2u}) {
    auto made = std::make_shared<core::Definition>();
    made->name = "order";
    made->version = version;
    made->hash = "h" + std::to_string(version);
    registry.add(made);
  }
  EXPECT_EQ(registry.find("order", std::nullopt)->version, 3u);
  EXPECT_EQ(registry.find("order", 2)->version, 2u);
  EXPECT_EQ(registry.find("order", 4), nullptr);
  EXPECT_EQ(registry.find("other", std::nullopt), nullptr);
  EXPECT_EQ(registry.by_hash("h1")->version, 1u);
  EXPECT_EQ(registry.all().front()->version, 3u);
}

TEST(LeaseTest, it_ends_before_the_store_says_so_and_for_good_at_drain) {
  Lease lease;
  EXPECT_FALSE(lease.may_call());
  lease.renewed(boot_time(), Duration{60'000});
  EXPECT_TRUE(lease.may_call());
  lease.renewed(boot_time() - Duration{50'000}, Duration{60'000});
  EXPECT_FALSE(lease.may_call()) << "a quarter is kept as margin";
  lease.end();
  lease.renewed(boot_time(), Duration{60'000});
  EXPECT_FALSE(lease.may_call());
}

TEST(StoreClockTest, it_follows_the_store_and_stands_still_rather_than_going_back_a_little) {
  StoreClock clock;
  const core::Time later = clock.now() + Duration{3'600'000};
  clock.set(later, boot_time());
  EXPECT_GE(clock.now(), later);
  clock.set(later - Duration{1'000}, boot_time());
  EXPECT_GE(clock.now(), later);
  clock.set(later - Duration{7'200'000}, boot_time());
  EXPECT_LT(clock.now(), later) << "a clock that was set back must not stop every timer";
}

TEST(WeakenedTest, an_operation_that_promises_less_than_was_frozen_counts_as_missing) {
  core::Operation frozen;
  frozen.idempotent = true;
  frozen.undo = "shop.undo";
  frozen.check = "shop.check";
  frozen.fences = core::Fencing::yes;
  core::Operation loaded = frozen;
  EXPECT_FALSE(weakened(frozen, loaded));
  loaded.idempotent = false;
  EXPECT_TRUE(weakened(frozen, loaded));
  loaded = frozen;
  loaded.undo.clear();
  EXPECT_TRUE(weakened(frozen, loaded));
  loaded = frozen;
  loaded.fences = core::Fencing::unsaid;
  EXPECT_TRUE(weakened(frozen, loaded));
  loaded = frozen;
  loaded.cancellable = true;
  EXPECT_FALSE(weakened(frozen, loaded)) << "more is fine";
}

TEST(CommitterTest, it_merges_what_is_offered_within_its_budget_and_delivers_every_verdict) {
  auto database = store::make_memory_database();
  Store opened = store::open_memory(database, "node-a");
  opened.catalog->renew_lease("", Duration{60'000});
  ASSERT_EQ(opened.journal->take_over({0, 1, 2, 3}, true).size(), 4u);
  std::promise<void> all;
  std::atomic<int> verdicts{0};
  Committer::Options limits;
  limits.shards = 2;
  Committer committer(*opened.journal, limits, std::make_shared<Observer>(),
                      [&](std::vector<CommitVerdict> given) {
                        EXPECT_LE(given.size(), 2u);
                        for (const auto& verdict : given) {
                          EXPECT_EQ(verdict.fate, CommitVerdict::Fate::committed);
                        }
                        if ((verdicts += static_cast<int>(given.size())) == 4) all.set_value();
                      });
  for (ShardNumber shard = 0; shard < 4; ++shard) {
    auto batch = std::make_unique<Batch>();
    batch->rows.shard = shard;
    batch->rows.epoch = 1;
    batch->rows.journal.push_back({1, {}, 0, {}});
    batch->items.emplace_back();
    committer.offer(std::move(batch));
  }
  committer.start();
  ASSERT_EQ(all.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST(CommitterTest, a_job_that_finds_the_store_away_is_run_again) {
  Store opened = store::open_memory(store::make_memory_database(), "node-a");
  Committer committer(*opened.journal, {}, std::make_shared<Observer>(), [](auto) {});
  committer.start();
  std::promise<int> done;
  int runs = 0;
  committer.run_job([&](Journal&) {
    if (++runs < 3) throw StoreError("away");
    done.set_value(runs);
  });
  auto future = done.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(future.get(), 3);
}

TEST(StartQuota, EachWorkflowHasRoomForTwoSecondsAndIsFilledWithTime) {
  StartQuota quota(2);
  const auto at = [](int ms) { return core::Duration{ms}; };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(quota.take("order", at(0)), 0) << i;
  EXPECT_EQ(quota.take("order", at(0)), 1);
  EXPECT_EQ(quota.take("refund", at(0)), 0) << "another workflow has its own";
  EXPECT_EQ(quota.take("order", at(499)), 1);
  EXPECT_EQ(quota.take("order", at(500)), 0);
  EXPECT_EQ(quota.take("order", at(500)), 1);
  EXPECT_EQ(quota.take("order", at(400)), 1) << "a clock that goes back gives nothing";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(quota.take("order", at(60'000)), 0) << i;
  EXPECT_EQ(quota.take("order", at(60'000)), 1) << "what is not used is not kept";
  StartQuota none(0);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(none.take("order", at(0)), 0);
}

}  // namespace
}  // namespace sagaloom::engine::testing
