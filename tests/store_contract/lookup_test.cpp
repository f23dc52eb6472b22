#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using LookupContract = StoreContract;

TEST_P(LookupContract, ALiveSagaIsItsRecordsApplied) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  const auto first = batch.accept(1);
  batch.accept(2);
  batch.step(1, first);
  expect_committed(store, batch.list());
  const auto found = store.lookup->get(sample_id(0, 1));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(sample_saga(0, 1, 2), *found);
  EXPECT_FALSE(store.lookup->get(sample_id(0, 99)).has_value());
  EXPECT_FALSE(store.lookup->get(sample_id(3, 1)).has_value());
  EXPECT_FALSE(store.lookup->get(sample_id(4'000, 1)).has_value());
}

TEST_P(LookupContract, AnEndedSagaIsItsSnapshot) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  const auto first = batch.accept(1);
  const auto second = batch.step(1, first);
  expect_committed(store, batch.list());
  SampleBatch end(owned, 3);
  end.complete(1, first, second);
  expect_committed(store, end.list());
  EXPECT_EQ(sample_saga(0, 1, 3), store.lookup->get(sample_id(0, 1)));
  // The view of an ended saga needs no journal.
  SampleBatch later(owned, 4);
  later.mark();
  expect_committed(store, later.list());
  EXPECT_EQ(3u, store.journal->trim(0, 3, 100));
  EXPECT_EQ(sample_saga(0, 1, 3), store.lookup->get(sample_id(0, 1)));
}

TEST_P(LookupContract, ASnapshotAndTheRecordsAfterIt) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  const auto first = batch.accept(1);
  batch.rows.sagas[0].snapshot = std::make_shared<const core::Saga>(sample_saga(0, 1, 1));
  expect_committed(store, batch.list());
  SampleBatch more(owned, 2);
  more.mark();
  more.step(1, first);
  more.rows.progress = engine::Progress{1, 3};  // the checkpoint is above the first record
  expect_committed(store, more.list());
  EXPECT_EQ(sample_saga(0, 1, 2), store.lookup->get(sample_id(0, 1)));
  EXPECT_EQ((Seqs{1, 3}), seqs_of(store.lookup->history(sample_id(0, 1), 0, 10)));
}

TEST_P(LookupContract, TheRowIsGivenAsItIsStored) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  const auto first = batch.accept(1);
  const auto second = batch.step(1, first);
  expect_committed(store, batch.list());
  const auto live = store.lookup->row(sample_id(0, 1));
  ASSERT_TRUE(live.has_value());
  EXPECT_EQ(first, live->first_seq);
  EXPECT_FALSE(live->snapshot.has_value());
  EXPECT_EQ(core::Time{}, live->summary.ended);
  SampleBatch end(owned, 3);
  end.complete(1, first, second);
  expect_committed(store, end.list());
  const auto over = store.lookup->row(sample_id(0, 1));
  ASSERT_TRUE(over.has_value());
  EXPECT_EQ(3, over->snap_seq);
  EXPECT_EQ(sample_saga(0, 1, 3), over->snapshot);
  EXPECT_EQ("COMPLETED", over->summary.state);
  EXPECT_EQ(sample_saga(0, 1, 3).head.ended, over->summary.ended);
  EXPECT_FALSE(store.lookup->row(sample_id(0, 99)).has_value());
}

TEST_P(LookupContract, AMigratedSagaIsListedWithItsNewVersion) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  const auto first = batch.accept(1);
  expect_committed(store, batch.list());
  SampleBatch later(owned, 2);
  const auto second = later.step(1, first);
  auto moved = sample_saga(0, 1, 2);
  moved.head.version = 7;
  later.rows.sagas.push_back(sample_row(moved, first, second, "RUNNING"));
  expect_committed(store, later.list());
  EXPECT_EQ(7u, store.lookup->row(sample_id(0, 1))->summary.version);
  EXPECT_EQ(7u, store.lookup->list({}).items.at(0).version);
}

TEST_P(LookupContract, HistoryWalksBackByPrev) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  const auto first = batch.accept(1);
  for (int n = 2; n <= 9; ++n) batch.accept(n);
  const auto second = batch.step(1, first);
  batch.accept(20);
  batch.complete(1, first, second);
  expect_committed(store, batch.list());
  const auto id = sample_id(0, 1);
  EXPECT_EQ((Seqs{1, 10, 12}), seqs_of(store.lookup->history(id, 0, 10)));
  EXPECT_EQ((Seqs{10, 12}), seqs_of(store.lookup->history(id, 1, 10)));
  EXPECT_EQ((Seqs{1, 10}), seqs_of(store.lookup->history(id, 0, 2)));
  EXPECT_EQ(Seqs{9}, seqs_of(store.lookup->history(sample_id(0, 9), 0, 10)));
  EXPECT_TRUE(store.lookup->history(sample_id(0, 99), 0, 10).empty());
}

TEST_P(LookupContract, EventsAreTheRecordsWithSomethingToPublish) {
  auto store = fixture->open(1);
  const auto owned = own(store, {0, 1});
  std::vector<engine::ShardRows> list;
  for (const auto& shard : owned) {
    SampleBatch batch(shard);
    const auto first = batch.accept(1);
    batch.mark();
    const auto second = batch.step(1, first);
    batch.complete(1, first, second);  // nothing to publish
    list.push_back(batch.rows);
  }
  expect_committed(store, list);
  const auto all = store.lookup->events({{0, 0}, {1, 0}}, 100);
  ASSERT_EQ(4u, all.size());
  EXPECT_EQ(0, all[0].first);
  EXPECT_EQ(1, all[0].second.seq);
  EXPECT_EQ(3, all[1].second.seq);
  EXPECT_EQ(1, all[2].first);
  const auto later = store.lookup->events({{0, 1}, {1, 3}}, 100);
  ASSERT_EQ(1u, later.size());
  EXPECT_EQ(3, later[0].second.seq);
  EXPECT_EQ(2u, store.lookup->events({{0, 0}, {1, 0}}, 2).size());
  EXPECT_TRUE(store.lookup->events({}, 10).empty());
}

INSTANTIATE_ON_EVERY_STORE(LookupContract);

}  // namespace
}  // namespace sagaloom::tests
