// A shard by itself: inlets, identities, batches, timers, checkpoints.
#include <algorithm>
#include <gtest/gtest.h>

#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

using core::EventKind;
using core::Outcome;
using core::Phase;

struct ShardTest : ::testing::Test {
  ShardTest() {
    store::MemoryOptions options;
    options.now = [] { return start_of_time; };
    database = store::make_memory_database(options);
    shard = std::make_unique<DrivenShard>(database);
  }
  std::optional<core::Saga> stored(const core::SagaId& id) { return shard->store.lookup->get(id); }

  std::shared_ptr<store::MemoryDatabase> database;
  std::unique_ptr<DrivenShard> shard;
};

TEST_F(ShardTest, a_saga_runs_step_by_step_to_its_end_and_leaves_memory) {
  const auto id = shard->submit(plain_workflow(3), "k1");
  shard->run_to_rest();
  ASSERT_EQ(shard->started.size(), 1u);
  EXPECT_EQ(reply(shard->started[0]).id, id);
  EXPECT_FALSE(reply(shard->started[0]).replayed);
  ASSERT_EQ(shard->calls.size(), 1u);
  EXPECT_EQ(shard->calls[0].command.operation, "shop.s1");
  EXPECT_EQ(shard->shard->live(), 1u);

  shard->run_all_ok();
  EXPECT_EQ(shard->shard->find(id), nullptr);
  EXPECT_EQ(shard->shard->live(), 0u);
  const auto saga = stored(id);
  ASSERT_TRUE(saga);
  EXPECT_EQ(saga->head.phase, Phase::completed);
}

TEST_F(ShardTest, k_steps_take_k_plus_one_records_with_dense_seqs_and_a_chain_of_prev) {
  const auto id = shard->submit(plain_workflow(3), "k1");
  shard->run_all_ok();
  const auto rows = shard->journal();
  ASSERT_EQ(rows.size(), 4u);
  Seq prev = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].seq, static_cast<Seq>(i) + 1);
    EXPECT_EQ(rows[i].saga, id);
    EXPECT_EQ(rows[i].prev, prev);
    prev = rows[i].seq;
  }
}

TEST_F(ShardTest, nothing_is_handed_out_or_answered_before_the_commit) {
  shard->submit(plain_workflow(1), "k1");
  shard->look_up();
  const BatchPointer batch = shard->shard->take_batch(shard->now, {});
  ASSERT_TRUE(batch);
  shard->do_effects();
  EXPECT_TRUE(shard->calls.empty());
  EXPECT_TRUE(shard->started.empty());
  EXPECT_TRUE(shard->committed.empty());
}

TEST_F(ShardTest, a_shard_with_a_batch_in_flight_gives_no_other) {
  shard->submit(plain_workflow(1), "k1");
  shard->look_up();
  BatchPointer first = shard->shard->take_batch(shard->now, {});
  ASSERT_TRUE(first);
  shard->submit(plain_workflow(1), "k2");
  shard->look_up();
  EXPECT_FALSE(shard->shard->take_batch(shard->now, {}));
  ASSERT_EQ(shard->store.journal->commit({first->rows}).status, CommitStatus::committed);
  shard->shard->on_committed(std::move(first), shard->now);
  EXPECT_TRUE(shard->shard->take_batch(shard->now, {}));
}

TEST_F(ShardTest, a_saga_has_at_most_one_record_in_a_batch) {
  const auto id = shard->submit(plain_workflow(2), "k1");
  shard->run_to_rest();
  const StepCall call = shard->calls.front();
  shard->answer(call, Outcome::ok);
  shard->verb(id, EventKind::cancel_operator);
  BatchPointer batch = shard->shard->take_batch(shard->now, {});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->items.size(), 1u);
}

TEST_F(ShardTest, an_answer_that_comes_again_is_stale_and_changes_nothing) {
  shard->submit(plain_workflow(2), "k1");
  shard->run_to_rest();
  const StepCall call = shard->calls.front();
  shard->answer(call, Outcome::ok);
  shard->run_to_rest();
  const std::size_t rows = shard->journal().size();
  shard->answer(call, Outcome::retryable);
  shard->run_to_rest();
  EXPECT_EQ(shard->journal().size(), rows);
  EXPECT_EQ(shard->calls.size(), 2u);  // s1 once, s2 once
}

