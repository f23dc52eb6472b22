// Whole lives of small sagas: forward, undone in reverse, doubt, pivot, cancel, deadline, verbs.
#include "tests/core/fixture.h"

namespace sagaloom::core::testing {
namespace {

std::shared_ptr<Definition> three_steps() {
  Facts pivot;
  pivot.pivot = true;
  pivot.undo = false;
  return workflow({call_step("reserve"), call_step("authorize"), call_step("capture", pivot),
                   call_step("ship", {.undo = false})});
}

TEST(SagaLife, CompletesStepByStepWithOneRecordEach) {
  Driven run(three_steps());
  EXPECT_EQ(run.state_name(), "RUNNING");
  EXPECT_EQ(run.saga().head.status, "reserve.start");
  EXPECT_EQ(run.emitted(), std::vector<std::string>{"accepted"});
  run.ok("reserve");
  EXPECT_EQ(run.emitted(), std::vector<std::string>{"reserve.done"});
  run.ok("authorize");
  EXPECT_EQ(run.state_name(), "DECIDING");
  run.ok("capture");
  EXPECT_EQ(run.emitted(), (std::vector<std::string>{"capture.done", "pivot"}));
  EXPECT_EQ(run.state_name(), "COMMITTED");
  run.ok("ship");
  EXPECT_EQ(run.emitted(), (std::vector<std::string>{"ship.done", "completed"}));
  EXPECT_EQ(run.state_name(), "COMPLETED");
  EXPECT_EQ(run.saga().head.records, 5u);
  EXPECT_TRUE(open_commands(run.saga()).empty());
}

TEST(SagaLife, ARefusalUndoesInReverseOrder) {
  Driven run(three_steps());
  run.ok("reserve");
  run.ok("authorize");
  run.refuse("capture");
  EXPECT_EQ(run.emitted(), std::vector<std::string>{"compensating"});
  EXPECT_EQ(run.state("capture"), StepState::failed);
  EXPECT_EQ(run.state("authorize"), StepState::undoing);
  EXPECT_EQ(run.state("reserve"), StepState::succeeded);
  const auto commands = open_commands(run.saga());
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].operation, "shop.undo_authorize");
  EXPECT_EQ(commands[0].role, Role::compensate);
  EXPECT_EQ(commands[0].request_key, commands[0].effect_key + "/undo");
  EXPECT_TRUE(commands[0].forward_known);
  run.ok("authorize");
  EXPECT_EQ(run.state("reserve"), StepState::undoing);
  run.ok("reserve");
  EXPECT_EQ(run.state_name(), "COMPENSATED");
  EXPECT_EQ(run.emitted(), (std::vector<std::string>{"reserve.undone", "compensated"}));
  EXPECT_EQ(run.saga().head.error->code, "shop.refused");
}

TEST(SagaLife, ARefusalBeforeAnyEffectIsFailed) {
  Driven run(three_steps());
  run.refuse("reserve");
  EXPECT_EQ(run.state_name(), "FAILED");
  EXPECT_EQ(run.emitted(), (std::vector<std::string>{"compensating", "failed"}));
  EXPECT_EQ(run.saga().head.status, "reserve.error");
}

TEST(SagaLife, AFirstStepThatFailsBeforeItsCallEndsTheSagaInItsFirstRecord) {
  auto definition = three_steps();
  Call& call = std::get<Call>(definition->steps[0].kind);
  call.with = text("${ input.absent }");
  Driven run(definition);
  EXPECT_EQ(run.state_name(), "FAILED");
  EXPECT_EQ(run.state("reserve"), StepState::failed);
  EXPECT_TRUE(open_commands(run.saga()).empty());
}

TEST(SagaLife, DoubtIsSticky) {
  Driven run(workflow(
      {call_step("a", {.idempotent = false, .on_unknown = OnUnknown::park}), call_step("b")}));
  run.not_done("a");
  EXPECT_EQ(run.state("a"), StepState::backoff);
  run.wake("a");
  run.lose("a");  // not idempotent: never sent again
  EXPECT_EQ(run.state("a"), StepState::parked);
  EXPECT_TRUE(run.saga().find("a")->doubt);
  EXPECT_EQ(run.state_name(), "PARKED");
}

