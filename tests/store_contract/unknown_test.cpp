#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using engine::CommitStatus;
using UnknownContract = StoreContract;

TEST_P(UnknownContract, ALostAnswerOfACommitThatStands) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  for (int n = 1; n <= 3; ++n) batch.accept(n);
  fixture->lose_next_answer(true);
  expect_status(store, batch.list(), CommitStatus::unknown);

  const auto mine = store.journal->settle({{0, owned.epoch}});
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(batch.rows.last_seq(), mine[0].max_seq);
  EXPECT_GT(mine[0].epoch, owned.epoch);
  SampleBatch next(mine[0]);
  next.accept(4);
  expect_committed(store, next.list());
  EXPECT_EQ((Seqs{1, 2, 3, 4}), seqs(store));
}

TEST_P(UnknownContract, ALostAnswerOfACommitThatDoesNotStand) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  for (int n = 1; n <= 3; ++n) batch.accept(n);
  fixture->lose_next_answer(false);
  expect_status(store, batch.list(), CommitStatus::unknown);

  const auto mine = store.journal->settle({{0, owned.epoch}});
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(0, mine[0].max_seq);
  // The same rows again; only the fence's epoch is new.
  batch.rows.epoch = mine[0].epoch;
  expect_committed(store, batch.list());
  EXPECT_EQ((Seqs{1, 2, 3}), seqs(store));
  EXPECT_EQ(3u, store.lookup->list({}).items.size());
}

TEST_P(UnknownContract, TheOldEpochIsDeadAfterSettling) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  batch.accept(1);
  fixture->lose_next_answer(false);
  expect_status(store, batch.list(), CommitStatus::unknown);
  ASSERT_EQ(1u, store.journal->settle({{0, owned.epoch}}).size());
  expect_status(store, batch.list(), CommitStatus::fenced);
  EXPECT_TRUE(seqs(store).empty());
}

TEST_P(UnknownContract, SettlingTellsWhichShardsWereLost) {
  auto first = fixture->open(1), second = fixture->open(2);
  const auto owned = own(first, {0, 1});
  ASSERT_EQ(1u, second.journal->take_over({1}, true).size());
  const auto mine = first.journal->settle({{0, owned[0].epoch}, {1, owned[1].epoch}});
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(0, mine[0].shard);
}

TEST_P(UnknownContract, SettlingWithoutAReasonChangesNothingButTheEpoch) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  batch.accept(1);
  expect_committed(store, batch.list());
  const auto mine = store.journal->settle({{0, owned.epoch}});
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(1, mine[0].max_seq);
  EXPECT_EQ(owned.generation, mine[0].generation);
}

TEST_P(UnknownContract, LookupsAndTheLeaseGoOnAfterALostAnswer) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  batch.accept(1);
  fixture->lose_next_answer(true);
  expect_status(store, batch.list(), CommitStatus::unknown);
  ASSERT_EQ(1u, store.journal->settle({{0, owned.epoch}}).size());
  EXPECT_TRUE(store.lookup->get(sample_id(0, 1)).has_value());
  EXPECT_EQ(1u, store.catalog->renew_lease("http://one", core::Duration(1000)).nodes.size());
}

INSTANTIATE_ON_EVERY_STORE(UnknownContract);

}  // namespace
}  // namespace sagaloom::tests
