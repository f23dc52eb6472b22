#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using engine::CommitStatus;
using RefusedContract = StoreContract;

TEST_P(RefusedContract, OneRowInFiveHundredRefusesTheBatch) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  fixture->refuse_marked_records();
  SampleBatch batch(owned);
  for (int n = 1; n <= 500; ++n) n == 321 ? batch.accept_refused(n) : batch.accept(n);
  expect_status(store, batch.list(), CommitStatus::refused);
  EXPECT_TRUE(seqs(store).empty());

  SampleBatch without(owned);
  for (int n = 1; n <= 500; ++n) n == 321 ? without.mark() : without.accept(n);
  expect_committed(store, without.list());
  EXPECT_EQ(500u, seqs(store).size());
}

TEST_P(RefusedContract, AFullDiskIsNotWrittenAndNothingIsLost) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch first(owned);
  first.accept(1);
  expect_committed(store, first.list());

  SampleBatch second(owned, 2);
  second.accept(2);
  fixture->fill_disk();
  for (int attempt = 0; attempt < 3; ++attempt) {
    expect_status(store, second.list(), CommitStatus::not_written);
  }
  EXPECT_EQ(Seqs{1}, seqs(store));
  fixture->free_disk();
  expect_committed(store, second.list());
  EXPECT_EQ((Seqs{1, 2}), seqs(store));
  EXPECT_TRUE(store.lookup->get(sample_id(0, 2)).has_value());
}

TEST_P(RefusedContract, OneIdentityTwiceInABatch) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  batch.accept(1);
  batch.accept(2);
  batch.rows.identities[1].key = batch.rows.identities[0].key;
  expect_status(store, batch.list(), CommitStatus::refused);
  EXPECT_TRUE(seqs(store).empty());
}

TEST_P(RefusedContract, OneIdentityOnTwoConnections) {
  auto one = fixture->open(1), two = fixture->open(1);
  const auto owned = own_one(one);
  SampleBatch first(owned), second(owned, 2);
  first.accept(1);
  second.accept(2);
  second.rows.identities[0].key = first.rows.identities[0].key;
  expect_committed(one, first.list());
  expect_status(two, second.list(), CommitStatus::refused);
  EXPECT_EQ(Seqs{1}, seqs(one));
  EXPECT_EQ(sample_id(0, 1), one.lookup->find_identity(0, first.rows.identities[0].key)->saga);
}

TEST_P(RefusedContract, OneIdentityOnTwoNodes) {
  auto one = fixture->open(1), two = fixture->open(2);
  SampleBatch first(own_one(one));
  first.accept(1);
  expect_committed(one, first.list());
  const auto taken = two.journal->take_over({0}, true);
  ASSERT_EQ(1u, taken.size());
  const auto key = first.rows.identities[0].key;
  // The look-up before the batch finds it; the primary key is the belt.
  ASSERT_EQ(1u, two.journal->find_identities(0, {key}).size());
  SampleBatch second(taken[0]);
  second.accept(2);
  second.rows.identities[0].key = key;
  expect_status(two, second.list(), CommitStatus::refused);
  EXPECT_EQ(Seqs{1}, seqs(two));
}

TEST_P(RefusedContract, TheSameSagaTwice) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch first(owned), second(owned, 2);
  first.accept(1);
  second.accept(1);
  second.rows.identities.clear();
  expect_committed(store, first.list());
  expect_status(store, second.list(), CommitStatus::refused);
}

INSTANTIATE_ON_EVERY_STORE(RefusedContract);

}  // namespace
}  // namespace sagaloom::tests
