// Calls between shards at one shard that is its own neighbour: children, concurrency keys.
#include <algorithm>
#include <gtest/gtest.h>

#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {
namespace {

using core::EventKind;
using core::Outcome;
using core::Phase;

expression::Template text(const std::string& expression) {
  auto made = expression::Template::compile(Value("${ " + expression + " }"), {"input"});
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

core::Step child_step(const std::string& id, const std::string& workflow) {
  core::ChildSaga child;
  child.workflow = workflow;
  child.input = expression::Template::constant(Value(expression::Map{}));
  core::Step step;
  step.id = id;
  step.kind = std::move(child);
  return step;
}

Value customer(const std::string& name) {
  return Value::object({{"customer", name}});
}

struct ShardCallsTest : ::testing::Test {
  ShardCallsTest() {
    store::MemoryOptions options;
    options.now = [] { return start_of_time; };
    database = store::make_memory_database(options);
    shard = std::make_unique<DrivenShard>(database);
    child->version = 1;
    shard->know(child);
  }
  Phase phase(const core::SagaId& id) { return shard->store.lookup->get(id)->head.phase; }
  std::optional<core::SagaId> saga_of(const std::string& workflow) {
    SagaFilter filter;
    filter.workflow = workflow;
    const auto page = shard->store.lookup->list(filter);
    if (page.items.empty()) return std::nullopt;
    return page.items[0].id;
  }
  std::size_t asked(std::string_view operation) {
    return static_cast<std::size_t>(
        std::count_if(shard->asked.begin(), shard->asked.end(),
                      [&](const ShardCall& call) { return call.operation == operation; }));
  }
  std::shared_ptr<core::Definition> with_key(bool reject, std::uint32_t limit = 1) {
    auto definition = workflow({call_step("s1")}, reject ? "eager" : "patient");
    core::ConcurrencyPolicy policy;
    policy.key = text("input.customer");
    policy.limit = limit;
    policy.reject = reject;
    definition->concurrency = std::move(policy);
    return definition;
  }
  void answer_next(Outcome outcome = Outcome::ok) {
    ASSERT_FALSE(shard->calls.empty());
    const StepCall call = std::move(shard->calls.front());
    shard->calls.pop_front();
    shard->answer(call, outcome, outcome == Outcome::business ? "shop.refused" : "");
    shard->run_to_rest();
  }

  std::shared_ptr<core::Definition> child = workflow({call_step("c1")}, "child");
  std::shared_ptr<core::Definition> parent =
      workflow({child_step("sub", "child"), call_step("last")}, "parent");
  std::shared_ptr<store::MemoryDatabase> database;
  std::unique_ptr<DrivenShard> shard;
};

TEST_F(ShardCallsTest, a_child_is_started_and_its_end_goes_on_at_the_parent) {
  const auto id = shard->submit(parent, "k1");
  shard->run_to_rest();
  const auto made = saga_of("child");
  ASSERT_TRUE(made);
  EXPECT_EQ(shard->store.lookup->get(*made)->head.parent, core::to_string(id));
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::completed);
  EXPECT_EQ(phase(*made), Phase::completed);
  EXPECT_FALSE(shard->store.lookup->get(*made)->head.held);  // its root has ended
  EXPECT_EQ(shard->shard->resident(), 0u);
}

TEST_F(ShardCallsTest, a_call_that_does_not_arrive_is_repeated_and_starts_one_child) {
  shard->between_reachable = false;
  const auto id = shard->submit(parent, "k1");
  shard->run_to_rest();
  EXPECT_EQ(asked(core::saga_start), 1u);
  EXPECT_FALSE(saga_of("child"));
  for (int i = 0; i < 4; ++i) {
    shard->pass(Duration(5'000));
    shard->run_to_rest();
  }
  EXPECT_GE(asked(core::saga_start), 3u);
  shard->between_reachable = true;
  shard->pass(Duration(5'000));
  shard->run_to_rest();
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(ShardCallsTest, after_a_restart_open_calls_are_made_again_and_never_interrupted) {
  shard->between_reachable = false;
  const auto id = shard->submit(parent, "k1");
  shard->run_to_rest();
  shard->between_reachable = true;
  shard->restart();
  shard->run_to_rest();
  ASSERT_TRUE(saga_of("child"));
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::completed);
  for (const StoredRecord& row : shard->journal()) {
    EXPECT_NE(row.record.event.kind, EventKind::interrupted);
  }
}

TEST_F(ShardCallsTest, a_report_that_was_open_at_a_crash_is_made_after_it) {
  const auto id = shard->submit(parent, "k1");
  shard->run_to_rest();
  const auto made = saga_of("child");
  ASSERT_TRUE(made);
  shard->between_reachable = false;
  answer_next();  // the child completes; its report does not arrive
  EXPECT_TRUE(core::ended(phase(*made)));
  EXPECT_FALSE(core::ended(phase(id)));
  shard->between_reachable = true;
  shard->restart();
  shard->run_to_rest();
  shard->run_all_ok();
  EXPECT_EQ(phase(id), Phase::completed);
}

TEST_F(ShardCallsTest, a_failure_after_the_child_undoes_it) {
  const auto id = shard->submit(parent, "k1");
  shard->run_to_rest();
  answer_next();                   // the child's step
  answer_next(Outcome::business);  // the parent's last step is refused
  const auto made = saga_of("child");
  ASSERT_TRUE(made);
  EXPECT_EQ(phase(*made), Phase::compensating);
  shard->run_all_ok();
  EXPECT_EQ(phase(*made), Phase::compensated);
  EXPECT_TRUE(core::ended(phase(id)));
  EXPECT_EQ(shard->shard->live(), 0u);
}

TEST_F(ShardCallsTest, a_taken_identity_is_not_a_child) {
  auto other = child;
  const auto first = shard->submit(parent, "k1");
  shard->run_to_rest();
  ShardCall call;
  call.operation = core::saga_start;
  call.saga = first;
  call.input = Value::object({{"workflow", "child"},
                              {"version", 1},
                              {"id", shard->store.lookup->get(*saga_of("child"))->head.identity},
                              {"input", Value(expression::Map{})},
                              {"parent", core::to_string(core::make_saga_id(1, 0, 1))},
                              {"path", "elsewhere"},
                              {"occurrence", 1},
                              {"root", ""}});
  std::vector<ShardReply> replies;
  shard->shard->called(call, [&](ShardReply reply) { replies.push_back(std::move(reply)); });
  shard->run_to_rest();
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].outcome, Outcome::business);
  EXPECT_EQ(replies[0].code, "saga.id_taken");
}

TEST_F(ShardCallsTest, who_waits_for_a_key_runs_when_it_is_free_in_order) {
  const auto definition = with_key(false);
  const auto first = shard->submit(definition, "k1", customer("a"));
  shard->run_to_rest();
  const auto second = shard->submit(definition, "k2", customer("a"));
  shard->run_to_rest();
  const auto third = shard->submit(definition, "k3", customer("a"));
  const auto other = shard->submit(definition, "k4", customer("b"));
  shard->run_to_rest();
  EXPECT_EQ(phase(first), Phase::running);
  EXPECT_EQ(phase(second), Phase::queued);
  EXPECT_EQ(phase(other), Phase::running);
  answer_next();
  EXPECT_EQ(phase(first), Phase::completed);
  EXPECT_EQ(phase(second), Phase::running);
  EXPECT_EQ(phase(third), Phase::queued);
  shard->run_all_ok();
  EXPECT_EQ(phase(third), Phase::completed);
  EXPECT_EQ(shard->shard->lock_tickets(), 0u);
}

TEST_F(ShardCallsTest, a_grant_that_was_not_told_before_a_crash_is_told_after_it) {
  const auto definition = with_key(false);
  shard->submit(definition, "k1", customer("a"));
  shard->run_to_rest();
  const auto second = shard->submit(definition, "k2", customer("a"));
  shard->run_to_rest();
  shard->restart();
  shard->run_to_rest();
  EXPECT_EQ(shard->shard->lock_tickets(), 2u);
  EXPECT_EQ(phase(second), Phase::queued);
  shard->run_all_ok();
  shard->pass(Duration(10'000));  // attempts that the crash interrupted
  shard->run_to_rest();
  shard->run_all_ok();
  EXPECT_EQ(phase(second), Phase::completed);
  EXPECT_EQ(shard->shard->lock_tickets(), 0u);
}

TEST_F(ShardCallsTest, a_queued_saga_that_is_cancelled_gives_its_ticket_back) {
  const auto definition = with_key(false);
  shard->submit(definition, "k1", customer("a"));
  shard->run_to_rest();
  const auto second = shard->submit(definition, "k2", customer("a"));
  shard->run_to_rest();
  shard->verb(second, EventKind::cancel_customer);
  shard->run_to_rest();
  EXPECT_EQ(phase(second), Phase::failed);
  EXPECT_EQ(shard->shard->lock_tickets(), 1u);
}

core::SagaId submit_rejecting(DrivenShard& shard, const core::DefinitionPointer& definition,
                              const std::string& key, const std::string& name) {
  shard.know(definition);
  core::Context context;
  context.now = shard.now;
  auto head = core::admit(*definition, submission(key, customer(name)), context);
  EXPECT_TRUE(head.ok());
  static std::uint64_t random = 1'000;
  Start start;
  start.id = core::make_saga_id(shard.now.time_since_epoch().count(), shard.number, ++random);
  start.definition = definition;
  start.head = std::make_shared<const core::SagaRecord>(std::move(*head));
  start.ask_lock = true;
  start.done = [&shard](Answer<StartReply> answer) { shard.started.push_back(std::move(answer)); };
  const core::SagaId id = start.id;
  EXPECT_TRUE(shard.shard->submit(start));
  shard.run_to_rest();
  return id;
}

TEST_F(ShardCallsTest, a_rejecting_workflow_stores_nothing_while_its_key_is_held) {
  const auto definition = with_key(true);
  const auto first = submit_rejecting(*shard, definition, "k1", "a");
  EXPECT_EQ(phase(first), Phase::running);
  const auto second = submit_rejecting(*shard, definition, "k2", "a");
  ASSERT_EQ(shard->started.size(), 2u);
  EXPECT_EQ(error(shard->started[1]).code, "saga.locked");
  EXPECT_FALSE(shard->store.lookup->get(second));
  submit_rejecting(*shard, definition, "k1", "a");  // the first one again
  ASSERT_EQ(shard->started.size(), 3u);
  EXPECT_TRUE(reply(shard->started[2]).replayed);
  shard->run_all_ok();
  const auto third = submit_rejecting(*shard, definition, "k2", "a");
  EXPECT_EQ(phase(third), Phase::running);
}

TEST_F(ShardCallsTest, a_ticket_whose_saga_never_came_to_be_is_dropped_after_a_while) {
  ShardCall call;
  call.operation = core::lock_acquire;
  const auto nobody = core::to_string(core::make_saga_id(1, 0, 7));
  call.input = Value::object({{"scope", "eager"},
                              {"key", "a"},
                              {"limit", 1},
                              {"saga", nobody},
                              {"root", nobody},
                              {"if_free", 1}});
  shard->shard->called(call, [](ShardReply) {});
  shard->run_to_rest();
  EXPECT_EQ(shard->shard->lock_tickets(), 1u);
  for (int i = 0; i < 4; ++i) {
    shard->pass(Duration(15'000));
    shard->run_to_rest();
    shard->run_to_rest();
  }
  EXPECT_EQ(shard->shard->lock_tickets(), 0u);
  EXPECT_TRUE(shard->store.journal->read_locks(0).empty());
}

TEST(LocksTest, sagas_of_one_tree_share_what_one_of_them_holds) {
  Locks locks;
  const LockName name{"", "order", "a"};
  const auto root = core::make_saga_id(1, 0, 1), child = core::make_saga_id(1, 0, 2);
  const auto other = core::make_saga_id(1, 0, 3);
  locks.add({"", "order", "a", 1, root, root, 1, true});
  EXPECT_TRUE(locks.is_free(name, root, 1));
  EXPECT_FALSE(locks.is_free(name, other, 1));
  locks.add({"", "order", "a", 2, other, other, 1, false});
  locks.add({"", "order", "a", 3, child, root, 1, true});
  EXPECT_TRUE(locks.remove(name, 1).empty());  // the child still holds for its tree
  const auto granted = locks.remove(name, 3);
  ASSERT_EQ(granted.size(), 1u);
  EXPECT_EQ(granted[0].saga, other);
}

TEST(LocksTest, nobody_overtakes_who_waits) {
  Locks locks;
  const auto a = core::make_saga_id(1, 0, 1), b = core::make_saga_id(1, 0, 2);
  locks.add({"", "order", "k", 1, a, a, 2, true});
  EXPECT_TRUE(locks.is_free({"", "order", "k"}, b, 2));
  locks.add({"", "order", "k", 2, b, b, 1, false});
  EXPECT_FALSE(locks.is_free({"", "order", "k"}, core::make_saga_id(1, 0, 3), 2));
}

}  // namespace
}  // namespace sagaloom::engine::testing
