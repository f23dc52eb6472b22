#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

class ListContract : public StoreContract {
 protected:
  // Orders 1 to `count`, number n on shard n % 4; every third is completed.
  engine::Store filled(int count) {
    auto store = fixture->open(1);
    std::vector<engine::ShardRows> list;
    for (const auto& shard : own(store, {0, 1, 2, 3})) {
      SampleBatch batch(shard);
      for (int n = 1; n <= count; ++n) {
        if (n % 4 == shard.shard) add(batch, n);
      }
      if (!batch.rows.journal.empty()) list.push_back(batch.rows);
    }
    expect_committed(store, list);
    return store;
  }

  static void add(SampleBatch& batch, int n) {
    const auto first = batch.accept(n);
    if (n % 3 == 0) batch.complete(n, first, batch.step(n, first));
    const core::SagaId id = sample_id(batch.rows.shard, n);
    const std::string tenant = n % 7 == 0 ? "acme" : "";
    for (auto& row : batch.rows.sagas) {
      if (row.id != id) continue;
      auto head = *row.head;
      head.tenant = tenant;
      if (n % 5 == 0) head.workflow = "refund";
      row.head = std::make_shared<const core::SagaRecord>(head);
    }
    const std::string colour = n % 2 == 0 ? "red" : "blue";
    batch.rows.attributes_added.push_back({tenant, "colour", colour, id});
  }

  static std::vector<int> numbers(const engine::SagaPage& page) {
    std::vector<int> list;
    for (const auto& item : page.items) list.push_back(std::stoi(item.identity.substr(6)));
    return list;
  }
};

using Numbers = std::vector<int>;

TEST_P(ListContract, NewestFirstOverAllShards) {
  auto store = filled(6);
  const auto page = store.lookup->list({});
  EXPECT_EQ((Numbers{6, 5, 4, 3, 2, 1}), numbers(page));
  EXPECT_FALSE(page.next.has_value());
  const auto& newest = page.items[0];
  EXPECT_EQ(sample_id(2, 6), newest.id);
  EXPECT_EQ("order", newest.workflow);
  EXPECT_EQ("COMPLETED", newest.state);
  EXPECT_EQ("done", newest.status);
  EXPECT_EQ(1u, newest.version);
  EXPECT_EQ(sample_time(6), newest.created);
  EXPECT_EQ(sample_time(6) + core::Duration(200), newest.ended);
  EXPECT_EQ(core::Time{}, page.items[1].ended);
}

TEST_P(ListContract, CursorsGiveEverySagaOnce) {
  auto store = filled(60);
  engine::SagaFilter filter;
  filter.limit = 7;
  Numbers seen;
  int pages = 0;
  for (;; ++pages) {
    const auto page = store.lookup->list(filter);
    for (const int n : numbers(page)) seen.push_back(n);
    if (!page.next) break;
    filter.before = page.next;
  }
  Numbers expected;
  for (int n = 60; n >= 1; --n) {
    if (n % 7 != 0) expected.push_back(n);
  }
  EXPECT_EQ(expected, seen);
  EXPECT_GE(pages, 7);
}

TEST_P(ListContract, FiltersAloneAndTogether) {
  auto store = filled(30);
  const auto list = [&](auto&& change) {
    engine::SagaFilter filter;
    change(filter);
    return numbers(store.lookup->list(filter));
  };
  EXPECT_EQ((Numbers{30, 25, 20, 15, 10, 5}), list([](auto& f) { f.workflow = "refund"; }));
  EXPECT_EQ((Numbers{28, 21, 14, 7}), list([](auto& f) { f.tenant = "acme"; }));
  EXPECT_EQ((Numbers{17}), list([](auto& f) { f.identity = "order-17"; }));
  EXPECT_EQ((Numbers{30, 15}), list([](auto& f) {
              f.workflow = "refund";
              f.live = false;
            }));
  EXPECT_EQ((Numbers{25, 20, 10, 5}), list([](auto& f) {
              f.workflow = "refund";
              f.live = true;
            }));
  EXPECT_EQ((Numbers{30, 27, 24, 18, 15, 12, 9, 6, 3}),
            list([](auto& f) { f.states = {"COMPLETED", "FAILED"}; }));
  EXPECT_EQ((Numbers{26, 22, 20, 16, 10, 8, 4, 2}), list([](auto& f) {
              f.attribute = {"colour", "red"};
              f.live = true;
            }));
  EXPECT_EQ((Numbers{12, 11, 10}), list([](auto& f) {
              f.created_after = sample_time(10);
              f.created_before = sample_time(13);
            }));
  EXPECT_EQ((Numbers{3}), list([](auto& f) {
              f.status = "done";
              f.before = sample_id(0, 4);
            }));
}

TEST_P(ListContract, AttributesComeAndGo) {
  auto store = fixture->open(1);
  const auto owned = own_one(store);
  SampleBatch batch(owned);
  batch.accept(1);
  batch.rows.attributes_added.push_back({"", "region", "north", sample_id(0, 1)});
  batch.rows.attributes_added.push_back({"", "region", "north", sample_id(0, 1)});
  expect_committed(store, batch.list());
  engine::SagaFilter north, south;
  north.attribute = {"region", "north"};
  south.attribute = {"region", "south"};
  EXPECT_EQ(1u, store.lookup->list(north).items.size());

  SampleBatch moved(owned, 2);
  moved.mark();
  moved.rows.attributes_removed.push_back({"", "region", "north", sample_id(0, 1)});
  moved.rows.attributes_added.push_back({"", "region", "south", sample_id(0, 1)});
  expect_committed(store, moved.list());
  EXPECT_TRUE(store.lookup->list(north).items.empty());
  EXPECT_EQ(1u, store.lookup->list(south).items.size());
}

// A filter that matches nothing gives up after a bounded number of rows, with a cursor.
TEST_P(ListContract, ALongSearchIsCutIntoPages) {
  auto store = fixture->open(1);
  auto owned = own_one(store);
  constexpr int count = 21'000, slice = 1'500;
  for (int done = 0; done < count; done += slice) {
    SampleBatch batch(owned, done + 1);
    for (int n = done + 1; n <= done + slice; ++n) batch.accept(n);
    expect_committed(store, batch.list());
  }
  engine::SagaFilter filter;
  filter.status = "no such status";
  const auto first = store.lookup->list(filter);
  EXPECT_TRUE(first.items.empty());
  ASSERT_TRUE(first.next.has_value());
  filter.before = first.next;
  const auto second = store.lookup->list(filter);
  EXPECT_TRUE(second.items.empty());
  EXPECT_FALSE(second.next.has_value());
}

TEST_P(ListContract, APageHasAtMostFiveHundred) {
  auto store = fixture->open(1);
  SampleBatch batch(own_one(store));
  for (int n = 1; n <= 600; ++n) batch.accept(n);
  expect_committed(store, batch.list());
  engine::SagaFilter filter;
  filter.limit = 10'000;
  EXPECT_EQ(500u, store.lookup->list(filter).items.size());
}

INSTANTIATE_ON_EVERY_STORE(ListContract);

}  // namespace
}  // namespace sagaloom::tests
