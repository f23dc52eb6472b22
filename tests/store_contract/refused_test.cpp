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

// U+0000 is in no column of text of any store, so that nothing depends on which one it is.
TEST_P(RefusedContract, ATextWithNulIsRefusedAndNeverFound) {
  const std::string nul("a\0b", 3);
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  const auto refused = [&](auto&& change) {
    SampleBatch batch(owned);
    batch.accept(1);
    change(batch.rows);
    expect_status(store, batch.list(), CommitStatus::refused);
  };
  refused([&](auto& rows) { rows.identities[0].key.key = nul; });
  refused([&](auto& rows) { rows.attributes_added.push_back({"", "city", nul, sample_id(0, 1)}); });
  refused([&](auto& rows) { rows.seen.push_back({"", "order", "event:paid", nul, 20}); });
  refused([&](auto& rows) {
    rows.inbox.push_back({{{"", "order", nul}, "event:paid", 1, core::Time::max()}, {}});
  });
  refused([&](auto& rows) {
    auto head = *rows.sagas[0].head;
    head.status = nul;
    rows.sagas[0].head = std::make_shared<const core::SagaRecord>(head);
  });
  EXPECT_TRUE(seqs(store).empty());

  const engine::IdentityKey key{"", "order", nul};
  EXPECT_TRUE(store.journal->find_identities(0, {key}).empty());
  EXPECT_TRUE(store.journal->find_seen(0, 0, {{"", "order", "event:paid", nul, 0}}).empty());
  EXPECT_TRUE(store.journal->read_inbox(0, {key}).empty());
  EXPECT_FALSE(store.lookup->find_identity(0, key).has_value());
  engine::SagaFilter filter;
  filter.attribute = {"city", nul};
  EXPECT_TRUE(store.lookup->list(filter).items.empty());
  SampleBatch good(owned);
  good.accept(1);
  expect_committed(store, good.list());
  const auto found = store.journal->find_identities(0, {key, good.rows.identities[0].key});
  ASSERT_EQ(1u, found.size());
  EXPECT_EQ(good.rows.identities[0].key, found[0].key);
}

TEST_P(RefusedContract, AnIndexedAttributeOfTheGreatestLengthIsFound) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  batch.accept(1);
  std::string text;  // that no compression makes short
  for (std::uint32_t n = 1; text.size() < engine::indexed_bytes; n = n * 1'103'515'245u + 12'345u) {
    text += static_cast<char>('!' + (n >> 16) % 90);
  }
  batch.rows.attributes_added.push_back({"", "city", text, sample_id(0, 1)});
  expect_committed(store, batch.list());
  engine::SagaFilter filter;
  filter.attribute = {"city", text};
  EXPECT_EQ(1u, store.lookup->list(filter).items.size());
}

INSTANTIATE_ON_EVERY_STORE(RefusedContract);

}  // namespace
}  // namespace sagaloom::tests
