#include <future>

#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using engine::CommitStatus;
using FenceContract = StoreContract;
constexpr auto takeover_limit = std::chrono::seconds(3);

std::future<CommitStatus> commit_aside(engine::Store& store, std::vector<engine::ShardRows> rows) {
  return std::async(std::launch::async, [&store, rows = std::move(rows)] {
    return store.journal->commit(rows).status;
  });
}

TEST_P(FenceContract, AStaleEpochWritesNothing) {
  auto first = fixture->open(1), second = fixture->open(2);
  const auto former = own_one(first);
  const auto taken = second.journal->take_over({0}, true);
  ASSERT_EQ(1u, taken.size());
  EXPECT_EQ(former.epoch + 1, taken[0].epoch);

  SampleBatch stale(former);
  stale.accept(1);
  stale.rows.progress = engine::Progress{9, 9};
  expect_status(first, stale.list(), CommitStatus::fenced);
  EXPECT_TRUE(seqs(second).empty());
  EXPECT_TRUE(second.lookup->list({}).items.empty());
  EXPECT_EQ(0, second.journal->read_progress(0).published);
}

TEST_P(FenceContract, OneStaleShardFencesTheWholeBatch) {
  auto first = fixture->open(1), second = fixture->open(2);
  const auto owned = own(first, {0, 1});
  ASSERT_EQ(1u, second.journal->take_over({1}, true).size());
  std::vector<engine::ShardRows> list;
  for (const auto& shard : owned) {
    SampleBatch batch(shard);
    batch.accept(1);
    list.push_back(batch.rows);
  }
  expect_status(first, list, CommitStatus::fenced);
  EXPECT_TRUE(seqs(first, 0).empty());
  const auto still = first.journal->read_owned({{0, owned[0].epoch}, {1, owned[1].epoch}});
  ASSERT_EQ(1u, still.size());
  EXPECT_EQ(0, still[0].shard);
  expect_committed(first, {list[0]});
}

TEST_P(FenceContract, ASeqThatExistsIsFencedAndNotOverwritten) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  batch.accept(1);
  expect_committed(store, batch.list());
  SampleBatch again(owned);
  again.accept(2);
  expect_status(store, again.list(), CommitStatus::fenced);
  EXPECT_EQ(sample_id(0, 1), store.journal->read_journal(0, 0, 10).at(0).saga);
  EXPECT_FALSE(store.lookup->get(sample_id(0, 2)).has_value());
}

TEST_P(FenceContract, ATakeoverEndsABatchInFlight) {
  auto first = fixture->open(1), second = fixture->open(2);
  SampleBatch batch(own_one(first));
  batch.accept(1);
  fixture->hold_next_commit();
  auto held = commit_aside(first, batch.list());
  ASSERT_TRUE(fixture->wait_until_held(1));

  const auto begun = std::chrono::steady_clock::now();
  const auto taken = second.journal->take_over({0}, true);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, takeover_limit);
  ASSERT_EQ(1u, taken.size());
  EXPECT_EQ(0, taken[0].max_seq);
  fixture->release_held();
  EXPECT_NE(CommitStatus::committed, held.get());
  SampleBatch next(taken[0]);
  next.accept(2);
  expect_committed(second, next.list());
  EXPECT_EQ(sample_id(0, 2), second.journal->read_journal(0, 0, 10).at(0).saga);
}

// The primary key alone is no fence: of two batches that arrive late the first would fail on it,
// and the second, whose seqs are free, would be written.
TEST_P(FenceContract, TwoBatchesSentBeforeATakeoverAreBothRefused) {
  auto first = fixture->open(1), beside = fixture->open(1), second = fixture->open(2);
  const auto owned = own_one(first);
  ASSERT_EQ(1u, beside.journal->read_owned({{0, owned.epoch}}).size());
  SampleBatch one(owned), two(owned, 4);
  for (int n = 1; n <= 3; ++n) one.accept(n);
  for (int n = 4; n <= 6; ++n) two.accept(n);
  fixture->hold_next_commits_outside(2);
  auto held_one = commit_aside(first, one.list());
  auto held_two = commit_aside(beside, two.list());
  ASSERT_TRUE(fixture->wait_until_held(2));

  const auto begun = std::chrono::steady_clock::now();
  const auto taken = second.journal->take_over({0}, true);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, takeover_limit);
  ASSERT_EQ(1u, taken.size());
  EXPECT_EQ(0, taken[0].max_seq);
  SampleBatch next(taken[0]);
  next.accept(7);
  expect_committed(second, next.list());
  fixture->release_held();
  EXPECT_EQ(CommitStatus::fenced, held_one.get());
  EXPECT_EQ(CommitStatus::fenced, held_two.get());
  EXPECT_EQ(Seqs{1}, seqs(second));
}

TEST_P(FenceContract, ATakeoverEndsAClientFrozenBetweenTwoMessages) {
  auto frozen = fixture->freeze_client();
  const auto begun = std::chrono::steady_clock::now();
  auto second = fixture->open_beside(*frozen);
  const auto taken = second.journal->take_over({0}, true);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, takeover_limit);
  ASSERT_EQ(1u, taken.size());
  EXPECT_EQ(0, taken[0].max_seq);
  SampleBatch next(taken[0]);
  next.accept(9);
  expect_committed(second, next.list());
  EXPECT_NE("committed", frozen->thaw());
  EXPECT_EQ(Seqs{1}, seqs(second));
  EXPECT_EQ(sample_id(0, 9), second.journal->read_journal(0, 0, 10).at(0).saga);
}

TEST_P(FenceContract, ASecondProcessOwnsNothingUntilTheFirstHasEnded) {
  auto first = fixture->start_owner();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(fixture->second_can_own());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, takeover_limit);
  first->end();
  EXPECT_TRUE(eventually([&] { return fixture->second_can_own(); }));
}

TEST_P(FenceContract, ALeaseKeepsOthersAwayUntilItEnds) {
  auto first = fixture->open(1), second = fixture->open(2);
  first.catalog->renew_lease("http://one", core::Duration(400));
  own_one(first);
  EXPECT_TRUE(second.journal->take_over({0}, false).empty());
  EXPECT_TRUE(eventually([&] { return second.journal->take_over({0}, false).size() == 1; }));
}

TEST_P(FenceContract, AReleasedShardIsFreeAtOnce) {
  auto first = fixture->open(1), second = fixture->open(2);
  first.catalog->renew_lease("http://one", core::Duration(60'000));
  const auto owned = own(first, {0, 1});
  first.journal->release({{0, owned[0].epoch}});
  const auto taken = second.journal->take_over({0, 1}, false);
  ASSERT_EQ(1u, taken.size());
  EXPECT_EQ(0, taken[0].shard);
  EXPECT_TRUE(first.journal->read_owned({{0, owned[0].epoch}}).empty());
  EXPECT_EQ(1u, first.journal->read_owned({{1, owned[1].epoch}}).size());
}

TEST_P(FenceContract, TheOwnerMayTakeItsShardsAgain) {
  auto store = fixture->open(1);
  store.catalog->renew_lease("http://one", core::Duration(60'000));
  const auto before = own_one(store), after = own_one(store);
  EXPECT_EQ(before.epoch + 1, after.epoch);
  SampleBatch stale(before);
  stale.mark();
  expect_status(store, stale.list(), CommitStatus::fenced);
}

INSTANTIATE_ON_EVERY_STORE(FenceContract);

}  // namespace
}  // namespace sagaloom::tests
