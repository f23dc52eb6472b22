// What must never happen, in worlds made by hand: the core that stands does none of it.
#include "runtime/workflow/explore/violation.h"

#include <gtest/gtest.h>

#include "runtime/workflow/explore/scenario.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::explore {
namespace {

using core::StepState;

const char* const steps = R"(
- id: reserve
  call: inventory.reserve
  with: {order_id: o1, items: [{sku: chair, qty: 1}]}
  compensate: auto
- id: authorize
  call: payment.authorize
  with: {customer_id: c1, amount_minor: 100, currency: EUR}
  compensate: auto
- id: both
  parallel:
    courier:
    - id: courier
      call: delivery.schedule
      with: {order_id: o1, address: here}
      compensate: auto
    post:
    - id: post
      call: delivery.schedule_postal
      with: {order_id: o1, address: here}
      compensate: none
)";

// A saga in which every step is done, and the participants say so too.
class Violations : public testing::Test {
 protected:
  Violations() {
    workflow::LoadOptions options;
    options.checks = false;
    const auto loaded =
        workflow::load(workflow::testing::around(steps), workflow::testing::catalog(), options);
    definition_ = loaded.definition;
    EXPECT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
    world_.saga.id = core::make_saga_id(1, 0, 1);
    world_.saga.head.records = 1;
    world_.saga.head.phase = core::Phase::completed;
    std::uint32_t order = 0;
    for (const char* path : {"reserve", "authorize", "courier", "post"}) {
      auto& step = world_.saga.steps[path];
      step.state = StepState::succeeded;
      step.order = ++order;
      effect(path).path = path;
      effect(path).made = 1;
    }
  }

  EffectState& effect(const core::Path& path) { return world_.participant.effect(key(path)); }
  std::string key(const core::Path& path) {
    return core::effect_key(world_.saga.id, path, world_.saga.steps[path]);
  }
  Model model() const { return {*definition_, scenario_}; }
  core::Command undo(const core::Path& path) {
    core::Command command;
    command.path = path;
    command.purpose = core::Purpose::undo;
    command.effect_key = key(path);
    return command;
  }
  static std::string kinds(const std::vector<Violation>& found) {
    std::string text;
    for (const auto& each : found) text += std::string(name(each.kind)) + " " + each.step + " ";
    return text;
  }

  core::DefinitionPointer definition_;
  Scenario scenario_;
  World world_;
};

TEST_F(Violations, NoneWhereEverythingIsDoneAndCounted) {
  EXPECT_EQ(kinds(judge_end(model(), world_)), "");
  EXPECT_EQ(kinds(judge_change(model(), world_, world_)), "");
}

TEST_F(Violations, CompletedWithAnEffectMissing) {
  effect("authorize").made = 0;
  EXPECT_EQ(kinds(judge_end(model(), world_)), "effect_missing authorize ");
}

TEST_F(Violations, CompletedWithTwoStepsUnderOneKey) {
  world_.saga.steps["authorize"].key = "reserve";
  EXPECT_EQ(kinds(judge_end(model(), world_)), "effect_missing authorize ");
}

TEST_F(Violations, AnEffectLeftThatNobodyCounts) {
  world_.saga.head.phase = core::Phase::compensated;
  for (const char* path : {"reserve", "authorize", "courier"}) {
    world_.saga.steps[path].state = StepState::undone;
    effect(path).undone = true;
  }
  world_.saga.steps["post"].state = StepState::kept;
  EXPECT_EQ(kinds(judge_end(model(), world_)), "");  // kept on purpose
  effect("reserve").undone = false;
  EXPECT_EQ(kinds(judge_end(model(), world_)), "effect_left reserve ");
  world_.saga.steps["reserve"].state = StepState::residue;
  EXPECT_EQ(kinds(judge_end(model(), world_)), "");  // listed
  world_.saga.steps["reserve"].state = StepState::kept;
  EXPECT_EQ(kinds(judge_end(model(), world_)), "effect_left reserve ");
}

TEST_F(Violations, AnEffectMadeTwice) {
  World after = world_;
  after.participant.effect(key("reserve")).made = 2;
  EXPECT_EQ(kinds(judge_change(model(), world_, after)), "double_effect reserve ");
}

TEST_F(Violations, UndoneOutOfOrder) {
  world_.saga.head.phase = core::Phase::compensating;
  EXPECT_EQ(kinds(judge_undo(model(), world_, undo("reserve"))),
            "undo_order reserve undo_order reserve undo_order reserve ");
  effect("courier").undone = true;
  world_.saga.steps["post"].state = StepState::kept;
  EXPECT_EQ(kinds(judge_undo(model(), world_, undo("reserve"))), "undo_order reserve ");
  effect("authorize").undone = true;
  EXPECT_EQ(kinds(judge_undo(model(), world_, undo("reserve"))), "");
}

TEST_F(Violations, ParallelBranchesHaveNoOrder) {
  world_.saga.head.phase = core::Phase::compensating;
  EXPECT_EQ(kinds(judge_undo(model(), world_, undo("courier"))), "");
}

TEST_F(Violations, UndoneAfterThePivot) {
  world_.committed = true;
  EXPECT_EQ(kinds(judge_undo(model(), world_, undo("courier"))), "pivot_undone courier ");
  World after = world_;
  after.saga.head.phase = core::Phase::compensating;
  EXPECT_EQ(kinds(judge_change(model(), world_, after)), "pivot_undone  ");
}

TEST_F(Violations, AFenceExcusesTheUndoOfNothing) {
  effect("courier").made = 0;
  EXPECT_EQ(kinds(judge_undo(model(), world_, undo("courier"))), "");
}

TEST_F(Violations, NothingGoesOnAndNobodySeesIt) {
  world_.saga.head.phase = core::Phase::running;
  EXPECT_EQ(kinds(judge_end(model(), world_)), "stuck  ");
  world_.saga.steps["post"].state = StepState::parked;
  EXPECT_EQ(kinds(judge_end(model(), world_)), "");
}

}  // namespace
}  // namespace sagaloom::explore
