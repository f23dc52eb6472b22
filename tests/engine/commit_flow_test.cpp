// What follows from the outcome of a commit: each line of architecture.md, section 5.
#include "runtime/engine/commit_flow.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

using Need = CommitFlow::Need;
using Fate = CommitVerdict::Fate;

CommitOutcome outcome(CommitStatus status) {
  return {status, ""};
}

// A batch of `accepts` new sagas in the shard.
BatchPointer batch_of(ShardNumber number, int accepts) {
  static int key = 0;
  DrivenShard shard(store::make_memory_database(), {}, number);
  for (int i = 0; i < accepts; ++i) {
    shard.submit(plain_workflow(1), "key-" + std::to_string(++key));
  }
  shard.look_up();
  BatchPointer batch = shard.shard->take_batch(shard.now, {});
  for (BatchItem& item : batch->items) item.accepted = nullptr;
  return batch;
}

std::vector<BatchPointer> batches(std::vector<std::pair<ShardNumber, int>> wanted) {
  std::vector<BatchPointer> list;
  for (const auto& [shard, accepts] : wanted) list.push_back(batch_of(shard, accepts));
  return list;
}

std::vector<ShardNumber> shards_of(const std::vector<ShardRows>& rows) {
  std::vector<ShardNumber> shards;
  for (const ShardRows& part : rows) shards.push_back(part.shard);
  return shards;
}

TEST(CommitFlowTest, committed_is_the_end) {
  CommitFlow flow(batches({{0, 2}, {1, 3}}));
  ASSERT_EQ(flow.need(), Need::commit);
  ASSERT_EQ(flow.rows().size(), 2u);
  EXPECT_EQ(flow.rows()[1].journal.size(), 3u);
  flow.on_commit(outcome(CommitStatus::committed));
  ASSERT_EQ(flow.need(), Need::done);
  const auto verdicts = flow.take_verdicts();
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].fate, Fate::committed);
  EXPECT_EQ(verdicts[1].batch->rows.journal.size(), 3u);
}

TEST(CommitFlowTest, fenced_drops_what_is_not_ours_and_sends_the_rest_again) {
  CommitFlow flow(batches({{0, 1}, {1, 1}, {2, 1}}));
  const std::int64_t epoch = flow.rows()[0].epoch;
  flow.on_commit(outcome(CommitStatus::fenced));
  ASSERT_EQ(flow.need(), Need::read_owned);
  EXPECT_EQ(flow.owned().size(), 3u);
  flow.on_owned({{0, epoch, 0, 0}, {2, epoch, 0, 0}});
  ASSERT_EQ(flow.need(), Need::commit);
  EXPECT_EQ(shards_of(flow.rows()), (std::vector<ShardNumber>{0, 2}));
  flow.on_commit(outcome(CommitStatus::committed));
  const auto verdicts = flow.take_verdicts();
  EXPECT_EQ(verdicts[0].fate, Fate::committed);
  EXPECT_EQ(verdicts[1].fate, Fate::lost);
  EXPECT_EQ(verdicts[2].fate, Fate::committed);
}

TEST(CommitFlowTest, fenced_without_a_loss_does_not_spin) {
  CommitFlow flow(batches({{0, 1}}));
  const std::int64_t epoch = flow.rows()[0].epoch;
  flow.on_commit(outcome(CommitStatus::fenced));
  flow.on_owned({{0, epoch, 0, 0}});
  EXPECT_EQ(flow.need(), Need::pause);
  flow.on_paused();
  EXPECT_EQ(flow.need(), Need::commit);
}

TEST(CommitFlowTest, not_written_sends_the_same_whole_batch_after_a_growing_pause) {
  CommitFlow flow(batches({{0, 3}}));
  Duration last{0};
  for (int i = 0; i < 5; ++i) {
    flow.on_commit(outcome(CommitStatus::not_written));
    ASSERT_EQ(flow.need(), Need::pause);
    EXPECT_GT(flow.pause(), last);
    last = flow.pause();
    flow.on_paused();
    ASSERT_EQ(flow.rows().at(0).journal.size(), 3u);
  }
  flow.on_commit(outcome(CommitStatus::committed));
  EXPECT_EQ(flow.take_verdicts()[0].fate, Fate::committed);
}

