#include <thread>

#include "runtime/store/open_error.h"
#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using CatalogContract = StoreContract;

engine::StoredDefinition definition(int hash, std::uint32_t version) {
  return {sample_digest(hash), "order", "workflow: order\n# ü\n", version, R"({"a":1})"};
}

TEST_P(CatalogContract, TheStoreHasAnIdentityThatStays) {
  engine::StoreIdentity first;
  {
    auto store = fixture->open(1);
    first = store.catalog->identity();
    EXPECT_EQ(4, first.shards);
    EXPECT_FALSE(first.store_id.empty());
    EXPECT_LE(first.store_id.size(), 16u);
  }
  fixture->close();
  auto store = fixture->open(2);
  EXPECT_EQ(first.store_id, store.catalog->identity().store_id);
  EXPECT_EQ(first.shards, store.catalog->identity().shards);
}

TEST_P(CatalogContract, ADefinitionIsRegisteredOnceAndNeverChanged) {
  auto store = fixture->open(1);
  EXPECT_TRUE(store.catalog->register_definition(definition(1, 1)));
  EXPECT_TRUE(store.catalog->register_definition(definition(1, 1)));
  EXPECT_FALSE(store.catalog->register_definition(definition(2, 1)));
  EXPECT_TRUE(store.catalog->register_definition(definition(2, 2)));
  const auto all = store.catalog->definitions();
  ASSERT_EQ(2u, all.size());
  EXPECT_EQ(sample_digest(1), all[0].hash);
  EXPECT_EQ("order", all[0].name);
  EXPECT_EQ(1u, all[0].version);
  EXPECT_EQ(definition(1, 1).text, all[0].text);
  EXPECT_EQ(definition(1, 1).operations, all[0].operations);
}

TEST_P(CatalogContract, OfTwoNodesThatRegisterOneVersionOneWins) {
  auto one = fixture->open(1), two = fixture->open(2);
  bool won[2] = {};
  std::thread first([&] { won[0] = one.catalog->register_definition(definition(1, 1)); });
  std::thread second([&] { won[1] = two.catalog->register_definition(definition(2, 1)); });
  first.join();
  second.join();
  EXPECT_NE(won[0], won[1]);
  ASSERT_EQ(1u, one.catalog->definitions().size());
  EXPECT_EQ(sample_digest(won[0] ? 1 : 2), two.catalog->definitions()[0].hash);
}

TEST_P(CatalogContract, TheLeaseTellsTheClockTheNodesAndTheRevision) {
  auto one = fixture->open(1), two = fixture->open(2);
  const auto first = one.catalog->renew_lease("http://one", core::Duration(60'000));
  ASSERT_EQ(1u, first.nodes.size());
  EXPECT_EQ(node_name(1), first.nodes[0].id);
  EXPECT_TRUE(first.nodes[0].alive);
  one.catalog->register_definition(definition(1, 1));
  const auto second = two.catalog->renew_lease("http://two", core::Duration(50));
  EXPECT_EQ(2u, second.nodes.size());
  EXPECT_GT(second.revision, first.revision);
  EXPECT_GE(second.store_now, first.store_now);
  EXPECT_LT(second.store_now - first.store_now, std::chrono::minutes(1));

  const auto alive = [&](int node) {
    const auto lease = one.catalog->renew_lease("http://one", core::Duration(60'000));
    for (const auto& other : lease.nodes) {
      if (other.id == node_name(node)) return other.alive;
    }
    return false;
  };
  EXPECT_TRUE(alive(1));
  EXPECT_TRUE(eventually([&] { return !alive(2); }));
}

TEST_P(CatalogContract, AnEditedMigrationIsRefused) {
  fixture->open(1);
  fixture->close();
  fixture->edit_applied_migration();
  try {
    fixture->open(1);
    FAIL() << "it opened";
  } catch (const store::OpenError& refusal) {
    EXPECT_EQ("store.migration_edited", refusal.code());
    EXPECT_NE(std::string::npos, std::string(refusal.what()).find("0001_initial"));
  }
}

TEST_P(CatalogContract, ANewerDatabaseIsRefused) {
  fixture->open(1);
  fixture->close();
  fixture->add_unknown_migration();
  try {
    fixture->open(1);
    FAIL() << "it opened";
  } catch (const store::OpenError& refusal) {
    EXPECT_EQ("store.newer", refusal.code());
    EXPECT_NE(std::string::npos, std::string(refusal.what()).find("9999"));
  }
}

TEST_P(CatalogContract, NodesThatStartTogetherMakeOneStore) {
  constexpr int nodes = 4;
  std::vector<engine::Store> stores(nodes);
  std::vector<std::thread> threads;
  for (int i = 0; i < nodes; ++i) {
    threads.emplace_back([&, i] { stores[i] = fixture->open(i + 1); });
  }
  for (auto& thread : threads) thread.join();
  for (auto& store : stores) {
    ASSERT_TRUE(store.catalog);
    EXPECT_EQ(stores[0].catalog->identity().store_id, store.catalog->identity().store_id);
  }
  SampleBatch batch(own_one(stores[3]));
  batch.accept(1);
  expect_committed(stores[3], batch.list());
}

INSTANTIATE_ON_EVERY_STORE(CatalogContract);

}  // namespace
}  // namespace sagaloom::tests
