#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using RecoveryContract = StoreContract;

TEST_P(RecoveryContract, TheJournalIsReadInPagesAfterASeq) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  for (int n = 1; n <= 25; ++n) batch.accept(n);
  expect_committed(store, batch.list());
  EXPECT_EQ((Seqs{11, 12, 13, 14, 15}), seqs_of(store.journal->read_journal(0, 10, 5)));
  EXPECT_EQ((Seqs{24, 25}), seqs_of(store.journal->read_journal(0, 23, 100)));
  EXPECT_TRUE(store.journal->read_journal(0, 25, 100).empty());
  EXPECT_TRUE(store.journal->read_journal(1, 0, 100).empty());
}

TEST_P(RecoveryContract, SnapshotsAreTheWholeState) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  const auto first = batch.accept(1);
  const auto second = batch.step(1, first);
  const auto other = batch.accept(2);
  expect_committed(store, batch.list());
  EXPECT_TRUE(store.journal->read_snapshots(0, {sample_id(0, 1)}).empty());

  SampleBatch checkpoint(owned, 4);
  checkpoint.mark();
  const auto saga = sample_saga(0, 1, 2);
  checkpoint.rows.sagas.push_back(sample_row(saga, first, second, "RUNNING"));
  checkpoint.rows.sagas[0].snapshot = std::make_shared<const core::Saga>(saga);
  expect_committed(store, checkpoint.list());
  const auto found =
      store.journal->read_snapshots(0, {sample_id(0, 1), sample_id(0, 2), sample_id(0, 77)});
  ASSERT_EQ(1u, found.size());
  EXPECT_EQ(first, found[0].first_seq);
  EXPECT_EQ(second, found[0].snap_seq);
  EXPECT_EQ(saga, found[0].saga);
  EXPECT_EQ(3, other);
}

TEST_P(RecoveryContract, TwoRowsOfASagaInOneBatchKeepTheSnapshot) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch accept(owned);
  accept.accept(1);
  expect_committed(store, accept.list());
  SampleBatch batch(owned, 2);
  batch.step(1, 1);
  batch.mark();
  const auto saga = sample_saga(0, 1, 2);
  batch.rows.sagas.push_back(sample_row(saga, 1, 2, "RUNNING"));
  batch.rows.sagas[0].snapshot = std::make_shared<const core::Saga>(saga);
  batch.rows.sagas.push_back(sample_row(saga, 1, 2, "PARKED"));
  expect_committed(store, batch.list());
  EXPECT_EQ(1u, store.journal->read_snapshots(0, {saga.id}).size());
  EXPECT_EQ("PARKED", store.lookup->list({}).items.at(0).state);
}

TEST_P(RecoveryContract, TimersAreReadByDueTimeAndReplaced) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  batch.mark();
  for (int n : {3, 1, 2}) batch.rows.timers.push_back({sample_id(0, n), sample_time(n), {}});
  expect_committed(store, batch.list());
  auto due = store.journal->read_timers(0, sample_time(2), 10);
  ASSERT_EQ(2u, due.size());
  EXPECT_EQ(sample_id(0, 1), due[0].saga);
  EXPECT_EQ(sample_time(1), due[0].due);
  EXPECT_EQ(1u, store.journal->read_timers(0, sample_time(3), 1).size());

  SampleBatch replaced(owned, 2);
  replaced.mark();
  replaced.rows.timers.push_back({sample_id(0, 1), sample_time(9), sample_time(1)});
  replaced.rows.timers.push_back({sample_id(0, 2), {}, sample_time(2)});
  expect_committed(store, replaced.list());
  due = store.journal->read_timers(0, sample_time(99), 10);
  ASSERT_EQ(2u, due.size());
  EXPECT_EQ(sample_id(0, 3), due[0].saga);
  EXPECT_EQ(sample_id(0, 1), due[1].saga);
  EXPECT_EQ(sample_time(9), due[1].due);
}

TEST_P(RecoveryContract, TimersAreReadToTheEndOfTime) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  const core::Time far{core::Duration{253'402'300'799'000}};  // the year 9999
  SampleBatch batch(owned);
  batch.mark();
  batch.rows.timers.push_back({sample_id(0, 1), sample_time(1), {}});
  batch.rows.timers.push_back({sample_id(0, 2), far, {}});
  batch.rows.timers.push_back({sample_id(0, 3), core::Time::max(), {}});
  expect_committed(store, batch.list());
  const auto due = store.journal->read_timers(0, core::Time::max(), 10);
  ASSERT_EQ(3u, due.size());
  EXPECT_EQ(sample_time(1), due[0].due);
  EXPECT_EQ(far, due[1].due);
  EXPECT_EQ(core::Time::max(), due[2].due);
  EXPECT_EQ(sample_id(0, 3), due[2].saga);
  EXPECT_EQ(2u, store.journal->read_timers(0, far, 10).size());
  EXPECT_TRUE(store.journal->read_timers(0, core::Time::min(), 10).empty());

  SampleBatch removed(owned, 2);
  removed.mark();
  for (const auto& timer : due) removed.rows.timers.push_back({timer.saga, {}, timer.due});
  expect_committed(store, removed.list());
  EXPECT_TRUE(store.journal->read_timers(0, core::Time::max(), 10).empty());
}

