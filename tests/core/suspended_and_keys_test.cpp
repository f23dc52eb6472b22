// What came while a saga was SUSPENDED, custom keys inside loops, and the error that a handler sees
// after a late answer. Found by the simulator.
#include "tests/core/fixture.h"

namespace sagaloom::core::testing {
namespace {

Event next_kept(const Driven& run) {
  return run.event(EventKind::timer);
}

TEST(Suspended, WhatIsLeftWhenTheSagaEndsIsNotKeptForEver) {
  auto definition = workflow({call_step("a")});
  definition->concurrency = ConcurrencyPolicy{text("all"), 1, false};
  Driven run(definition);
  run.take(run.event(EventKind::lock_granted));
  run.take(run.event(EventKind::suspend));
  run.ok("a");
  run.take(run.event(EventKind::call_returned, "a"));
  EXPECT_EQ(run.saga().head.stored.size(), 2u);
  run.take(run.event(EventKind::resume));
  run.take(next_kept(run));
  EXPECT_EQ(run.state_name(), "COMPLETED");
  EXPECT_TRUE(run.saga().head.stored.empty());
  // What comes after the end is heard: the key's release is acknowledged.
  ASSERT_EQ(open_commands(run.saga()).size(), 1u);
  Event released = run.event(EventKind::answered);
  released.purpose = Purpose::unlock;
  run.take(released);
  EXPECT_TRUE(open_commands(run.saga()).empty());
}

TEST(Suspended, TimersAreAskedForOnceNothingIsKeptAnyMore) {
  Driven run(workflow({call_step("a")}));
  run.not_done("a");
  EXPECT_EQ(run.state("a"), StepState::backoff);
  run.take(run.event(EventKind::suspend));
  run.take(run.event(EventKind::call_returned, "a"));
  run.take(run.event(EventKind::resume));
  auto commands = open_commands(run.saga());
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].path, "");
  run.take(next_kept(run));
  commands = open_commands(run.saga());
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0].kind, Command::Kind::timer);
  EXPECT_EQ(commands[0].path, "a");
}

TEST(CustomKeys, EachItemAndTurnHasAKeyOfItsOwn) {
  Step inner = call_step("a");
  auto call = *inner.call();
  call.key = text("mine");
  inner.kind = std::move(call);
  inner.compensate.steps[0].key = text("back");
  Step each;
  each.id = "each";
  Foreach loop;
  loop.in = *Program::compile("[1, 2]", {});
  loop.as = "item";
  loop.max_parallel = 2;
  loop.steps.push_back(std::move(inner));
  each.kind = std::move(loop);
  Driven run(workflow({std::move(each), call_step("b")}));
  const auto commands = open_commands(run.saga());
  ASSERT_EQ(commands.size(), 2u);
  const std::string saga = to_string(run.saga().id);
  EXPECT_EQ(commands[0].effect_key, saga + "/mine[0]");
  EXPECT_EQ(commands[1].effect_key, saga + "/mine[1]");
  run.ok("each[0]/a");
  run.ok("each[1]/a");
  run.refuse("b");
  const auto undos = open_commands(run.saga());
  ASSERT_EQ(undos.size(), 2u);
  EXPECT_EQ(undos[0].request_key, saga + "/back[0]");
  EXPECT_EQ(undos[1].request_key, saga + "/back[1]");
}

TEST(Handlers, ALateOkWhileTheUndoWaitsLeavesTheHandlerItsError) {
  Step step = call_step("a", {.on_unknown = OnUnknown::compensate, .max_attempts = 1});
  ErrorHandler handler;
  handler.action = ErrorHandler::Action::steps;
  Step said = call_step("told", {.undo = false});
  auto call = *said.call();
  call.with = text("${ error.code }");
  said.kind = std::move(call);
  handler.steps.push_back(std::move(said));
  step.on_error.push_back(std::move(handler));
  Driven run(workflow({std::move(step)}));
  Event timeout = run.answer("a", Outcome::unknown, "call.timeout");
  timeout.running = true;
  run.take(timeout);
  Event late = run.answer("a", Outcome::ok);
  late.number = 1;
  run.take(late);
  run.take(run.event(EventKind::call_returned, "a"));
  EXPECT_EQ(run.state("a"), StepState::undoing);
  run.ok("a");
  EXPECT_EQ(run.state("told"), StepState::running);
  EXPECT_EQ(run.saga().find("told")->input, Value("call.timeout"));
}

TEST(Await, ACallWhoseRecordWasRefusedStillHearsItsAnswer) {
  Step step = call_step("a");
  auto call = *step.call();
  Wait await;
  await.kind = Wait::For::event;
  await.name = "answered";
  call.await = std::make_shared<Wait>(await);
  step.kind = std::move(call);
  Driven run(workflow({std::move(step)}));
  run.take(run.event(EventKind::refused_by_store, "a"));
  EXPECT_EQ(run.state("a"), StepState::parked);
  run.take(run.event(EventKind::retry, "a"));
  EXPECT_EQ(run.state("a"), StepState::resolving);
  run.take(run.answer("a", Outcome::pending));
  EXPECT_EQ(run.state("a"), StepState::awaiting);
  Event answered = run.event(EventKind::deliver);
  answered.code = "answered";
  answered.details = Value::object({{"data", Value("yes")}});
  run.take(answered);
  EXPECT_EQ(run.state("a"), StepState::succeeded);
}

}  // namespace
}  // namespace sagaloom::core::testing
