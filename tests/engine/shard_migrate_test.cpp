// A saga that is moved to another version: later decisions are made with it, before and after a
// restart, and a proof that is out of date moves nothing.
#include <gtest/gtest.h>

#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

struct ShardMigrateTest : ::testing::Test {
  ShardMigrateTest() {
    store::MemoryOptions options;
    options.now = [] { return start_of_time; };
    shard = std::make_unique<DrivenShard>(store::make_memory_database(options));
    second->hash = std::string(64, '2');
    second->version = 2;
    shard->know(first);
    shard->know(second);
    saga = shard->submit(first, "k");
    shard->run_to_rest();
  }
  void migrate(std::uint32_t seen_records) {
    core::Event event;
    event.kind = core::EventKind::migrate;
    event.code = second->hash;
    event.number = second->version;
    event.occurrence = seen_records;
    shard->shard->verb(saga, std::move(event), [this](Answer<SagaView> answer) {
      shard->views.push_back(std::move(answer));
    });
    shard->run_to_rest();
  }
  std::uint32_t records() const { return shard->shard->find(saga)->head.records; }

  std::shared_ptr<core::Definition> first = workflow({call_step("s1"), call_step("old")});
  std::shared_ptr<core::Definition> second = workflow({call_step("s1"), call_step("new")});
  std::unique_ptr<DrivenShard> shard;
  core::SagaId saga;
};

TEST_F(ShardMigrateTest, WhatFollowsIsDecidedWithTheNewVersion) {
  migrate(records());
  ASSERT_EQ(1u, shard->views.size());
  ASSERT_TRUE(std::holds_alternative<SagaView>(shard->views[0]));
  const auto& view = std::get<SagaView>(shard->views[0]);
  EXPECT_EQ(2u, view.saga.head.version);
  EXPECT_EQ(second->hash, view.definition->hash);
  EXPECT_EQ(2u, shard->store.lookup->row(saga)->summary.version);
  ASSERT_EQ(1u, shard->calls.size());  // the call under way is the same, and made once
  shard->answer(shard->calls.front(), core::Outcome::ok);
  shard->calls.clear();
  shard->run_to_rest();
  ASSERT_EQ(1u, shard->calls.size());
  EXPECT_EQ("new", shard->calls.front().command.path);
}

TEST_F(ShardMigrateTest, ARestartGoesOnWithTheNewVersion) {
  migrate(records());
  shard->calls.clear();
  shard->restart();
  shard->run_to_rest();
  shard->pass(Duration(2'000));  // the interrupted call is made again after its pause
  shard->run_all_ok();
  const auto stored = shard->store.lookup->get(saga);
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ("COMPLETED", core::state_name(*stored));
  EXPECT_NE(nullptr, stored->find("new"));
  EXPECT_EQ(nullptr, stored->find("old"));
}

TEST_F(ShardMigrateTest, ASagaThatWentOnSinceTheProofStays) {
  migrate(records() - 1);
  ASSERT_EQ(1u, shard->views.size());
  EXPECT_EQ("saga.moved", error(shard->views[0]).code);
  EXPECT_EQ(1u, shard->shard->find(saga)->head.version);
}

}  // namespace
}  // namespace sagaloom::engine::testing
