// A shard at the edges: plugins that come at odd times, sagas that come back, reads that are full,
// rows that the store refuses.
#include <algorithm>
#include <gtest/gtest.h>

#include "runtime/engine/commit_flow.h"
#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

using core::EventKind;
using core::Outcome;

struct ShardEdgeTest : ::testing::Test {
  ShardEdgeTest() {
    store::MemoryOptions options;
    options.now = [] { return start_of_time; };
    database = store::make_memory_database(options);
    shard = std::make_unique<DrivenShard>(database);
  }
  // One batch whose rows the store refuses when `refuse` says so.
  void turn_refusing(const std::function<bool(const ShardRows&)>& refuse);
  // A workflow whose steps park their saga when they answer `unknown`.
  core::DefinitionPointer delicate() {
    StepFacts facts;
    facts.idempotent = false;
    facts.max_attempts = 1;
    return workflow({call_step("s1", facts), call_step("s2", facts), call_step("s3", facts)});
  }
  core::SagaId parked_saga(const std::string& key) {
    const auto id = shard->submit(delicate(), key);
    shard->run_to_rest();
    shard->answer(shard->calls.front(), Outcome::unknown, "lost");
    shard->calls.clear();
    shard->run_to_rest();
    return id;
  }

  std::shared_ptr<store::MemoryDatabase> database;
  std::unique_ptr<DrivenShard> shard;
};

void ShardEdgeTest::turn_refusing(const std::function<bool(const ShardRows&)>& refuse) {
  shard->shard->tick(shard->now);
  shard->look_up();
  shard->look_up();
  std::vector<BatchPointer> list;
  list.push_back(shard->shard->take_batch(shard->now, shard->budget));
  ASSERT_TRUE(list.front());
  CommitFlow flow(std::move(list));
  for (int commits = 0; flow.need() == CommitFlow::Need::commit; ++commits) {
    ASSERT_LT(commits, 1'000);
    const std::vector<ShardRows>& rows = flow.rows();
    if (std::any_of(rows.begin(), rows.end(), refuse)) {
      flow.on_commit({CommitStatus::refused, "content"});
    } else {
      flow.on_commit(shard->store.journal->commit(rows));
    }
  }
  ASSERT_EQ(flow.need(), CommitFlow::Need::done);
  shard->shard->on_committed(std::move(flow.take_verdicts().front().batch), shard->now);
  shard->do_effects();
}

TEST_F(ShardEdgeTest, a_plugin_that_came_while_the_shard_was_down_is_noticed_after_the_restart) {
  shard->missing["shop.s1"] = true;
  shard->missing["shop.s2"] = true;  // still not there afterwards
  shard->submit(plain_workflow(2), "k1");
  shard->run_to_rest();
  EXPECT_TRUE(shard->calls.empty());
  shard->missing.erase("shop.s1");
  shard->restart();
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.size(), 1u);
  EXPECT_EQ(shard->calls[0].command.operation, "shop.s1");
}

