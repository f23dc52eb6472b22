#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using CommitContract = StoreContract;

TEST_P(CommitContract, EveryRowOfABatchIsReadBack) {
  auto store = fixture->open(1);
  auto owned = own_one(store, 2);
  SampleBatch batch(owned);
  const auto first = batch.accept(1);
  const auto second = batch.step(1, first);
  batch.mark();
  expect_committed(store, batch.list());

  const auto rows = store.journal->read_journal(2, 0, 100);
  ASSERT_EQ(3u, rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(batch.rows.journal[i].seq, rows[i].seq);
    EXPECT_EQ(batch.rows.journal[i].saga, rows[i].saga);
    EXPECT_EQ(batch.rows.journal[i].prev, rows[i].prev);
    EXPECT_EQ(text_of(batch.rows.journal[i].record), text_of(rows[i].record));
  }
  EXPECT_EQ(second, rows[1].seq);
  EXPECT_TRUE(rows[2].saga.nil());
}

TEST_P(CommitContract, OneCommitCarriesManyShards) {
  auto store = fixture->open(1);
  std::vector<engine::ShardRows> list;
  for (const auto& owned : own(store, {0, 1, 2, 3})) {
    SampleBatch batch(owned);
    for (int n = 0; n < 5; ++n) batch.accept(n);
    list.push_back(batch.rows);
  }
  expect_committed(store, list);
  for (engine::ShardNumber shard = 0; shard < 4; ++shard) {
    EXPECT_EQ((Seqs{1, 2, 3, 4, 5}), seqs(store, shard));
  }
}

TEST_P(CommitContract, TwoThousandRowsAreOneBatch) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  for (int n = 0; n < 1'000; ++n) batch.step(n, batch.accept(n));
  expect_committed(store, batch.list());
  EXPECT_EQ(2'000u, seqs(store).size());
}

TEST_P(CommitContract, ProgressAloneIsABatch) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  EXPECT_EQ(0, store.journal->read_progress(0).published);
  engine::ShardRows rows;
  rows.shard = 0;
  rows.epoch = owned.epoch;
  rows.progress = engine::Progress{41, 17};
  expect_committed(store, {rows});
  EXPECT_EQ(41, store.journal->read_progress(0).published);
  EXPECT_EQ(17, store.journal->read_progress(0).checkpoint);
}

TEST_P(CommitContract, TheGenerationStandsInEveryRow) {
  auto store = fixture->open(1);
  auto owned = own_one(store);
  SampleBatch batch(owned);
  batch.rows.generation = 3;
  batch.mark();
  expect_committed(store, batch.list());
  EXPECT_EQ(3, store.journal->read_journal(0, 0, 1).at(0).generation);
}

TEST_P(CommitContract, LargeTextsAndStrangeCharactersSurvive) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  batch.accept(1);
  auto& record = batch.rows.journal[0].record;
  const std::string strange = std::string("a\"\\\n\t\x01 ä € 😀 $secret ") + std::string(1, '\x7f');
  record.notes.push_back({"strange", expression::Value(strange)});
  record.notes.push_back({"large", expression::Value(std::string(300'000, 'x'))});
  record.notes.push_back({"tagged", expression::Value::object({{"$secret", 1}, {"$map", 2}})});
  record.notes.push_back({"reference", expression::Value::secret("api_key")});
  expect_committed(store, batch.list());
  const auto rows = store.journal->read_journal(0, 0, 10);
  ASSERT_EQ(1u, rows.size());
  EXPECT_EQ(text_of(record), text_of(rows[0].record));
  ASSERT_EQ(4u, rows[0].record.notes.size());
  EXPECT_EQ(record.notes[0].details, rows[0].record.notes[0].details);
  EXPECT_EQ(record.notes[2].details, rows[0].record.notes[2].details);
  EXPECT_TRUE(rows[0].record.notes[3].details.is_secret());
}

TEST_P(CommitContract, WhatWasCommittedIsThereAfterReopening) {
  engine::OwnedShard before;
  {
    auto store = fixture->open(1);
    before = own_one(store);
    SampleBatch batch(before);
    batch.accept(1);
    expect_committed(store, batch.list());
  }
  fixture->close();
  auto store = fixture->open(1);
  const auto after = own_one(store);
  EXPECT_EQ(1, after.max_seq);
  EXPECT_GT(after.epoch, before.epoch);
  EXPECT_EQ(Seqs{1}, seqs(store));
}

TEST_P(CommitContract, ADeadLetterGoesInWithAMarkRow) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  const auto seq = batch.mark();
  batch.rows.dead_letters.push_back({seq, 0, "refused", "the message"});
  batch.rows.dead_letters.push_back({seq, 1, "behind", "the next"});
  expect_committed(store, batch.list());
  EXPECT_EQ(Seqs{1}, seqs(store));
}

INSTANTIATE_ON_EVERY_STORE(CommitContract);

}  // namespace
}  // namespace sagaloom::tests
