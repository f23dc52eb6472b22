// What a restart finds: the tables of semantics.md, section 16, and the bounds of recovery.
#include "runtime/engine/recovery.h"

#include <gtest/gtest.h>

#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

using core::EventKind;
using core::Outcome;
using core::Phase;

struct RecoveryTest : ::testing::Test {
  RecoveryTest() {
    store::MemoryOptions options;
    options.now = [] { return start_of_time; };
    database = store::make_memory_database(options);
    shard = std::make_unique<DrivenShard>(database);
  }
  Phase phase(const core::SagaId& id) { return shard->store.lookup->get(id)->head.phase; }
  void publish_all() {
    shard->shard->published(shard->shard->head(), {}, shard->now);
    shard->pass(Duration{2'000});
    shard->run_to_rest();
  }

  std::shared_ptr<store::MemoryDatabase> database;
  std::unique_ptr<DrivenShard> shard;
};

TEST_F(RecoveryTest, before_the_accept_is_committed_there_is_nothing) {
  shard->submit(plain_workflow(1), "k1");
  shard->look_up();
  BatchPointer never_sent = shard->shard->take_batch(shard->now, {});
  for (BatchItem& item : never_sent->items) item.accepted = nullptr;
  shard->restart();
  EXPECT_EQ(shard->recovered_sagas, 0u);
  const auto id = shard->submit(plain_workflow(1), "k1");
  shard->run_all_ok();
  EXPECT_FALSE(reply(shard->started.back()).replayed);
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(RecoveryTest, after_the_accept_and_before_the_answer_a_repeat_gets_the_first_saga) {
  const auto id = shard->submit(plain_workflow(1), "k1");
  shard->look_up();
  BatchPointer batch = shard->shard->take_batch(shard->now, {});
  ASSERT_EQ(shard->store.journal->commit({batch->rows}).status, CommitStatus::committed);
  for (BatchItem& item : batch->items) item.accepted = nullptr;
  batch.reset();
  shard->restart();
  shard->submit(plain_workflow(1), "k1");
  shard->run_to_rest();
  EXPECT_EQ(reply(shard->started.back()).id, id);
  EXPECT_TRUE(reply(shard->started.back()).replayed);
}

TEST_F(RecoveryTest, an_open_call_is_interrupted_in_the_journal_and_repeated_with_its_key) {
  const auto id = shard->submit(plain_workflow(2), "k1");
  shard->run_to_rest();
  const std::string key = shard->calls.front().command.request_key;
  shard->restart();
  EXPECT_TRUE(shard->calls.empty()) << "not before its interruption is journaled";
  shard->run_to_rest();
  EXPECT_EQ(shard->journal().back().record.event.kind, EventKind::interrupted);
  shard->pass(Duration{2'000});
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.size(), 1u);
  EXPECT_EQ(shard->calls.front().command.request_key, key);
  EXPECT_EQ(shard->calls.front().command.number, 2u);
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(RecoveryTest, an_answer_that_was_not_committed_is_asked_for_again) {
  const auto id = shard->submit(plain_workflow(2), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::ok);
  BatchPointer lost = shard->shard->take_batch(shard->now, {});
  ASSERT_TRUE(lost);
  shard->restart();
  shard->run_to_rest();
  shard->pass(Duration{2'000});
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(RecoveryTest, an_undo_goes_on_at_the_last_step_that_is_not_undone) {
  const auto id = shard->submit(plain_workflow(3), "k1");
  shard->run_to_rest();
  for (int i = 0; i < 2; ++i) {
    const StepCall call = shard->calls.front();
    shard->calls.clear();
    shard->answer(call, Outcome::ok);
    shard->run_to_rest();
  }
  const StepCall third = shard->calls.front();
  shard->calls.clear();
  shard->answer(third, Outcome::business, "shop.refused");
  shard->run_to_rest();
  const StepCall undo_second = shard->calls.front();
  shard->calls.clear();
  shard->answer(undo_second, Outcome::ok);
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.front().command.operation, "shop.undo_s1");
  const std::string key = shard->calls.front().command.request_key;
  shard->restart();
  shard->run_to_rest();
  shard->pass(Duration{2'000});
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.size(), 1u);
  EXPECT_EQ(shard->calls.front().command.request_key, key);
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::compensated);
}

TEST_F(RecoveryTest, a_timer_is_armed_again_from_the_state) {
  shard->submit(plain_workflow(1), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::retryable, "busy");
  shard->run_to_rest();
  const Time due = shard->now + Duration{1'000};
  shard->restart();
  EXPECT_EQ(shard->shard->next_due(), due);
}

TEST_F(RecoveryTest, ended_sagas_are_not_loaded_and_the_tail_is_all_that_is_read) {
  for (int i = 0; i < 40; ++i) {
    shard->submit(plain_workflow(2), "k" + std::to_string(i));
    shard->run_all_ok();
  }
  shard->pass(Duration{2'000});
  publish_all();
  shard->restart();
  EXPECT_EQ(shard->recovered_sagas, 0u);
  EXPECT_EQ(shard->rows_read, 0u);
  EXPECT_EQ(shard->shard->head(), 120);
}

TEST_F(RecoveryTest, rows_above_the_published_mark_are_read_but_apply_nothing_twice) {
  const auto id = shard->submit(plain_workflow(2), "k1");
  shard->run_all_ok();
  shard->restart();
  EXPECT_EQ(shard->rows_read, 3u);
  EXPECT_EQ(shard->recovered_sagas, 0u);
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(RecoveryTest, a_saga_that_waits_long_is_in_its_snapshot_and_timer_only) {
  StepFacts slow;
  slow.initial = Duration{3'600'000};
  auto patient = call_step("s1", slow);
  std::get<core::Call>(patient.kind).retry.max_delay = Duration{36'000'000};
  std::vector<core::Step> steps{patient};
  const auto id = shard->submit(workflow(std::move(steps)), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::retryable, "busy");
  shard->calls.clear();
  shard->run_to_rest();
  shard->pass(Duration{2'000});
  publish_all();
  shard->restart();
  EXPECT_EQ(shard->recovered_sagas, 0u);
  EXPECT_EQ(shard->rows_read, 0u);
  EXPECT_EQ(shard->shard->resident(), 0u);
  shard->pass(Duration{3'600'000});
  shard->run_to_rest();  // the timer's row brings it back
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::completed);
  EXPECT_TRUE(shard->store.journal->read_timers(0, Time::max(), 10).empty());
}

TEST_F(RecoveryTest, a_wait_that_ended_while_the_node_was_down_fires_at_once) {
  StepFacts slow;
  slow.initial = Duration{3'600'000};
  auto patient = call_step("s1", slow);
  std::get<core::Call>(patient.kind).retry.max_delay = Duration{36'000'000};
  std::vector<core::Step> steps{patient};
  shard->submit(workflow(std::move(steps)), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::retryable, "busy");
  shard->run_to_rest();
  shard->pass(Duration{7'200'000});
  shard->restart();
  EXPECT_EQ(shard->recovered_sagas, 1u);
  shard->run_to_rest();
  EXPECT_EQ(shard->calls.size(), 1u);
}

// Its row lies beyond what a start reads, and the end comes before anything else.
TEST_F(RecoveryTest, the_timer_row_of_a_saga_that_ends_after_a_crash_goes_with_it) {
  StepFacts slow;
  slow.initial = Duration{3'600'000};
  auto patient = call_step("s1", slow);
  std::get<core::Call>(patient.kind).retry.max_delay = Duration{36'000'000};
  const auto id = shard->submit(workflow({patient}), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::retryable, "busy");
  shard->calls.clear();
  shard->run_to_rest();
  ASSERT_EQ(shard->store.journal->read_timers(0, Time::max(), 10).size(), 1u);
  shard->restart();
  ASSERT_EQ(shard->recovered_sagas, 1u);
  shard->verb(id, EventKind::cancel_customer);
  shard->run_all_ok();
  EXPECT_TRUE(core::ended(phase(id)));
  EXPECT_TRUE(shard->store.journal->read_timers(0, Time::max(), 10).empty());
}

TEST_F(RecoveryTest, sagas_that_stay_in_their_snapshots_are_counted) {
  StepFacts facts;
  facts.idempotent = false;
  facts.max_attempts = 1;
  const auto definition = workflow({call_step("s1", facts)});
  core::SagaId parked;
  for (const char* key : {"k1", "k2"}) {
    parked = shard->submit(definition, key);
    shard->run_to_rest();
    shard->answer(shard->calls.front(), Outcome::unknown, "lost");
    shard->calls.clear();
    shard->run_to_rest();
  }
  shard->pass(Duration{2'000});
  publish_all();
  shard->restart();
  EXPECT_EQ(shard->shard->resident(), 0u);
  EXPECT_EQ(shard->shard->live(), 2u);
  EXPECT_EQ(shard->shard->parked(), 2u);
  shard->verb(parked, EventKind::resolve, "s1");
  shard->run_all_ok();
  EXPECT_EQ(shard->shard->live(), 1u);
  EXPECT_EQ(shard->shard->parked(), 1u);
}

TEST_F(RecoveryTest, again_and_again_at_every_point_of_a_saga_it_comes_to_the_same_end) {
  for (int stop = 0; stop < 12; ++stop) {
    const auto id = shard->submit(plain_workflow(3), "stop-" + std::to_string(stop));
    int turns = 0;
    for (int guard = 0; guard < 200; ++guard) {
      if (shard->turn()) {
        if (++turns == stop) shard->restart();
        continue;
      }
      if (!shard->calls.empty()) {
        const StepCall call = shard->calls.front();
        shard->calls.pop_front();
        shard->answer(call, Outcome::ok);
      } else if (shard->shard->next_due() != Time::max()) {
        shard->now = std::max(shard->now, shard->shard->next_due());
      } else {
        break;
      }
    }
    EXPECT_EQ(phase(id), Phase::completed) << "stopped after turn " << stop;
  }
}

}  // namespace
}  // namespace sagaloom::engine::testing
