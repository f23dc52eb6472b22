// The frame of the contract cases: each runs on every store, on an empty one of its own.
#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/store_contract/sample.h"
#include "tests/store_contract/store_fixture.h"

namespace sagaloom::tests {

struct StoreKind {
  const char* name;
  std::unique_ptr<StoreFixture> (*make)();
};

// Every store runs every case: printed at the end of the run and required to be equal.
inline constexpr StoreKind store_kinds[] = {
    {"memory", make_memory_fixture},
    {"sqlite", make_sqlite_fixture},
    {"postgres", make_postgres_fixture},
};

class StoreContract : public testing::TestWithParam<StoreKind> {
 protected:
  StoreContract() : fixture(GetParam().make()) {}

  // Takes shards that must be free.
  static std::vector<engine::OwnedShard> own(engine::Store& store,
                                             std::vector<engine::ShardNumber> shards) {
    auto owned = store.journal->take_over(shards, false);
    EXPECT_EQ(owned.size(), shards.size());
    return owned;
  }

  static engine::OwnedShard own_one(engine::Store& store, engine::ShardNumber shard = 0) {
    const auto owned = own(store, {shard});
    return owned.empty() ? engine::OwnedShard{} : owned[0];
  }

  static void expect_committed(engine::Store& store, const std::vector<engine::ShardRows>& rows) {
    const auto outcome = store.journal->commit(rows);
    EXPECT_STREQ("committed", status_name(outcome.status)) << outcome.reason;
  }

  static void expect_status(engine::Store& store, const std::vector<engine::ShardRows>& rows,
                            engine::CommitStatus status) {
    const auto outcome = store.journal->commit(rows);
    EXPECT_STREQ(status_name(status), status_name(outcome.status)) << outcome.reason;
  }

  static std::vector<engine::Seq> seqs(engine::Store& store, engine::ShardNumber shard = 0) {
    return seqs_of(store.journal->read_journal(shard, 0, 100'000));
  }

  // Asks again until it is so, at most `limit`.
  template <typename Condition>
  static bool eventually(Condition&& condition,
                         std::chrono::seconds limit = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
      if (condition()) return true;
    }
    return false;
  }

  std::unique_ptr<StoreFixture> fixture;
};

using Seqs = std::vector<engine::Seq>;

#define INSTANTIATE_ON_EVERY_STORE(suite)                  \
  INSTANTIATE_TEST_SUITE_P(                                \
      OnEveryStore, suite, testing::ValuesIn(store_kinds), \
      [](const testing::TestParamInfo<StoreKind>& info) { return std::string(info.param.name); })

}  // namespace sagaloom::tests
