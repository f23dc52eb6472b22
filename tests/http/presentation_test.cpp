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

// ---------------------------------------------------------------- waits, blocks, children

engine::SagaView waiting() {
  FakeBackend backend;
  engine::SagaView view;
  view.definition = backend.definition("order", std::nullopt);
  view.saga.id = core::make_saga_id(1'700'000'000'000, 1, 8);
  view.saga.head.workflow = "order";
  view.saga.head.identity = "o-1";
  view.saga.head.records = 3;
  view.saga.head.phase = Phase::running;
  auto& step = view.saga.steps["approval"];
  step.state = StepState::awaiting;
  step.order = 1;
  step.listens = Value::list({Value("signal:approve"), Value("task")});
  step.timers = Value::object({{"timeout", Value(1'700'000'000'000)}});
  step.assignee = "group:ops";
  step.collected = 2;
  return view;
}

TEST(Presentation, AWaitSaysWhatItWaitsForAndUntilWhen) {
  const auto body = present_saga(waiting(), Detail::full);
  const auto& step = body.find("steps")->items().at(0);
  EXPECT_EQ(step.find("kind")->string(), "wait");
  EXPECT_EQ(to_json(*step.find("waits_for")), R"(["signal:approve","task"])");
  EXPECT_EQ(to_json(*step.find("timers")), R"({"timeout":"2023-11-14T22:13:20Z"})");
  EXPECT_EQ(step.find("collected")->integer(), 2);
}

TEST(Presentation, AnOpenTaskHasItsFormAssigneeAndRoute) {
  auto view = waiting();
  const auto body = present_saga(view, Detail::full);
  const auto& task = body.find("tasks")->items().at(0);
  EXPECT_EQ(task.find("assignee")->string(), "group:ops");
  EXPECT_EQ(task.find("title")->string(), "Approve it");
  EXPECT_EQ(to_json(*task.find("form")), R"({"required":["approved"],"type":"object"})");
  EXPECT_EQ(task.find("answer")->string(),
            "/api/v1/sagas/" + core::to_string(view.saga.id) + "/tasks/approval");
  view.saga.steps["approval"].state = StepState::succeeded;
  EXPECT_TRUE(open_tasks(view).empty()) << "it was answered";
  view.saga.steps["approval"].state = StepState::awaiting;
  view.saga.head.phase = Phase::failed;
  EXPECT_TRUE(open_tasks(view).empty()) << "the saga has ended";
}

TEST(Presentation, VerbsAreThoseTheCoreWouldTake) {
  auto view = troubled();
  FakeBackend backend;
  EXPECT_EQ(present_saga(view, Detail::full).find("verbs")->items().size(), 0u)
      << "without a definition nothing can be asked";
  view.definition = backend.definition("order", std::nullopt);
  view.saga.head.phase = Phase::running;
  view.saga.steps.clear();
  auto& parked = view.saga.steps["authorize"];
  parked.state = StepState::parked;
  parked.parked = core::Parked::no_doubt;
  parked.order = 1;
  view.saga.steps["approval"].state = StepState::pending;
  const auto before = view.saga;
  const auto body = present_saga(view, Detail::full);
  EXPECT_EQ(view.saga, before);
  const auto names = to_json(*body.find("steps")->items().at(0).find("verbs"));
  EXPECT_NE(names.find("\"retry\""), std::string::npos) << names;
  EXPECT_NE(names.find("\"resolve\""), std::string::npos) << names;
  EXPECT_EQ(names.find("abort_step"), std::string::npos) << "nothing is in doubt: " << names;
  EXPECT_EQ(names.find("skip_undo"), std::string::npos) << names;
  EXPECT_EQ(body.find("steps")->items().at(1).find("verbs"), nullptr) << "pending: none ever";
  EXPECT_NE(to_json(*body.find("verbs")).find("cancel"), std::string::npos);
}

TEST(Presentation, OnlySoManyStepsAreAskedForVerbs) {
  auto view = waiting();
  for (int i = 0; i < 150; ++i)
    view.saga.steps["approval[" + std::to_string(i) + "]"] = view.saga.steps["approval"];
  const auto body = present_saga(view, Detail::full);
  int asked = 0;
  for (const auto& step : body.find("steps")->items()) asked += step.find("verbs") != nullptr;
  EXPECT_EQ(asked, 100);
}

TEST(Presentation, ATreeOfSagasIsLinked) {
  auto view = waiting();
  view.saga.head.parent = "0197a000-0000-7000-8000-000000000001";
  view.saga.head.parent_path = "insurance";
  view.saga.head.root = "0197a000-0000-7000-8000-000000000000";
  view.saga.head.phase = Phase::completed;
  view.saga.head.held = true;
  view.saga.head.lock_key = "seat-1";
  view.saga.head.lock_limit = 1;
  const auto body = present_saga(view, Detail::full);
  EXPECT_TRUE(body.find("held")->boolean());
  EXPECT_EQ(body.find("parent")->find("step")->string(), "insurance");
  EXPECT_EQ(body.find("links")->find("parent")->string(),
            "/api/v1/sagas/0197a000-0000-7000-8000-000000000001");
  EXPECT_EQ(body.find("concurrency")->find("state")->string(), "held");
  view.saga.head.held = false;
  EXPECT_EQ(present_saga(view, Detail::full).find("concurrency")->find("state")->string(),
            "released");
}