TEST_F(ShardTest, the_same_identity_and_body_gets_the_first_saga) {
  const auto id = shard->submit(plain_workflow(1), "k1");
  shard->run_to_rest();
  shard->submit(plain_workflow(1), "k1");  // in memory
  shard->run_all_ok();
  shard->submit(plain_workflow(1), "k1");  // only in the store
  shard->run_to_rest();
  ASSERT_EQ(shard->started.size(), 3u);
  for (int i : {1, 2}) {
    EXPECT_EQ(reply(shard->started[i]).id, id);
    EXPECT_TRUE(reply(shard->started[i]).replayed);
  }
}

TEST_F(ShardTest, while_an_identity_is_being_created_others_wait_for_that_commit) {
  const auto id = shard->submit(plain_workflow(1), "k1");
  shard->submit(plain_workflow(1), "k1");
  shard->look_up();
  shard->submit(plain_workflow(1), "k1");
  BatchPointer batch = shard->shard->take_batch(shard->now, {});
  ASSERT_EQ(batch->items.size(), 1u);
  shard->submit(plain_workflow(1), "k1");
  shard->do_effects();
  EXPECT_TRUE(shard->started.empty());
  ASSERT_EQ(shard->store.journal->commit({batch->rows}).status, CommitStatus::committed);
  shard->shard->on_committed(std::move(batch), shard->now);
  shard->do_effects();
  ASSERT_EQ(shard->started.size(), 4u);
  for (const auto& answer : shard->started) EXPECT_EQ(reply(answer).id, id);
  EXPECT_FALSE(reply(shard->started[0]).replayed);
  EXPECT_TRUE(reply(shard->started[3]).replayed);
}

TEST_F(ShardTest, another_body_under_an_idempotency_key_is_refused) {
  shard->submit(plain_workflow(1), "k1");
  shard->run_to_rest();
  shard->submit(plain_workflow(1), "k1", Value::object({{"other", 1}}));
  shard->run_all_ok();
  shard->submit(plain_workflow(1), "k1", Value::object({{"other", 1}}));
  shard->run_to_rest();
  ASSERT_EQ(shard->started.size(), 3u);
  for (int i : {1, 2}) {
    EXPECT_EQ(error(shard->started[i]).code, "idempotency_key_reused");
    EXPECT_EQ(error(shard->started[i]).kind, EngineError::Kind::invalid);
  }
}

TEST_F(ShardTest, a_header_beside_a_business_id_decides_which_conflict_it_is) {
  auto definition = plain_workflow(1);
  auto id = core::Template::compile(Value("${input.order}"), {"input"});
  ASSERT_TRUE(id.ok());
  definition->id = *id;
  const auto input = [](int lines) { return Value::object({{"order", "o-1"}, {"lines", lines}}); };
  const auto first = shard->submit(definition, "header-1", input(1));
  shard->run_all_ok();
  shard->started.clear();
  shard->submit(definition, "header-2", input(1));
  shard->submit(definition, "header-1", input(2));
  shard->submit(definition, "header-2", input(2));
  shard->run_to_rest();
  shard->run_to_rest();
  ASSERT_EQ(shard->started.size(), 3u);
  EXPECT_EQ(reply(shard->started[0]).id, first);
  EXPECT_EQ(error(shard->started[1]).code, "idempotency_key_reused");
  EXPECT_EQ(error(shard->started[2]).code, "identity_taken");
  EXPECT_EQ(error(shard->started[2]).kind, EngineError::Kind::conflict);
  EXPECT_EQ(shard->shard->resident(), 0u);
}

TEST_F(ShardTest, the_inlet_is_bounded_and_says_so_but_never_refuses_answers) {
  ShardOptions options;
  options.inlet_limit = 3;
  DrivenShard small(database, options, 1);
  for (int i = 0; i < 5; ++i) small.submit(plain_workflow(1), "k" + std::to_string(i));
  ASSERT_EQ(small.started.size(), 2u);
  EXPECT_EQ(error(small.started[0]).code, "inlet_full");
  small.run_to_rest();
  EXPECT_EQ(small.calls.size(), 3u);
  for (int i = 5; i < 8; ++i) small.submit(plain_workflow(1), "k" + std::to_string(i));
  small.run_all_ok();
  EXPECT_EQ(small.shard->live(), 0u);
}

