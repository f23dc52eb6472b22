// How a saga looks to a client in the middle of trouble, which the fake engine's sagas never are.
#include "runtime/http/presentation.h"

#include <gtest/gtest.h>

#include "runtime/http/json_text.h"
#include "tests/http/fake_backend.h"

namespace sagaloom::http {
namespace {

using core::Phase;
using core::StepState;
using expression::Value;

core::Failure failure(std::string code) {
  core::Failure failure;
  failure.code = std::move(code);
  failure.kind = "unknown";
  failure.attempt = 3;
  return failure;
}

core::StepRecord step(StepState state, std::uint32_t order) {
  core::StepRecord record;
  record.state = state;
  record.order = order;
  record.operation = "payment.capture";
  record.forward.number = order > 0 ? 2 : 0;
  record.forward.started_at = order > 0 ? at(1'000) : core::Time{};
  return record;
}

engine::SagaView troubled() {
  engine::SagaView view;
  view.saga.id = core::make_saga_id(1'700'000'000'000, 1, 7);
  auto& head = view.saga.head;
  head.workflow = "order";
  head.version = 3;
  head.identity = "o-1";
  head.phase = Phase::compensating;
  head.error = failure("call.timeout");
  head.records = 9;
  head.input = Value::object({{"$type", Value("a key of the user's")}});
  view.saga.steps["b"] = step(StepState::undo_stuck, 1);
  view.saga.steps["b"].undo.number = 4;
  view.saga.steps["b"].undo_operation = "payment.void";
  view.saga.steps["b"].undo_error = failure("payment.gone");
  view.saga.steps["a"] = step(StepState::unknown, 2);
  view.saga.steps["a"].doubt = true;
  view.saga.steps["z"] = step(StepState::pending, 0);
  return view;
}

TEST(Presentation, StepsComeInTheOrderTheyStarted) {
  const auto body = present_saga(troubled(), Detail::full);
  const auto& steps = body.find("steps")->items();
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].find("path")->string(), "b");
  EXPECT_EQ(steps[1].find("path")->string(), "a");
  EXPECT_EQ(steps[2].find("path")->string(), "z") << "never started: last";
  EXPECT_EQ(steps[2].find("attempts"), nullptr);
}

TEST(Presentation, SaysWhereAnOperatorMustLook) {
  const auto body = present_saga(troubled(), Detail::full);
  const auto& steps = body.find("steps")->items();
  EXPECT_EQ(body.find("state")->string(), "PARKED");
  EXPECT_EQ(body.find("phase")->string(), "COMPENSATING");
  EXPECT_EQ(steps[0].find("state")->string(), "UNDO_STUCK");
  const auto* undo = steps[0].find("undo");
  ASSERT_NE(undo, nullptr);
  EXPECT_TRUE(undo->find("stuck")->boolean());
  EXPECT_EQ(undo->find("operation")->string(), "payment.void");
  EXPECT_EQ(undo->find("tries")->find("number")->integer(), 4);
  EXPECT_EQ(undo->find("error")->find("code")->string(), "payment.gone");
  EXPECT_TRUE(steps[1].find("doubt")->boolean());
  EXPECT_EQ(steps[1].find("attempts")->find("number")->integer(), 2);
}

TEST(Presentation, ASummaryHasNoStepsAndNoInput) {
  const auto body = present_saga(troubled(), Detail::summary);
  EXPECT_EQ(body.find("steps"), nullptr);
  EXPECT_EQ(body.find("input"), nullptr);
  EXPECT_EQ(body.find("error")->find("code")->string(), "call.timeout");
}

TEST(Presentation, UsersKeysAreShownAsTheyAre) {
  EXPECT_EQ(to_json(*present_saga(troubled(), Detail::full).find("input")),
            R"({"$type":"a key of the user's"})");
}

TEST(Presentation, ACancelThatWaitsForThePivotIsNoted) {
  auto view = troubled();
  EXPECT_EQ(present_cancel(view).find("cancel")->string(), "accepted");
  view.saga.head.phase = Phase::running;
  view.saga.head.noted = failure("saga.cancelled");
  EXPECT_EQ(present_cancel(view).find("cancel")->string(), "noted");
}

TEST(Presentation, AResourceWhoseDefinitionIsGoneIsStillShown) {
  core::Expose expose;
  expose.id_name = "order_id";
  const auto body = present_resource(troubled(), expose);
  EXPECT_EQ(body.find("order_id")->string(), "o-1");
  EXPECT_EQ(body.find("state")->string(), "PARKED");
  EXPECT_EQ(body.find("error")->find("code")->string(), "call.timeout");
}

TEST(Presentation, JsonHasNoTagsAndNoNonsense) {
  expression::Map map;
  map.push_back({Value("at"), Value(expression::Timestamp{0, 500'000'000})});
  map.push_back({Value("for"), Value(expression::TimeSpan{90, 0})});
  map.push_back({Value("nan"), Value(std::numeric_limits<double>::quiet_NaN())});
  map.push_back({Value("secret"), Value::secret("psp")});
  EXPECT_EQ(to_json(Value(map)),
            R"({"at":"1970-01-01T00:00:00.5Z","for":"90s","nan":null,"secret":{"$secret":"psp"}})");
}

TEST(Presentation, EveryStateCanBeFilteredBy) {
  core::Saga saga;
  for (const auto phase : {Phase::queued, Phase::running, Phase::committed, Phase::compensating,
                           Phase::completed, Phase::compensated, Phase::failed}) {
    saga.head.phase = phase;
    const auto& names = state_names();
    EXPECT_NE(std::find(names.begin(), names.end(), core::state_name(saga)), names.end());
  }
}

}  // namespace
}  // namespace sagaloom::http