TEST(CommitFlowTest, unknown_and_in_the_store_is_committed_with_the_new_epoch) {
  CommitFlow flow(batches({{0, 2}}));
  flow.on_commit(outcome(CommitStatus::unknown));
  ASSERT_EQ(flow.need(), Need::settle);
  flow.on_settled({{0, 7, 0, 2}});
  ASSERT_EQ(flow.need(), Need::done);
  const auto verdicts = flow.take_verdicts();
  EXPECT_EQ(verdicts[0].fate, Fate::committed);
  EXPECT_EQ(verdicts[0].epoch, 7);
  EXPECT_EQ(verdicts[0].batch->rows.journal.size(), 2u);
}

TEST(CommitFlowTest, unknown_and_not_in_the_store_sends_the_same_rows_with_the_new_epoch) {
  CommitFlow flow(batches({{0, 2}}));
  const core::SagaId first = flow.rows()[0].journal[0].saga;
  flow.on_commit(outcome(CommitStatus::unknown));
  flow.on_settled({{0, 7, 0, 0}});
  ASSERT_EQ(flow.need(), Need::commit);
  ASSERT_EQ(flow.rows()[0].journal.size(), 2u);
  EXPECT_EQ(flow.rows()[0].epoch, 7);
  EXPECT_EQ(flow.rows()[0].journal[0].saga, first);
  EXPECT_EQ(flow.rows()[0].journal[0].seq, 1);
}

TEST(CommitFlowTest, unknown_with_every_truth_at_once) {
  CommitFlow flow(batches({{0, 1}, {1, 1}, {2, 1}}));
  flow.on_commit(outcome(CommitStatus::unknown));
  flow.on_settled({{0, 5, 0, 1}, {1, 6, 0, 0}});  // in; not in; lost
  ASSERT_EQ(flow.need(), Need::commit);
  EXPECT_EQ(shards_of(flow.rows()), std::vector<ShardNumber>{1});
  flow.on_commit(outcome(CommitStatus::committed));
  const auto verdicts = flow.take_verdicts();
  EXPECT_EQ(verdicts[0].fate, Fate::committed);
  EXPECT_EQ(verdicts[1].fate, Fate::committed);
  EXPECT_EQ(verdicts[2].fate, Fate::lost);
}

TEST(CommitFlowTest, a_store_that_is_away_is_settled_with_later) {
  CommitFlow flow(batches({{0, 1}}));
  flow.on_commit(outcome(CommitStatus::unknown));
  flow.on_away();
  ASSERT_EQ(flow.need(), Need::pause);
  flow.on_paused();
  ASSERT_EQ(flow.need(), Need::settle);
  flow.on_away();
  flow.on_paused();
  flow.on_settled({{0, 9, 0, 1}});
  EXPECT_EQ(flow.need(), Need::done);
}

TEST(CommitFlowTest, rows_that_were_acknowledged_and_are_gone_stop_the_shard) {
  std::vector<BatchPointer> list;
  DrivenShard shard(store::make_memory_database());
  for (int i = 0; i < 4; ++i) shard.submit(plain_workflow(1), "k" + std::to_string(i));
  shard.run_to_rest();
  shard.submit(plain_workflow(1), "k9");
  shard.look_up();
  list.push_back(shard.shard->take_batch(shard.now, {}));
  CommitFlow flow(std::move(list));
  flow.on_commit(outcome(CommitStatus::unknown));
  flow.on_settled({{0, 9, 0, 1}});
  ASSERT_EQ(flow.need(), Need::done);
  const auto verdicts = flow.take_verdicts();
  EXPECT_EQ(verdicts[0].fate, Fate::acknowledged_lost);
  EXPECT_EQ(verdicts[0].missing, 3);
}

// A store that refuses every part that holds one of these sagas' own records.
struct RefusingStore {
  std::set<core::SagaId> poison;
  std::vector<ShardRows> taken;
  int commits = 0;