TEST_F(ShardTest, undo_goes_before_running_before_new_when_the_budget_is_short) {
  shard->submit(plain_workflow(2), "going");
  const auto back = shard->submit(plain_workflow(2), "back");
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.size(), 2u);
  const StepCall going = shard->calls[0], failing = shard->calls[1];
  shard->answer(failing, Outcome::ok);
  shard->run_to_rest();
  const StepCall second = shard->calls[2];
  shard->answer(second, Outcome::business, "shop.refused");
  shard->run_to_rest();
  ASSERT_EQ(shard->shard->find(back)->head.phase, Phase::compensating);
  const StepCall undo = shard->calls[3];
  shard->submit(plain_workflow(1), "new");
  shard->look_up();
  shard->answer(going, Outcome::ok);
  shard->answer(undo, Outcome::ok);
  const BatchPointer batch = shard->shard->take_batch(shard->now, {1, 1u << 20});
  ASSERT_EQ(batch->items.size(), 1u);
  EXPECT_EQ(batch->items[0].saga, back);
}

TEST_F(ShardTest, a_backoff_is_a_timer_of_the_shard) {
  shard->submit(plain_workflow(1), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::retryable, "busy");
  shard->calls.clear();
  shard->run_to_rest();
  EXPECT_TRUE(shard->calls.empty());
  EXPECT_EQ(shard->shard->next_due(), shard->now + Duration{1'000});
  shard->pass(Duration{999});
  shard->run_to_rest();
  EXPECT_TRUE(shard->calls.empty());
  shard->pass(Duration{1});
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.size(), 1u);
  EXPECT_EQ(shard->calls[0].command.number, 2u);
}

TEST_F(ShardTest, a_verb_is_answered_with_the_state_after_its_commit_or_with_the_reason) {
  const auto id = shard->submit(plain_workflow(2), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::ok);
  shard->run_to_rest();
  shard->verb(id, EventKind::cancel_customer);
  shard->run_to_rest();
  ASSERT_EQ(shard->views.size(), 1u);
  EXPECT_EQ(std::get<SagaView>(shard->views[0]).saga.head.phase, Phase::compensating);
  shard->verb(id, EventKind::resolve, "s1");
  shard->run_to_rest();
  ASSERT_EQ(shard->views.size(), 2u);
  EXPECT_EQ(error(shard->views[1]).kind, EngineError::Kind::conflict);
}

TEST_F(ShardTest, a_verb_for_an_ended_saga_is_a_conflict_and_for_an_unknown_one_not_found) {
  const auto id = shard->submit(plain_workflow(1), "k1");
  shard->run_all_ok();
  shard->verb(id, EventKind::cancel_customer);
  shard->run_to_rest();
  ASSERT_EQ(shard->views.size(), 1u);
  EXPECT_EQ(error(shard->views[0]).code, "saga.ended");
  EXPECT_EQ(shard->shard->find(id), nullptr);
  shard->verb(core::make_saga_id(1, 0, 99), EventKind::cancel_customer);
  shard->run_to_rest();
  EXPECT_EQ(error(shard->views.at(1)).code, "saga_unknown");
}

TEST_F(ShardTest, a_wait_beyond_the_horizon_leaves_memory_and_comes_back_in_time) {
  StepFacts slow;
  slow.initial = Duration{600'000};
  auto patient = call_step("s1", slow);
  std::get<core::Call>(patient.kind).retry.max_delay = Duration{3'600'000};
  std::vector<core::Step> steps{patient};
  const auto id = shard->submit(workflow(std::move(steps)), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::retryable, "busy");
  shard->calls.clear();
  shard->run_to_rest();
  EXPECT_EQ(shard->shard->find(id), nullptr) << "it should have left memory";
  EXPECT_EQ(shard->shard->live(), 1u);
  ASSERT_EQ(shard->store.journal->read_timers(0, Time::max(), 10).size(), 1u);

  shard->pass(Duration{599'000});
  ASSERT_LE(shard->shard->next_due(), shard->now);
  shard->run_to_rest();
  EXPECT_NE(shard->shard->find(id), nullptr);
  shard->pass(Duration{1'000});
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.size(), 1u);
  EXPECT_EQ(shard->calls[0].command.number, 2u);
  EXPECT_TRUE(shard->store.journal->read_timers(0, Time::max(), 10).empty());
  shard->run_all_ok();
  EXPECT_EQ(stored(id)->head.phase, Phase::completed);
}

TEST_F(ShardTest, a_parked_saga_leaves_memory_and_a_verb_brings_it_back) {
  StepFacts facts;
  facts.idempotent = false;
  facts.max_attempts = 1;
  std::vector<core::Step> steps{call_step("s1", facts)};
  const auto id = shard->submit(workflow(std::move(steps)), "k1");
  shard->run_to_rest();
  shard->answer(shard->calls.front(), Outcome::unknown, "lost");
  shard->calls.clear();
  shard->run_to_rest();
  EXPECT_EQ(shard->shard->find(id), nullptr);
  EXPECT_EQ(shard->shard->parked(), 1u);
  shard->verb(id, EventKind::resolve, "s1");
  shard->run_all_ok();
  ASSERT_EQ(shard->views.size(), 1u);
  ASSERT_TRUE(std::holds_alternative<SagaView>(shard->views[0]));
  EXPECT_EQ(stored(id)->head.phase, Phase::completed);
  EXPECT_EQ(shard->shard->parked(), 0u);
  EXPECT_EQ(shard->shard->live(), 0u);
}

TEST_F(ShardTest, a_laggard_gets_a_checkpoint_and_recovery_stays_bounded) {
  ShardOptions options;
  options.checkpoint_lag = 20;
  DrivenShard small(database, options, 2);
  const auto slow = small.submit(plain_workflow(1), "slow");
  small.run_to_rest();
  const StepCall open = small.calls.front();
  small.calls.clear();
  for (int i = 0; i < 50; ++i) {
    small.submit(plain_workflow(1), "k" + std::to_string(i));
    small.run_all_ok();
  }
  EXPECT_NE(small.shard->find(slow), nullptr) << "it has an open call and stays";
  EXPECT_GT(small.shard->checkpoint_seq(), 50);
  small.pass(Duration{2'000});
  small.shard->published(small.shard->head(), {}, small.now);
  small.pass(Duration{2'000});
  small.run_to_rest();
  small.restart();
  EXPECT_LT(small.rows_read, 40u);
  EXPECT_EQ(small.recovered_sagas, 1u);
  small.run_to_rest();  // interrupted, to be tried again
  small.pass(Duration{2'000});
  small.run_all_ok();
  EXPECT_EQ(small.store.lookup->get(slow)->head.phase, Phase::completed);
}

TEST_F(ShardTest, progress_is_written_at_most_once_a_second_and_alone_when_nothing_else_is) {
  shard->submit(plain_workflow(1), "k1");
  shard->run_all_ok();
  shard->pass(Duration{1'000});
  shard->run_to_rest();
  const Seq head = shard->shard->head();
  shard->shard->published(head, {}, shard->now);
  shard->run_to_rest();
  EXPECT_LT(shard->store.journal->read_progress(0).published, head);
  shard->pass(Duration{1'000});
  shard->run_to_rest();
  EXPECT_EQ(shard->store.journal->read_progress(0).published, head);
  EXPECT_EQ(shard->shard->head(), head) << "progress alone writes no journal row";
  EXPECT_EQ(shard->shard->next_due(), Time::max());
}

TEST_F(ShardTest, a_dead_letter_goes_with_a_mark_row_and_the_watermark) {
  shard->submit(plain_workflow(1), "k1");
  shard->run_all_ok();
  const Seq head = shard->shard->head();
  shard->pass(Duration{5'000});
  shard->shard->published(head, {{1, 0, "too large", "topic"}}, shard->now);
  shard->pass(Duration{5'000});
  shard->run_to_rest();
  EXPECT_EQ(shard->shard->head(), head + 1);
  EXPECT_TRUE(shard->journal().back().saga.nil());
  ASSERT_EQ(store::dead_letters_of(*database, 0).size(), 1u);
}

TEST_F(ShardTest, a_step_that_waits_for_its_plugin_goes_on_when_it_is_there) {
  shard->missing["shop.s1"] = true;
  shard->submit(plain_workflow(1), "k1");
  shard->run_to_rest();
  EXPECT_TRUE(shard->calls.empty());
  shard->pass(Duration{5'000});
  shard->run_to_rest();
  EXPECT_TRUE(shard->calls.empty());
  shard->missing.clear();
  shard->pass(Duration{5'000});
  shard->run_to_rest();
  ASSERT_EQ(shard->calls.size(), 1u);
  shard->run_all_ok();
  EXPECT_EQ(shard->shard->live(), 0u);
}

TEST_F(ShardTest, abandoned_it_answers_everybody) {
  const auto id = shard->submit(plain_workflow(1), "k1");
  shard->submit(plain_workflow(1), "k2");
  shard->look_up();
  BatchPointer batch = shard->shard->take_batch(shard->now, {1, 1u << 20});
  shard->submit(plain_workflow(1), "k3");
  shard->verb(id, EventKind::cancel_customer);
  for (auto& answer : shard->shard->abandon(std::move(batch)).answers) answer();
  EXPECT_EQ(shard->started.size(), 3u);
  EXPECT_EQ(shard->views.size(), 1u);
  for (const auto& answer : shard->started) EXPECT_EQ(error(answer).code, "shard_not_here");
}

}  // namespace
}  // namespace sagaloom::engine::testing
