// engine::CommitFlow over each store: what follows from a refused batch and from a lost answer.
#include "runtime/engine/commit_flow.h"
#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using engine::BatchItem;
using engine::CommitFlow;
using engine::CommitVerdict;

class FlowContract : public StoreContract {
 protected:
  // Accepts of the orders `first` to `last`; order `refused` carries the mark.
  static engine::BatchPointer accepts(const engine::OwnedShard& owned, int first, int last,
                                      int refused = 0) {
    SampleBatch rows(owned);
    auto batch = std::make_unique<engine::Batch>();
    batch->base = owned.max_seq;
    for (int n = first; n <= last; ++n) {
      n == refused ? rows.accept_refused(n) : rows.accept(n);
      auto& item = batch->items.emplace_back();
      item.kind = BatchItem::Kind::accept;
      item.saga = sample_id(owned.shard, n);
      item.rows.sagas = item.rows.identities = 1;
    }
    batch->rows = rows.rows;
    return batch;
  }

  // Does what the flow needs, as the committer does; a pause asks again at once.
  static std::vector<CommitVerdict> drive(engine::Store& store, CommitFlow& flow) {
    for (int steps = 0; flow.need() != CommitFlow::Need::done && steps < 1'000; ++steps) {
      switch (flow.need()) {
        case CommitFlow::Need::commit:
          flow.on_commit(store.journal->commit(flow.rows()));
          break;
        case CommitFlow::Need::settle:
          flow.on_settled(store.journal->settle(flow.owned()));
          break;
        case CommitFlow::Need::read_owned:
          flow.on_owned(store.journal->read_owned(flow.owned()));
          break;
        case CommitFlow::Need::pause:
          flow.on_paused();
          break;
        case CommitFlow::Need::done:
          break;
      }
    }
    EXPECT_EQ(CommitFlow::Need::done, flow.need());
    return flow.take_verdicts();
  }

  static std::vector<CommitVerdict> commit(engine::Store& store,
                                           std::vector<engine::BatchPointer> batches) {
    CommitFlow flow(std::move(batches));
    return drive(store, flow);
  }

  static std::vector<engine::BatchPointer> only(engine::BatchPointer batch) {
    std::vector<engine::BatchPointer> list;
    list.push_back(std::move(batch));
    return list;
  }
};

TEST_P(FlowContract, OfFiveHundredWithOneRefusedFourHundredNinetyNineCommit) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  fixture->refuse_marked_records();
  const auto verdicts = commit(store, only(accepts(owned, 1, 500, 321)));
  ASSERT_EQ(1u, verdicts.size());
  EXPECT_EQ(CommitVerdict::Fate::committed, verdicts[0].fate);
  const auto rows = store.journal->read_journal(0, 0, 1'000);
  ASSERT_EQ(500u, rows.size());
  for (int n = 1; n <= 500; ++n) {
    EXPECT_EQ(n, rows[n - 1].seq);
    const auto expected = n == 321 ? core::SagaId{} : sample_id(0, n);
    EXPECT_EQ(expected, rows[n - 1].saga) << n;
  }
  EXPECT_TRUE(store.lookup->get(sample_id(0, 320)).has_value());
  EXPECT_FALSE(store.lookup->get(sample_id(0, 321)).has_value());
  EXPECT_TRUE(store.journal->find_identities(0, {sample_identity(0, 321).key}).empty());
}

TEST_P(FlowContract, ARefusalInOneShardLeavesTheOthersWhole) {
  auto store = fixture->open(1);
  const auto owned = own(store, {0, 1, 2});
  fixture->refuse_marked_records();
  std::vector<engine::BatchPointer> batches;
  for (const auto& shard : owned) {
    batches.push_back(accepts(shard, 1, 20, shard.shard == 1 ? 20 : 0));
  }
  const auto verdicts = commit(store, std::move(batches));
  ASSERT_EQ(3u, verdicts.size());
  for (const auto& verdict : verdicts) EXPECT_EQ(CommitVerdict::Fate::committed, verdict.fate);
  for (engine::ShardNumber shard = 0; shard < 3; ++shard) {
    const auto rows = store.journal->read_journal(shard, 0, 100);
    ASSERT_EQ(20u, rows.size());
    EXPECT_EQ(shard == 1, rows[19].saga.nil());
  }
}

TEST_P(FlowContract, ALostAnswerIsSettledWhereTheCommitStands) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  fixture->lose_next_answer(true);
  const auto verdicts = commit(store, only(accepts(owned, 1, 10)));
  ASSERT_EQ(1u, verdicts.size());
  EXPECT_EQ(CommitVerdict::Fate::committed, verdicts[0].fate);
  EXPECT_GT(verdicts[0].epoch, owned.epoch);
  EXPECT_EQ(10u, seqs(store).size());
}

TEST_P(FlowContract, ALostAnswerIsSettledWhereTheCommitDoesNotStand) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  fixture->lose_next_answer(false);
  const auto verdicts = commit(store, only(accepts(owned, 1, 10)));
  ASSERT_EQ(1u, verdicts.size());
  EXPECT_EQ(CommitVerdict::Fate::committed, verdicts[0].fate);
  EXPECT_EQ(10u, seqs(store).size());
  EXPECT_EQ(10u, store.lookup->list({}).items.size());
}

TEST_P(FlowContract, ALostShardIsDroppedAndTheRestCommits) {
  auto first = fixture->open(1), second = fixture->open(2);
  const auto owned = own(first, {0, 1});
  std::vector<engine::BatchPointer> batches;
  for (const auto& shard : owned) batches.push_back(accepts(shard, 1, 5));
  ASSERT_EQ(1u, second.journal->take_over({1}, true).size());
  const auto verdicts = commit(first, std::move(batches));
  ASSERT_EQ(2u, verdicts.size());
  EXPECT_EQ(CommitVerdict::Fate::committed, verdicts[0].fate);
  EXPECT_EQ(CommitVerdict::Fate::lost, verdicts[1].fate);
  EXPECT_EQ(5u, seqs(first, 0).size());
  EXPECT_TRUE(seqs(first, 1).empty());
}

TEST_P(FlowContract, AFullDiskIsWaitedForAndNothingIsParked) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  CommitFlow flow(only(accepts(owned, 1, 10)));
  fixture->fill_disk();
  for (int attempt = 0; attempt < 3; ++attempt) {
    ASSERT_EQ(CommitFlow::Need::commit, flow.need());
    flow.on_commit(store.journal->commit(flow.rows()));
    ASSERT_EQ(CommitFlow::Need::pause, flow.need());
    flow.on_paused();
  }
  fixture->free_disk();
  const auto verdicts = drive(store, flow);
  ASSERT_EQ(1u, verdicts.size());
  EXPECT_EQ(CommitVerdict::Fate::committed, verdicts[0].fate);
  const auto rows = store.journal->read_journal(0, 0, 100);
  ASSERT_EQ(10u, rows.size());
  for (const auto& row : rows) EXPECT_FALSE(row.saga.nil());
}

INSTANTIATE_ON_EVERY_STORE(FlowContract);

}  // namespace
}  // namespace sagaloom::tests