TEST(SagaLife, AStepInDoubtIsUndoneByAnAbort) {
  Driven run(workflow(
      {call_step("a", {.on_unknown = OnUnknown::compensate, .max_attempts = 1}), call_step("b")}));
  run.lose("a");
  EXPECT_EQ(run.state_name(), "COMPENSATING");
  EXPECT_EQ(run.state("a"), StepState::undoing);
  const auto commands = open_commands(run.saga());
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_FALSE(commands[0].forward_known);
  run.take(run.answer("a", Outcome::no_effect));
  EXPECT_EQ(run.state_name(), "COMPENSATED");
}

TEST(SagaLife, NothingToUndoIsOnlyBelievedWhenTheOperationFences) {
  Driven run(workflow(
      {call_step("a", {.fences = false, .on_unknown = OnUnknown::compensate, .max_attempts = 1})}));
  run.lose("a");
  run.take(run.answer("a", Outcome::no_effect));
  EXPECT_EQ(run.state("a"), StepState::undo_backoff);
}

TEST(SagaLife, RetriesWaitLongerAndLongerUntilTheBudgetEnds) {
  Driven run(workflow({call_step("a")}));
  run.not_done("a");
  EXPECT_EQ(run.saga().find("a")->forward.due, run.now() + Duration(1000));
  run.advance(Duration(1000));
  run.wake("a");
  EXPECT_EQ(run.saga().find("a")->forward.number, 2u);
  run.not_done("a");
  EXPECT_EQ(run.saga().find("a")->forward.due, run.now() + Duration(2000));
  run.wake("a");
  run.not_done("a");
  EXPECT_EQ(run.state("a"), StepState::failed);
  EXPECT_EQ(run.state_name(), "FAILED");
}

TEST(SagaLife, AnUnusableOkIsUndone) {
  Driven run(workflow({call_step("a"), call_step("b")}));
  run.definition().steps[0].output = text("${ self.output.nothing }");
  run.ok("a");
  EXPECT_EQ(run.state("a"), StepState::undoing);
  EXPECT_TRUE(run.saga().find("a")->unusable);
  EXPECT_FALSE(run.saga().find("a")->output.has_value());
  EXPECT_FALSE(open_commands(run.saga())[0].forward_known);
}

TEST(SagaLife, AnUnusableOkOfThePivotParksDoneAndPassesIt) {
  Driven run(workflow({call_step("a", {.undo = false, .pivot = true}), call_step("b")}));
  run.definition().steps[0].output = text("${ self.output.nothing }");
  run.ok("a");
  EXPECT_EQ(run.state_name(), "PARKED");
  EXPECT_EQ(run.saga().head.phase, Phase::committed);
  EXPECT_EQ(run.emitted(), (std::vector<std::string>{"pivot", "parked"}));
  Event resolve = run.event(EventKind::resolve, "a");
  resolve.output = Value::object({{"id", 7}});
  run.take(resolve);
  EXPECT_EQ(run.state("b"), StepState::running);
}

TEST(SagaLife, CancelIsNotedWhileThePivotDecidesAndRefusedOnceItIsPassed) {
  Driven run(three_steps());
  run.ok("reserve");
  run.ok("authorize");
  run.take(run.event(EventKind::cancel_customer));
  ASSERT_TRUE(run.saga().head.noted);
  EXPECT_EQ(run.state_name(), "DECIDING");
  run.ok("capture");
  EXPECT_EQ(run.state_name(), "COMMITTED");
  ASSERT_EQ(run.last().record->notes.size(), 1u);
  EXPECT_EQ(run.last().record->notes[0].code, "cancel.refused");
  run.take(run.event(EventKind::cancel_customer));
  EXPECT_EQ(run.last().refusal->code, "past_pivot");
}