  void run(CommitFlow& flow) {
    while (flow.need() == Need::commit) {
      ASSERT_LT(++commits, 1'000);
      bool refuse = false;
      for (const ShardRows& part : flow.rows()) {
        for (const JournalRow& row : part.journal) {
          const bool short_one = row.record.event.kind == core::EventKind::refused_by_store;
          refuse = refuse || (poison.contains(row.saga) && !short_one);
        }
      }
      if (!refuse) taken.insert(taken.end(), flow.rows().begin(), flow.rows().end());
      if (!refuse) {
        flow.on_commit(outcome(CommitStatus::committed));
      } else {
        flow.on_commit({CommitStatus::refused, "22P02 invalid input: \"a value\""});
      }
    }
  }
  std::vector<Seq> seqs(ShardNumber shard) const {
    std::vector<Seq> seqs;
    for (const ShardRows& part : taken) {
      if (part.shard != shard) continue;
      for (const JournalRow& row : part.journal) seqs.push_back(row.seq);
    }
    return seqs;
  }
};

TEST(CommitFlowTest, one_refused_accept_in_many_becomes_a_mark_row_and_all_others_commit) {
  auto list = batches({{0, 200}, {1, 5}});
  RefusingStore store;
  const core::SagaId poison = list[0]->rows.journal[123].saga;
  store.poison.insert(poison);
  CommitFlow flow(std::move(list));
  store.run(flow);
  ASSERT_EQ(flow.need(), Need::done);
  const std::vector<Seq> seqs = store.seqs(0);
  ASSERT_EQ(seqs.size(), 200u);
  for (std::size_t i = 0; i < seqs.size(); ++i) EXPECT_EQ(seqs[i], static_cast<Seq>(i) + 1);
  std::size_t identities = 0, sagas = 0;
  for (const ShardRows& part : store.taken) {
    identities += part.identities.size();
    sagas += part.sagas.size();
  }
  EXPECT_EQ(identities, 204u);
  EXPECT_EQ(sagas, 204u);
  EXPECT_LT(store.commits, 40);
  const auto verdicts = flow.take_verdicts();
  EXPECT_EQ(verdicts[0].batch->items[123].refused, BatchItem::Refused::gone);
  EXPECT_TRUE(verdicts[0].batch->rows.journal[123].saga.nil());
}

TEST(CommitFlowTest, a_refused_record_parks_its_saga_and_a_refused_accept_is_answered) {
  DrivenShard shard(store::make_memory_database());
  const auto bad = shard.submit(plain_workflow(2), "bad");
  shard.submit(plain_workflow(2), "good");
  shard.run_to_rest();
  for (const StepCall& call : shard.calls) shard.answer(call, core::Outcome::ok);
  shard.calls.clear();
  const auto refused = shard.submit(plain_workflow(2), "refused");
  shard.look_up();
  std::vector<BatchPointer> list;
  list.push_back(shard.shard->take_batch(shard.now, {}));
  ASSERT_EQ(list[0]->items.size(), 3u);
  CommitFlow flow(std::move(list));
  RefusingStore store;
  store.poison = {bad, refused};
  store.run(flow);
  auto verdicts = flow.take_verdicts();
  ASSERT_EQ(verdicts[0].fate, Fate::committed);
  shard.started.clear();
  shard.shard->on_committed(std::move(verdicts[0].batch), shard.now);
  shard.do_effects();
  ASSERT_EQ(shard.started.size(), 1u);
  EXPECT_EQ(error(shard.started[0]).code, "storage.refused");
  EXPECT_EQ(shard.shard->parked(), 1u);
  ASSERT_EQ(shard.calls.size(), 1u) << "only the good one goes on";
  EXPECT_NE(shard.calls[0].saga, bad);
  const core::Saga* parked = shard.shard->find(bad);
  ASSERT_NE(parked, nullptr);
  EXPECT_EQ(core::state_name(*parked), "PARKED");
  EXPECT_EQ(parked->find("s1")->error->message,
            "the store refused the saga's record: 22P02 invalid input");
}

TEST(CommitFlowTest, an_unknown_commit_in_the_middle_of_a_split_is_settled_for_its_part) {
  auto list = batches({{0, 4}});
  const core::SagaId poison = list[0]->rows.journal[3].saga;
  CommitFlow flow(std::move(list));
  flow.on_commit(outcome(CommitStatus::refused));
  ASSERT_EQ(flow.rows()[0].journal.size(), 2u);  // rows 1 and 2
  flow.on_commit(outcome(CommitStatus::unknown));
  flow.on_settled({{0, 5, 0, 2}});  // they are in
  ASSERT_EQ(flow.need(), Need::commit);
  EXPECT_EQ(flow.rows()[0].epoch, 5);
  EXPECT_EQ(flow.rows()[0].journal.front().seq, 3);
  RefusingStore store;
  store.poison.insert(poison);
  store.run(flow);
  EXPECT_EQ(store.seqs(0), (std::vector<Seq>{3, 4}));
  EXPECT_EQ(flow.take_verdicts()[0].fate, Fate::committed);
}

}  // namespace
}  // namespace sagaloom::engine::testing