TEST_P(RecoveryContract, TheLiveAndTheParkedAreCounted) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  std::vector<engine::Seq> firsts;
  for (int n = 1; n <= 5; ++n) firsts.push_back(batch.accept(n));
  expect_committed(store, batch.list());
  EXPECT_EQ(5u, store.journal->count_live(0).live);
  EXPECT_EQ(0u, store.journal->count_live(0).parked);

  SampleBatch later(owned, 6);
  for (int n : {1, 2}) {
    const auto seq = later.step(n, firsts[n - 1]);
    later.rows.sagas.push_back(sample_row(sample_saga(0, n, 2), firsts[n - 1], seq, "PARKED"));
  }
  later.complete(3, firsts[2], firsts[2]);
  expect_committed(store, later.list());
  EXPECT_EQ(4u, store.journal->count_live(0).live);
  EXPECT_EQ(2u, store.journal->count_live(0).parked);
  EXPECT_EQ(0u, store.journal->count_live(1).live);
}

TEST_P(RecoveryContract, TrimmingTakesThePrefixInSlices) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  for (int n = 1; n <= 20; ++n) batch.accept(n);
  expect_committed(store, batch.list());
  EXPECT_EQ(5u, store.journal->trim(0, 12, 5));
  EXPECT_EQ(6, seqs(store).front());
  EXPECT_EQ(7u, store.journal->trim(0, 12, 100));
  EXPECT_EQ(13, seqs(store).front());
  EXPECT_EQ(0u, store.journal->trim(0, 12, 100));
}

// An idle shard trimmed empty would give its seqs, and its events' ids, out again.
TEST_P(RecoveryContract, TrimmingNeverTakesTheNewestRow) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  for (int n = 1; n <= 3; ++n) batch.accept(n);
  expect_committed(store, batch.list());
  EXPECT_EQ(2u, store.journal->trim(0, 100, 100));
  EXPECT_EQ(Seqs{3}, seqs(store));
  EXPECT_EQ(0u, store.journal->trim(0, 100, 100));
  EXPECT_EQ(3, own_one(store).max_seq);
}

TEST_P(RecoveryContract, IdentitiesAreFoundOnEveryDay) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  batch.accept(1);
  batch.accept(2);
  batch.accept(3);
  batch.rows.identities[0].day -= 6;
  batch.rows.identities[1].day -= 2;
  batch.rows.identities[2].key = batch.rows.identities[0].key;  // the same key on a later day
  expect_committed(store, batch.list());
  const auto& rows = batch.rows.identities;
  const auto found = store.journal->find_identities(
      0, {rows[0].key, rows[1].key, {"", "order", "nobody"}, {"t", "order", "order-1"}});
  ASSERT_EQ(3u, found.size());
  std::vector<core::SagaId> sagas;
  for (const auto& row : found) sagas.push_back(row.saga);
  for (int n = 1; n <= 3; ++n) {
    EXPECT_EQ(1, std::count(sagas.begin(), sagas.end(), sample_id(0, n))) << n;
  }
  EXPECT_EQ(sample_digest(1), found[0].fingerprint);
  const auto newest = store.lookup->find_identity(0, rows[0].key);
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(sample_id(0, 3), newest->saga);
  EXPECT_FALSE(store.lookup->find_identity(1, rows[0].key).has_value());
}

TEST_P(RecoveryContract, IdentitiesOfSeveralShardsAreFoundAtOnce) {
  auto store = fixture->open(1);
  std::vector<engine::ShardRows> rows;
  for (const engine::OwnedShard& owned : store.journal->take_over({0, 1}, false)) {
    SampleBatch batch(owned);
    batch.accept(1);
    batch.accept(2);
    batch.rows.identities[0].day -= owned.shard;
    rows.push_back(batch.rows);
  }
  ASSERT_EQ(2u, rows.size());
  rows[1].identities[1].key.key = "only-in-one";
  expect_committed(store, rows);
  const auto& first = rows[0].identities;
  const auto& second = rows[1].identities;
  const auto found = store.journal->find_identities_in(
      {{0, {first[0].key, second[1].key}}, {1, {second[0].key, second[1].key, first[1].key}}});
  std::vector<std::pair<engine::ShardNumber, core::SagaId>> got;
  for (const auto& [shard, row] : found) got.emplace_back(shard, row.saga);
  std::sort(got.begin(), got.end());
  std::vector<std::pair<engine::ShardNumber, core::SagaId>> wanted = {
      {0, first[0].saga}, {1, second[0].saga}, {1, second[1].saga}};
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(wanted, got);
  EXPECT_TRUE(store.journal->find_identities_in({}).empty());
  EXPECT_TRUE(store.journal->find_identities_in({{0, {}}}).empty());
}

INSTANTIATE_ON_EVERY_STORE(RecoveryContract);

}  // namespace
}  // namespace sagaloom::tests