TEST(Presentation, ABlockShowsHowFarItIs) {
  auto definition = std::make_shared<core::Definition>();
  core::Step each, child;
  each.id = "each";
  each.kind = core::Foreach{};
  child.id = "child";
  child.kind =
      core::ChildSaga{"insurance", 2, std::nullopt, expression::Template::constant(Value())};
  definition->steps.push_back(std::move(each));
  definition->steps.push_back(std::move(child));
  definition->index();
  auto view = waiting();
  view.definition = definition;
  view.saga.steps.clear();
  view.saga.steps["each"].items = Value::list({Value(1), Value(2), Value(3)});
  view.saga.steps["each"].turn = 2;
  view.saga.steps["each"].order = 1;
  view.saga.steps["each"].draining = true;
  view.saga.steps["child"].order = 2;
  view.saga.steps["child"].accepted =
      Value::object({{"saga", Value("0197a000-0000-7000-8000-000000000002")}});
  const auto body = present_saga(view, Detail::full);
  const auto& steps = body.find("steps")->items();
  EXPECT_EQ(steps[0].find("items")->integer(), 3);
  EXPECT_EQ(steps[0].find("items_started")->integer(), 2);
  EXPECT_TRUE(steps[0].find("draining")->boolean());
  EXPECT_EQ(steps[1].find("kind")->string(), "saga");
  EXPECT_EQ(steps[1].find("child")->find("link")->string(),
            "/api/v1/sagas/0197a000-0000-7000-8000-000000000002");
}

// ---------------------------------------------------------------- history

TEST(Presentation, TheHistoryOfAVerbSaysWhoWhyWhenAndWhat) {
  engine::StoredRecord row;
  row.seq = 7;
  row.record.now = at(1'700'000'000'000);
  row.record.event.kind = core::EventKind::resolve;
  row.record.event.path = "capture";
  row.record.event.by = "ann";
  row.record.event.reason = "seen at the bank";
  row.record.event.output = Value::object({{"id", Value("c-7")}});
  row.record.event.manual_undo = true;
  EXPECT_EQ(to_json(present_record(row)),
            R"({"at":"2023-11-14T22:13:20Z","event":{"by":"ann","kind":"resolve",)"
            R"("output":{"id":"c-7"},"reason":"seen at the bank","step":"capture",)"
            R"("undo":"manual"},"seq":7})");
}

TEST(Presentation, EachKindOfEventHasItsFieldsInTheHistory) {
  const auto shown = [](core::Event event) {
    engine::StoredRecord row;
    row.record.event = std::move(event);
    return to_json(*present_record(row).find("event"));
  };
  core::Event signal;
  signal.kind = core::EventKind::signal;
  signal.code = "approve";
  signal.output = Value(5);
  signal.by = "ann";
  signal.inbox = 12;
  EXPECT_EQ(shown(signal),
            R"({"by":"ann","code":"approve","inbox":12,"kind":"signal","output":5})");
  core::Event deliver;
  deliver.kind = core::EventKind::deliver;
  deliver.code = "paid";
  deliver.details = Value::object({{"data", Value(1)}});
  EXPECT_EQ(shown(deliver), R"({"code":"paid","details":{"data":1},"kind":"deliver"})");
  core::Event timer;
  timer.kind = core::EventKind::timer;
  timer.path = "approval";
  timer.purpose = core::Purpose::wait;
  EXPECT_EQ(shown(timer), R"({"kind":"timer","purpose":"wait","step":"approval"})");
  core::Event ended;
  ended.kind = core::EventKind::child_ended;
  ended.path = "insurance";
  ended.occurrence = 2;
  ended.code = "COMPENSATED";
  EXPECT_EQ(shown(ended),
            R"({"code":"COMPENSATED","kind":"child_ended","occurrence":2,"step":"insurance"})");
  core::Event migrate;
  migrate.kind = core::EventKind::migrate;
  migrate.number = 4;
  migrate.code = "abc";
  migrate.occurrence = 9;  // records seen when it was proven
  EXPECT_EQ(shown(migrate), R"({"code":"abc","kind":"migrate","number":4})");
}

TEST(Presentation, ASecretIsANameInTheHistoryToo) {
  engine::StoredRecord row;
  core::StepChange change;
  change.path = "authorize";
  change.changed = ~core::FieldMask{0};
  change.step.input = Value::object({{"api_key", Value::secret("psp_api_key")}});
  row.record.steps.push_back(change);
  EXPECT_NE(to_json(present_record(row)).find(R"("input":{"api_key":{"$secret":"psp_api_key"}})"),
            std::string::npos);
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