TEST(SagaLife, ANotedCancelActsWhenThePivotIsRefused) {
  Driven run(three_steps());
  run.ok("reserve");
  run.ok("authorize");
  run.take(run.event(EventKind::cancel_operator));
  run.refuse("capture");
  EXPECT_EQ(run.saga().head.error->code, "saga.cancelled");
  EXPECT_EQ(run.state_name(), "COMPENSATING");
}

TEST(SagaLife, TheDeadlineAbortsBeforeThePivotAndOnlyAlertsAfterIt) {
  auto definition = three_steps();
  definition->deadline = DeadlinePolicy{DurationTemplate{Duration(60'000), {}}, {}, false};
  Driven run(definition);
  EXPECT_EQ(run.saga().head.deadline, run.now() + Duration(60'000));
  run.ok("reserve");
  Driven late = run;
  run.take(run.event(EventKind::deadline));
  EXPECT_EQ(run.saga().head.error->code, "saga.deadline");
  EXPECT_EQ(run.state("authorize"), StepState::running);  // its answer is waited for
  run.ok("authorize");
  EXPECT_EQ(run.state("authorize"), StepState::undoing);
  EXPECT_TRUE(run.emitted().empty());  // a drained success is silent
  late.ok("authorize");
  late.ok("capture");
  late.take(late.event(EventKind::deadline));
  EXPECT_EQ(late.state_name(), "COMMITTED");
}

TEST(SagaLife, AfterThePivotARefusalWaitsForAnOperator) {
  Driven run(three_steps());
  for (const char* step : {"reserve", "authorize", "capture"}) run.ok(step);
  run.refuse("ship");
  EXPECT_EQ(run.state_name(), "PARKED");
  Event retry = run.event(EventKind::retry, "ship");
  run.take(retry);
  EXPECT_EQ(run.saga().find("ship")->occurrence, 2u);
  EXPECT_TRUE(open_commands(run.saga())[0].effect_key.ends_with("/ship#2"));
  run.ok("ship");
  EXPECT_EQ(run.state_name(), "COMPLETED");
}

TEST(SagaLife, InterruptedCallsAreRepeatedAndNotCounted) {
  Driven run(workflow({call_step("a", {.max_attempts = 1})}));
  for (int i = 0; i < 5; ++i) {
    run.take(run.event(EventKind::interrupted, "a"));
    ASSERT_EQ(run.state("a"), StepState::backoff);
    run.wake("a");
  }
  EXPECT_EQ(run.saga().find("a")->forward.number, 6u);
  EXPECT_TRUE(run.saga().find("a")->doubt);
}

TEST(SagaLife, ThreeAttributedCrashesParkTheStep) {
  Driven run(workflow({call_step("a", {.max_attempts = 10})}));
  for (int i = 0; i < 3; ++i) {
    Event crash = run.answer("a", Outcome::unknown, "call.crashed");
    crash.crashed = true;
    run.take(crash);
    if (i < 2) run.wake("a");
  }
  EXPECT_EQ(run.state("a"), StepState::parked);
  EXPECT_EQ(run.saga().find("a")->error->code, "plugin.poison");
}

TEST(SagaLife, ATimedOutCallThatStillRunsIsWaitedForBeforeItsUndo) {
  Driven run(workflow({call_step("a", {.on_unknown = OnUnknown::compensate, .max_attempts = 1})}));
  Event timeout = run.answer("a", Outcome::unknown, "call.timeout");
  timeout.running = true;
  run.take(timeout);
  EXPECT_EQ(run.state("a"), StepState::unknown);
  EXPECT_NE(run.saga().find("a")->undo.due, Time{});
  run.take(run.event(EventKind::call_returned, "a"));
  EXPECT_EQ(run.state("a"), StepState::undoing);
}

TEST(SagaLife, ALateOkBeforeTheUndoGivesItItsOutput) {
  Driven run(workflow({call_step("a", {.on_unknown = OnUnknown::compensate, .max_attempts = 1})}));
  Event timeout = run.answer("a", Outcome::unknown, "call.timeout");
  timeout.running = true;
  run.take(timeout);
  Event late = run.answer("a", Outcome::ok);
  late.number = 1;
  run.take(late);
  EXPECT_EQ(run.state("a"), StepState::succeeded);
  run.take(run.event(EventKind::call_returned, "a"));
  EXPECT_TRUE(open_commands(run.saga())[0].forward_known);
}

TEST(SagaLife, AMissingPluginWaitsAndIsWokenByItsInstallation) {
  Driven run(workflow({call_step("a"), call_step("b")}));
  run.set_missing([](std::string_view name) { return name == "shop.b"; });
  run.ok("a");
  EXPECT_EQ(run.state("b"), StepState::pending);
  EXPECT_TRUE(run.saga().find("b")->waiting_for_plugin);
  EXPECT_EQ(run.state_name(), "RUNNING");
  run.set_missing({});
  Event installed = run.event(EventKind::plugin_installed);
  installed.code = "shop.b";
  run.take(installed);
  EXPECT_EQ(run.state("b"), StepState::running);
}

TEST(SagaLife, APlainBlockSucceedsWithItsLastOutputAndIsUndoneThroughItsChildren) {
  Do block;
  block.steps = {call_step("a"), call_step("b")};
  Step wrap;
  wrap.id = "both";
  wrap.kind = std::move(block);
  Driven run(workflow({wrap, call_step("c")}));
  run.ok("a");
  run.ok("b");
  EXPECT_EQ(run.state("both"), StepState::succeeded);
  EXPECT_EQ(*run.saga().find("both")->output, Value::object({{"from", "b"}}));
  run.refuse("c");
  EXPECT_EQ(run.state("b"), StepState::undoing);
  run.ok("b");
  run.ok("a");
  EXPECT_EQ(run.state_name(), "COMPENSATED");
}

TEST(SagaLife, WhenFalseSkipsAndASkippedPivotIsPassed) {
  auto compiled = Program::compile("1 > 2", {});
  ASSERT_TRUE(compiled.ok());
  Step pivot = call_step("a", {.undo = false, .pivot = true});
  pivot.when = *compiled;
  Driven run(workflow({pivot, call_step("b", {.undo = false})}));
  EXPECT_EQ(run.state("a"), StepState::skipped);
  EXPECT_EQ(run.saga().head.phase, Phase::committed);
}

TEST(SagaLife, AnUndoThatIsRefusedWaitsForAnOperatorWhoResolvesIt) {
  Driven run(workflow({call_step("a"), call_step("b")}));
  run.ok("a");
  run.refuse("b");
  run.refuse("a");
  EXPECT_EQ(run.state("a"), StepState::undo_stuck);
  EXPECT_EQ(run.state_name(), "PARKED");
  EXPECT_EQ(run.emitted(), std::vector<std::string>{"parked"});
  run.take(run.event(EventKind::retry, "a"));
  EXPECT_EQ(run.state("a"), StepState::undoing);
  run.refuse("a");
  run.take(run.event(EventKind::resolve, "a"));
  EXPECT_EQ(run.state_name(), "COMPENSATED");
}

TEST(SagaLife, AGivenUpUndoLeavesResidueThatIsListed) {
  Step step = call_step("a");
  step.compensate.on_exhausted = OnExhausted::proceed;
  Driven run(workflow({step, call_step("b")}));
  run.ok("a");
  run.refuse("b");
  run.refuse("a");
  EXPECT_EQ(run.state_name(), "FAILED");
  ASSERT_TRUE(run.saga().head.residue.is_list());
  EXPECT_EQ(run.saga().head.residue.items().size(), 1u);
}

TEST(SagaLife, RetryAfterAnInputThatFailedRendersItAgain) {
  Step ship = call_step("ship", {.undo = false});
  std::get<Call>(ship.kind).with = text("${ steps.reserve.output }");
  Driven run(workflow({call_step("capture", {.undo = false, .pivot = true}), ship}));
  run.ok("capture");
  ASSERT_EQ(run.state_name(), "PARKED");
  EXPECT_EQ(run.saga().find("ship")->error->code, "expression.failed");
  std::get<Call>(run.definition().steps[1].kind).with = text("${ saga.name }");
  run.take(run.event(EventKind::retry, "ship"));
  ASSERT_EQ(run.state("ship"), StepState::running);
  EXPECT_EQ(run.saga().find("ship")->input, Value("order"));
  EXPECT_EQ(run.saga().find("ship")->occurrence, 1u);
}

TEST(SagaLife, TheConditionOfAnUndoSeesItsOwnStep) {
  Step b = call_step("b");
  b.compensate.when = *Program::compile("self.outcome == 'succeeded'", {"self"});
  Driven run(workflow({call_step("a"), b, call_step("c")}));
  run.ok("a");
  run.ok("b");
  run.refuse("c");
  EXPECT_EQ(run.state("b"), StepState::undoing);
}

TEST(SagaLife, AnUndoWaitsForEveryTimedOutCallThatStillRuns) {
  Driven run(workflow({call_step("a", {.on_unknown = OnUnknown::compensate, .max_attempts = 2})}));
  for (int i = 0; i < 2; ++i) {
    Event timeout = run.answer("a", Outcome::unknown, "call.timeout");
    timeout.running = true;
    run.take(timeout);
    if (i == 0) run.wake("a");
  }
  run.take(run.event(EventKind::call_returned, "a"));
  EXPECT_EQ(run.state("a"), StepState::unknown);
  run.take(run.event(EventKind::call_returned, "a"));
  EXPECT_EQ(run.state("a"), StepState::undoing);
}

TEST(SagaLife, AnOperatorsInputIsCheckedBeforeItIsSent) {
  Driven run(three_steps());
  for (const char* step : {"reserve", "authorize", "capture"}) run.ok(step);
  run.refuse("ship");
  auto strict = std::make_shared<Operation>(*run.definition().steps[3].call()->operation);
  strict->input = *schema::Schema::compile(Value::object({{"type", "object"}}));
  std::get<Call>(run.definition().steps[3].kind).operation = strict;
  Event retry = run.event(EventKind::retry, "ship");
  retry.input = Value("not an object");
  run.take(retry);
  EXPECT_EQ(run.last().refusal->code, "input.invalid");
}

TEST(SagaLife, AChangeOfPhaseUnderPARKEDIsPublished) {
  Driven run(workflow({call_step("a", {.undo = false, .pivot = true}), call_step("b")}));
  run.definition().steps[0].output = text("${ self.output.nothing }");
  run.lose("a");
  run.wake("a");
  run.lose("a");
  run.wake("a");
  run.lose("a");
  while (run.state("a") == StepState::resolving) {
    run.not_done("a");
    if (run.state("a") == StepState::resolving) run.wake("a");
  }
  ASSERT_EQ(run.state_name(), "PARKED");
  Event late = run.answer("a", Outcome::ok);
  late.number = 1;
  run.take(late);
  EXPECT_EQ(run.state_name(), "PARKED");
  EXPECT_EQ(run.saga().head.phase, Phase::committed);
  EXPECT_TRUE(run.last().record->lifecycle.has_value());
}

TEST(SagaLife, SetStepsByTheThousandGoOnByAnEventOfTheirOwn) {
  std::vector<Step> steps;
  for (int i = 0; i < 1500; ++i) {
    Step step;
    step.id = "s" + std::to_string(i);
    step.kind = Set{text("x")};
    steps.push_back(std::move(step));
  }
  Driven run(workflow(std::move(steps)));
  EXPECT_EQ(run.state_name(), "RUNNING");
  const auto commands = open_commands(run.saga());
  ASSERT_EQ(commands.size(), 1u);
  Event due = run.event(EventKind::timer, commands[0].path);
  due.purpose = commands[0].purpose;
  due.number = commands[0].number;
  run.take(due);
  EXPECT_EQ(run.state_name(), "COMPLETED");
}

}  // namespace
}  // namespace sagaloom::core::testing