TEST_F(ShardEdgeTest, a_plugin_that_came_between_decision_and_commit_is_noticed) {
  shard->missing["shop.s1"] = true;
  shard->submit(plain_workflow(1), "k1");
  shard->look_up();
  BatchPointer batch = shard->shard->take_batch(shard->now, {});
  ASSERT_TRUE(batch);
  shard->missing.clear();
  ASSERT_EQ(shard->store.journal->commit({batch->rows}).status, CommitStatus::committed);
  shard->shard->on_committed(std::move(batch), shard->now);
  shard->pass(Duration{1'000});
  shard->run_all_ok();
  EXPECT_EQ(shard->shard->live(), 0u);
}

TEST_F(ShardEdgeTest, a_loaded_saga_that_a_verb_changed_leaves_memory_again) {
  const auto id = parked_saga("k1");
  for (const char* step : {"s1", "s2"}) {
    ASSERT_EQ(shard->shard->find(id), nullptr);
    shard->verb(id, EventKind::resolve, step);
    shard->run_to_rest();
    ASSERT_EQ(shard->calls.size(), 1u) << step;
    shard->answer(shard->calls.front(), Outcome::unknown, "lost");
    shard->calls.clear();
    shard->run_to_rest();
    EXPECT_EQ(shard->shard->find(id), nullptr) << "parked after " << step;
  }
}

TEST_F(ShardEdgeTest, more_timers_than_one_read_takes_are_all_found) {
  StepFacts slow;
  slow.initial = Duration{600'000};
  auto patient = call_step("s1", slow);
  std::get<core::Call>(patient.kind).retry.max_delay = Duration{3'600'000};
  const auto definition = workflow({patient});
  constexpr std::size_t count = 2'500;
  for (std::size_t i = 0; i < count; ++i) shard->submit(definition, "k" + std::to_string(i));
  shard->run_to_rest();
  for (const StepCall& call : shard->calls) shard->answer(call, Outcome::retryable, "busy");
  shard->calls.clear();
  shard->run_to_rest();
  ASSERT_EQ(shard->shard->resident(), 0u);
  shard->pass(Duration{600'000});
  while (shard->shard->next_due() <= shard->now) shard->turn();
  shard->run_to_rest();
  EXPECT_EQ(shard->calls.size(), count);
}

TEST_F(ShardEdgeTest, a_verb_whose_record_is_refused_is_answered_with_the_refusal) {
  const auto id = parked_saga("k1");
  shard->verb(id, EventKind::resolve, "s1");
  turn_refusing([&](const ShardRows& rows) {
    return std::any_of(rows.journal.begin(), rows.journal.end(),
                       [&](const JournalRow& row) { return row.saga == id; });
  });
  ASSERT_EQ(shard->views.size(), 1u);
  ASSERT_TRUE(std::holds_alternative<EngineError>(shard->views[0]));
  EXPECT_EQ(error(shard->views[0]).code, "storage.refused");
  EXPECT_EQ(error(shard->views[0]).kind, EngineError::Kind::refused);
  shard->verb(id, EventKind::resolve, "s1");  // it still listens
  shard->run_all_ok();
  ASSERT_EQ(shard->views.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<SagaView>(shard->views[1]));
}

TEST_F(ShardEdgeTest, a_refused_dead_letter_is_written_without_its_content) {
  shard->submit(plain_workflow(1), "k1");
  shard->run_all_ok();
  const Seq head = shard->shard->head();
  shard->shard->published(head, {{1, 3, "poison", "poison"}}, shard->now);
  shard->pass(Duration{5'000});
  turn_refusing([](const ShardRows& rows) {
    return std::any_of(rows.dead_letters.begin(), rows.dead_letters.end(),
                       [](const DeadLetterRow& letter) { return letter.data == "poison"; });
  });
  const auto letters = store::dead_letters_of(*database, 0);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].seq, 1);
  EXPECT_EQ(letters[0].n, 3);
  EXPECT_EQ(letters[0].reason, "storage.refused");
  EXPECT_EQ(shard->store.journal->read_progress(0).published, head);
}

TEST_F(ShardEdgeTest, one_refused_checkpoint_keeps_only_its_own_saga_in_memory) {
  std::vector<core::SagaId> ids;
  for (const char* key : {"k1", "k2", "k3"}) ids.push_back(shard->submit(delicate(), key));
  shard->run_to_rest();
  for (const StepCall& call : shard->calls) shard->answer(call, Outcome::unknown, "lost");
  shard->calls.clear();
  const auto poison = [&](const ShardRows& rows) {
    return std::any_of(rows.sagas.begin(), rows.sagas.end(), [&](const SagaRow& row) {
      return row.id == ids[1] && row.live && row.snapshot;
    });
  };
  for (int turn = 0; turn < 3; ++turn) turn_refusing(poison);
  EXPECT_EQ(shard->shard->find(ids[0]), nullptr);
  EXPECT_NE(shard->shard->find(ids[1]), nullptr);
  EXPECT_EQ(shard->shard->find(ids[2]), nullptr);
  EXPECT_FALSE(shard->turn()) << "what was refused alone is not sent again and again";
  shard->verb(ids[1], EventKind::resolve, "s1");  // its state changes: it may fit now
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.size(), 1u);
  shard->answer(shard->calls.front(), Outcome::unknown, "lost");
  shard->run_to_rest();
  EXPECT_EQ(shard->shard->find(ids[1]), nullptr);
}

}  // namespace
}  // namespace sagaloom::engine::testing
