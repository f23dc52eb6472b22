// Steering a saga over REST: suspend and resume, steps given up, migration; signals, answers to
// tasks, the list of open tasks; dead letters.
#include "tests/http/asking.h"

namespace sagaloom::http {
namespace {

using core::EventKind;

std::string started(Asking& rest, const std::string& order_id = "o-1") {
  return text_of(rest.post("/api/v1/sagas",
                           R"({"workflow":"order","input":{"order_id":")" + order_id + R"("}})"),
                 "id");
}

TEST(Steering, SuspendAndResumeSayWhoAndWhy) {
  Asking rest;
  const auto saga = "/api/v1/sagas/" + started(rest);
  EXPECT_EQ(rest.post(saga + "/suspend", R"({"reason":"audit","by":"ann"})").status, 200);
  EXPECT_EQ(rest.backend->verbs.back().verb, EventKind::suspend);
  EXPECT_EQ(rest.backend->verbs.back().reason, "audit");
  EXPECT_EQ(rest.backend->verbs.back().by, "ann");
  EXPECT_EQ(rest.post(saga + "/resume", R"({"reason":"done"})").status, 200);
  EXPECT_EQ(rest.backend->verbs.back().verb, EventKind::resume);
  EXPECT_EQ(rest.backend->verbs.back().by, "operator");
}

TEST(Steering, StepsAreGivenUpByTheirPath) {
  Asking rest;
  const auto steps = "/api/v1/sagas/" + started(rest) + "/steps/";
  EXPECT_EQ(rest.post(steps + "tickets%5B2%5D/issue/abort_step", R"({"reason":"r"})").status, 200);
  EXPECT_EQ(rest.backend->verbs.back().verb, EventKind::abort_step);
  EXPECT_EQ(rest.backend->verbs.back().path, "tickets[2]/issue");
  EXPECT_EQ(rest.post(steps + "reserve/skip_undo", R"({"reason":"r"})").status, 200);
  EXPECT_EQ(rest.backend->verbs.back().verb, EventKind::skip_undo);
  EXPECT_EQ(rest.backend->verbs.back().path, "reserve");
}

TEST(Steering, NoVerbWithoutAReason) {
  Asking rest;
  const auto saga = "/api/v1/sagas/" + started(rest);
  for (const auto* verb : {"/suspend", "/resume", "/steps/a/abort_step", "/steps/a/skip_undo"}) {
    EXPECT_EQ(problem_in(rest.post(saga + verb, "{}")), "422 request.invalid") << verb;
    EXPECT_EQ(problem_in(rest.post(saga + verb, R"({"reason":"r","x":1})")), "422 request.invalid");
    EXPECT_EQ(problem_in(rest.post(saga + verb, R"({"reason":" \n "})")), "422 request.invalid")
        << "blanks are no reason";
  }
  EXPECT_TRUE(rest.backend->verbs.empty());
}

TEST(Steering, AHeldConcurrencyKeyIsAConflictThatMayPass) {
  Asking rest;
  rest.backend->fail_next(EngineError::Kind::conflict, "saga.locked");
  const auto response =
      rest.post("/api/v1/sagas", R"({"workflow":"order","input":{"order_id":"o-1"}})");
  EXPECT_EQ(problem_in(response), "409 saga.locked");
  EXPECT_TRUE(json_of(response).find("retryable")->boolean());
}

// ---------------------------------------------------------------- tasks

core::StepRecord waiting_for_an_answer(std::string assignee) {
  core::StepRecord step;
  step.state = core::StepState::awaiting;
  step.order = 1;
  step.assignee = std::move(assignee);
  step.listens = Value::list({Value("task")});
  return step;
}

std::vector<std::string> steps_in(const Response& response) {
  std::vector<std::string> steps;
  const auto body = json_of(response);
  for (const auto& item : body.find("items")->items()) steps.push_back(item.find("step")->string());
  return steps;
}

TEST(Tasks, OpenOnesAreListedWithTheRouteOfTheAnswer) {
  Asking rest;
  const auto id = started(rest);
  started(rest, "o-2");
  rest.backend->set_step(id, "hand[1]/back", waiting_for_an_answer("group:ops"));
  const auto response = rest.get("/api/v1/tasks");
  const auto body = json_of(response);
  ASSERT_EQ(body.find("items")->items().size(), 1u);
  const auto& task = body.find("items")->items()[0];
  EXPECT_EQ(task.find("saga")->string(), id);
  EXPECT_EQ(task.find("identity")->string(), "o-1");
  EXPECT_EQ(task.find("step")->string(), "hand[1]/back");
  EXPECT_EQ(task.find("answer")->string(), "/api/v1/sagas/" + id + "/tasks/hand%5B1%5D/back");
  EXPECT_TRUE(body.find("next_cursor")->is_null());
  EXPECT_EQ(rest.backend->filters.back().live, true);
}

TEST(Tasks, AreFilteredByAssignee) {
  Asking rest;
  const auto id = started(rest);
  rest.backend->set_step(id, "a", waiting_for_an_answer("group:ops"));
  rest.backend->set_step(id, "b", waiting_for_an_answer("user:ann"));
  EXPECT_EQ(steps_in(rest.get("/api/v1/tasks?assignee=user%3Aann")), std::vector<std::string>{"b"});
  EXPECT_EQ(steps_in(rest.get("/api/v1/tasks?assignee=nobody")), std::vector<std::string>{});
}

TEST(Tasks, APageEndsBehindASagaAndGoesOnThere) {
  Asking rest;
  for (const auto* order : {"o-1", "o-2", "o-3"}) {
    rest.backend->set_step(started(rest, order), "ask", waiting_for_an_answer("ann"));
  }
  const auto first = rest.get("/api/v1/tasks?limit=2");
  EXPECT_EQ(steps_in(first).size(), 2u);
  const auto cursor = text_of(first, "next_cursor");
  ASSERT_NE(cursor, "");
  rest.get("/api/v1/tasks?limit=2&cursor=" + cursor);
  ASSERT_TRUE(rest.backend->filters.back().before.has_value());
  EXPECT_EQ(problem_in(rest.get("/api/v1/tasks?workflow=order&cursor=" + cursor)),
            "400 cursor.invalid");
}

TEST(Tasks, AStoreThatIsAwayIsNoEmptyList) {
  Asking rest;
  started(rest);
  rest.backend->fail_next(EngineError::Kind::unavailable, "store_away");
  EXPECT_EQ(problem_in(rest.get("/api/v1/tasks")), "503 store_away");
}

TEST(Tasks, OneRequestLooksAtSoManySagasOnly) {
  Asking rest;
  started(rest);
  rest.backend->next_page = core::make_saga_id(1'700'000'000'000, 1, 5);  // the list never ends
  const auto response = rest.get("/api/v1/tasks");
  EXPECT_NE(text_of(response, "next_cursor"), "");
  EXPECT_EQ(rest.backend->filters.size(), 5u);
}

// ---------------------------------------------------------------- signals

TEST(Signals, AreAcceptedOnceTheyAreDurable) {
  Asking rest;
  const auto id = started(rest);
  const auto response =
      rest.post("/api/v1/sagas/" + id + "/signals/approve?by=ann", R"({"amount":5})");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(text_of(response, "signal"), "approve");
  EXPECT_EQ(text_of(response, "id"), id);
  ASSERT_EQ(rest.backend->signals.size(), 1u);
  EXPECT_EQ(core::to_string(rest.backend->signals[0].first), id);
  EXPECT_EQ(rest.backend->signals[0].second.data.find("amount")->integer(), 5);
  EXPECT_EQ(rest.backend->signals[0].second.by, "ann");
}

TEST(Signals, WithoutABodyCarryAnEmptyObject) {
  Asking rest;
  const auto path = "/api/v1/sagas/" + started(rest) + "/signals/approve";
  EXPECT_EQ(rest.ask({"POST", path, {}, ""}).status, 202);
  EXPECT_EQ(rest.backend->signals[0].second.data, Value(expression::Map{}));
  EXPECT_EQ(rest.post(path, "null").status, 202);
  EXPECT_TRUE(rest.backend->signals[1].second.data.is_null());
}

TEST(Signals, ReachASagaByItsIdentityToo) {
  Asking rest;
  const auto id = started(rest);
  EXPECT_EQ(rest.post("/api/v1/workflows/order/sagas/o-1/signals/approve", "{}").status, 202);
  EXPECT_EQ(core::to_string(rest.backend->signals.at(0).first), id);
  EXPECT_EQ(problem_in(rest.post("/api/v1/workflows/order/sagas/o-9/signals/approve", "{}")),
            "404 saga_unknown");
}

TEST(Signals, AMistypedNameIsRefusedAndTheRightOneNamed) {
  Asking rest;
  const auto response = rest.post("/api/v1/sagas/" + started(rest) + "/signals/aprove", "{}");
  EXPECT_EQ(problem_in(response), "404 signal.unknown");
  EXPECT_NE(text_of(response, "detail").find("did you mean `approve`?"), std::string::npos);
  EXPECT_TRUE(rest.backend->signals.empty());
}

TEST(Signals, NoSagaNoSignal) {
  Asking rest;
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas/x/signals/approve", "{}")), "404 saga_unknown");
  const auto path = "/api/v1/sagas/" + started(rest) + "/signals/approve";
  EXPECT_EQ(problem_in(rest.post(path + "?by=" + std::string(129, 'a'), "{}")),
            "400 query.invalid");
  rest.backend->fail_next(EngineError::Kind::not_found, "saga_unknown");
  EXPECT_EQ(problem_in(rest.post(path, "{}")), "404 saga_unknown");
}

// ---------------------------------------------------------------- answers

TEST(Answers, TheBodyIsTheAnswer) {
  Asking rest;
  const auto id = started(rest);
  const auto response =
      rest.post("/api/v1/sagas/" + id + "/tasks/hand%5B1%5D/back?by=ann", R"({"approved":true})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(text_of(response, "id"), id);
  ASSERT_EQ(rest.backend->answers.size(), 1u);
  EXPECT_EQ(rest.backend->answers[0].path, "hand[1]/back");
  EXPECT_EQ(rest.backend->answers[0].by, "ann");
  EXPECT_TRUE(rest.backend->answers[0].output.find("approved")->boolean());
}

TEST(Answers, RefusalsHaveTheirStatusAndTheForm) {
  Asking rest;
  const auto path = "/api/v1/sagas/" + started(rest) + "/tasks/approval";
  rest.backend->fail_next(EngineError::Kind::not_found, "task.not_open");
  EXPECT_EQ(problem_in(rest.post(path, "{}")), "404 task.not_open");
  rest.backend->fail_next(EngineError::Kind::conflict, "task.closed");
  const auto closed = rest.post(path, "{}");
  EXPECT_EQ(problem_in(closed), "409 task.closed");
  EXPECT_NE(text_of(closed, "saga_id"), "");
  rest.backend->fail_next(EngineError::Kind::invalid, "input.invalid", {"/approved", "type", "no"});
  const auto broken = rest.post(path, R"({"approved":7})");
  EXPECT_EQ(problem_in(broken), "422 input.invalid");
  EXPECT_EQ(json_of(broken).find("errors")->items().at(0).find("pointer")->string(), "/approved");
  EXPECT_EQ(problem_in(rest.ask({"POST", path, {}, ""})), "415 body.media_type");
  // The core names the first violation only; the form itself gives all.
  rest.backend->fail_next(EngineError::Kind::invalid, "input.invalid");
  const auto missing = rest.post(path, "{}");
  EXPECT_EQ(json_of(missing).find("errors")->items().at(0).find("code")->string(), "required");
}

// ---------------------------------------------------------------- migration

struct Proving {
  std::vector<std::string> objections;
  core::DefinitionPointer to;

  Platform platform() {
    Platform platform;
    platform.migration_objections = [this](core::SagaId, core::DefinitionPointer definition) {
      to = std::move(definition);
      return objections;
    };
    return platform;
  }
};

std::string parcel(Asking& rest) {
  return text_of(rest.post("/api/v1/sagas", R"({"workflow":"parcel","version":1})"), "id");
}

TEST(Migration, AProvenOneIsAVerbWithTheNewVersionsHash) {
  Proving proving;
  Asking rest(proving.platform());
  const auto path = "/api/v1/sagas/" + parcel(rest) + "/migrate";
  const auto response = rest.post(path, R"({"version":2,"reason":"new courier","by":"ann"})");
  EXPECT_EQ(response.status, 200);
  ASSERT_EQ(rest.backend->verbs.size(), 1u);
  const auto& verb = rest.backend->verbs[0];
  EXPECT_EQ(verb.verb, EventKind::migrate);
  EXPECT_EQ(verb.version, 2u);
  EXPECT_EQ(verb.seen_records, 1u) << "the proof is about this state";
  EXPECT_EQ(verb.definition, proving.to->hash);
  EXPECT_EQ(verb.reason, "new courier");
  EXPECT_EQ(verb.by, "ann");
}

TEST(Migration, ADryRunOnlyProves) {
  Proving proving;
  Asking rest(proving.platform());
  const auto path = "/api/v1/sagas/" + parcel(rest) + "/migrate";
  EXPECT_EQ(rest.post(path, R"({"version":2,"reason":"r","dry_run":true})").status, 200);
  EXPECT_TRUE(rest.backend->verbs.empty());
  proving.objections = {"path"};
  EXPECT_EQ(problem_in(rest.post(path, R"({"version":2,"reason":"r","dry_run":true})")),
            "409 migration.unsafe");
  EXPECT_EQ(problem_in(rest.post(path, R"({"version":2,"reason":"r","dry_run":1})")),
            "422 request.invalid");
}

TEST(Migration, ASagaThatWentOnMeanwhileIsNotMoved) {
  Proving proving;
  Asking rest(proving.platform());
  const auto path = "/api/v1/sagas/" + parcel(rest) + "/migrate";
  rest.backend->fail_next(EngineError::Kind::conflict, "saga.moved");
  EXPECT_EQ(problem_in(rest.post(path, R"({"version":2,"reason":"r"})")), "409 saga.moved");
}

TEST(Migration, WhatIsNotProvenIsRefusedWithItsReasons) {
  Proving proving;
  proving.objections = {"path: reserve comes later", "undo: release is gone"};
  Asking rest(proving.platform());
  const auto path = "/api/v1/sagas/" + parcel(rest) + "/migrate";
  const auto response = rest.post(path, R"({"version":2,"reason":"r"})");
  EXPECT_EQ(problem_in(response), "409 migration.unsafe");
  EXPECT_EQ(json_of(response).find("errors")->items().size(), 2u);
  EXPECT_TRUE(rest.backend->verbs.empty());
  Asking without;
  EXPECT_EQ(problem_in(without.post("/api/v1/sagas/" + parcel(without) + "/migrate",
                                    R"({"version":2,"reason":"r"})")),
            "409 migration.unsafe");
}

TEST(Migration, ADryRunProvesAndChangesNothing) {
  Proving proving;
  Asking rest(proving.platform());
  const auto path = "/api/v1/sagas/" + parcel(rest) + "/migrate";
  const auto response = rest.post(path, R"({"version":2,"reason":"r","dry_run":true})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json_of(response).find("version")->integer(), 1);
  EXPECT_TRUE(proving.to);
  EXPECT_TRUE(rest.backend->verbs.empty());
  EXPECT_EQ(problem_in(rest.post(path, R"({"version":2,"reason":"r","dry_run":1})")),
            "422 request.invalid");
}

TEST(Migration, NeedsAVersionThatExistsAndAReason) {
  Proving proving;
  Asking rest(proving.platform());
  const auto path = "/api/v1/sagas/" + parcel(rest) + "/migrate";
  EXPECT_EQ(problem_in(rest.post(path, R"({"version":7,"reason":"r"})")), "404 workflow_unknown");
  EXPECT_EQ(problem_in(rest.post(path, R"({"version":2})")), "422 request.invalid");
  EXPECT_EQ(problem_in(rest.post(path, R"({"reason":"r"})")), "422 request.invalid");
  EXPECT_EQ(problem_in(rest.post(path, R"({"version":"2","reason":"r"})")), "422 request.invalid");
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas/x/migrate", R"({"version":2,"reason":"r"})")),
            "404 saga_unknown");
}

// ---------------------------------------------------------------- dead letters

engine::DeadLetter letter() {
  engine::DeadLetter letter;
  letter.name = {3, 120, 1};
  letter.reason = "event.invalid";
  letter.workflow = "order";
  letter.content = Value::object({{"topic", Value("payments")}});
  return letter;
}

TEST(DeadLetters, AreListedWithTheirIdAndReason) {
  Asking rest;
  engine::DeadLetter outgoing;
  outgoing.name = {0, 7, 0};
  outgoing.reason = "record too large";
  outgoing.data = "\xff\xfe";
  rest.backend->letters = {letter(), outgoing};
  rest.backend->next_letters = engine::DeadLetterName{3, 121, 0};
  const auto response =
      rest.get("/api/v1/dead_letters?workflow=order&reason=event.invalid&limit=2");
  const auto body = json_of(response);
  const auto& items = body.find("items")->items();
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].find("id")->string(), "3.120.1");
  EXPECT_EQ(items[0].find("reason")->string(), "event.invalid");
  EXPECT_EQ(items[0].find("content")->find("topic")->string(), "payments");
  EXPECT_EQ(items[1].find("bytes")->integer(), 2) << "what is no text is only counted";
  EXPECT_EQ(body.find("next_cursor")->string(), "3.121.0");
  EXPECT_EQ(rest.backend->letter_filters[0].workflow, "order");
  EXPECT_EQ(rest.backend->letter_filters[0].reason, "event.invalid");
  EXPECT_EQ(rest.backend->letter_filters[0].limit, 2u);
  rest.get("/api/v1/dead_letters?cursor=3.121.0");
  EXPECT_EQ(rest.backend->letter_filters[1].after->seq, 121);
}

TEST(DeadLetters, AreReplayedAndDiscardedByAPersonWithAReason) {
  Asking rest;
  const auto ask = [&](std::string verb, std::string body = R"({"reason":"mended","by":"ann"})") {
    return rest.post("/api/v1/dead_letters/3.120.1/" + verb, body);
  };
  EXPECT_EQ(ask("replay").status, 200);
  EXPECT_EQ(ask("discard", R"({"reason":"spam"})").status, 200);
  const std::vector<std::string> calls{"replay 3.120.1 ann: mended",
                                       "discard 3.120.1 operator: spam"};
  EXPECT_EQ(rest.backend->letter_calls, calls);
  EXPECT_EQ(problem_in(ask("discard", "{}")), "422 request.invalid") << "a reason is needed";
  EXPECT_EQ(rest.backend->letter_calls, calls);
  rest.backend->fail_next(EngineError::Kind::not_found, "dead_letter.unknown");
  EXPECT_EQ(problem_in(ask("replay")), "404 dead_letter.unknown");
  rest.backend->fail_next(EngineError::Kind::not_found, "dead_letter.gone");
  EXPECT_EQ(problem_in(ask("replay")), "410 dead_letter.gone");
  for (const auto* code : {"unreadable", "order", "refused", "no_broker"}) {
    rest.backend->fail_next(EngineError::Kind::conflict, "dead_letter." + std::string(code));
    EXPECT_EQ(problem_in(ask("replay")), "409 dead_letter." + std::string(code));
  }
  rest.backend->fail_next(EngineError::Kind::unavailable, "dead_letter.under_way");
  EXPECT_EQ(problem_in(ask("replay")), "503 dead_letter.under_way");
}

TEST(DeadLetters, WhatIsStillInvalidIsRefusedWithItsPlace) {
  Asking rest;
  rest.backend->fail_next(EngineError::Kind::invalid, "event.invalid",
                          {"/amount", "type", "must be an integer"});
  const auto response =
      rest.post("/api/v1/dead_letters/3.120.1/replay", R"({"reason":"version 2 is there"})");
  EXPECT_EQ(problem_in(response), "422 event.invalid");
  const auto body = json_of(response);
  EXPECT_EQ(body.find("errors")->items().at(0).find("pointer")->string(), "/amount");
}

TEST(DeadLetters, WhoTookThemAwayIsListed) {
  Asking rest;
  engine::SettledLetter settled;
  settled.name = {3, 120, 1};
  settled.workflow = "order";
  settled.letter_reason = "event.invalid";
  settled.verb = "replay";
  settled.author = {"ann", "mended"};
  settled.at = at(1'700'000'000'000);
  rest.backend->settled = {settled};
  rest.backend->next_letters = engine::DeadLetterName{3, 120, 1};
  const auto body = json_of(rest.get("/api/v1/dead_letters/settled?workflow=order&limit=1"));
  const auto& item = body.find("items")->items().at(0);
  EXPECT_EQ(item.find("id")->string(), "3.120.1");
  EXPECT_EQ(item.find("verb")->string(), "replay");
  EXPECT_EQ(item.find("by")->string(), "ann");
  EXPECT_EQ(item.find("reason")->string(), "mended");
  EXPECT_EQ(item.find("letter_reason")->string(), "event.invalid");
  EXPECT_EQ(item.find("at")->string(), "2023-11-14T22:13:20Z");
  EXPECT_EQ(body.find("next_cursor")->string(), "3.120.1");
  EXPECT_EQ(rest.backend->letter_filters.at(0).workflow, "order");
}

TEST(Keyed, ASignalAndAnAnswerCarryTheClientsKeyAndADigestOfWhatTheySay) {
  Asking rest;
  const auto id = started(rest);
  const auto saga = "/api/v1/sagas/" + id;
  const Fields key{{"Idempotency-Key", "k-1"}};
  EXPECT_EQ(rest.post(saga + "/signals/approve", R"({"n":1})", key).status, 202);
  EXPECT_EQ(rest.post(saga + "/signals/approve", R"({"n":2})", key).status, 202);
  EXPECT_EQ(
      rest.post("/api/v1/workflows/order/sagas/o-1/signals/approve", R"({"n":1})", key).status,
      202);
  EXPECT_EQ(rest.post(saga + "/signals/approve", R"({"n":1})").status, 202);
  const auto& signals = rest.backend->signals;
  ASSERT_EQ(signals.size(), 4u);
  EXPECT_EQ(signals[0].second.once.key, "k-1");
  EXPECT_EQ(signals[0].second.once.fingerprint.size(), 64u);
  EXPECT_NE(signals[0].second.once.fingerprint, signals[1].second.once.fingerprint);
  EXPECT_EQ(signals[0].second.once.fingerprint, signals[2].second.once.fingerprint);
  EXPECT_EQ(signals[3].second.once.key, "");
  EXPECT_EQ(rest.post(saga + "/tasks/approval", R"({"approved":true})", key).status, 200);
  EXPECT_EQ(rest.post(saga + "/tasks/other", R"({"approved":true})", key).status, 200);
  const auto& answers = rest.backend->answers;
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].once.key, "k-1");
  EXPECT_NE(answers[0].once.fingerprint, answers[1].once.fingerprint) << "of another task";
}

TEST(Keyed, ABadOrReusedKeyIsRefused) {
  Asking rest;
  const auto id = started(rest);
  for (const auto* route : {"/signals/approve", "/tasks/approval"}) {
    const auto path = "/api/v1/sagas/" + id + route;
    EXPECT_EQ(problem_in(rest.post(path, "{}", {{"Idempotency-Key", "not good"}})),
              "400 idempotency_key_invalid");
    EXPECT_EQ(
        problem_in(rest.post(path, "{}", {{"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}})),
        "400 idempotency_key_invalid");
  }
  EXPECT_TRUE(rest.backend->signals.empty());
  rest.backend->fail_next(EngineError::Kind::invalid, "idempotency_key_reused");
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas/" + id + "/tasks/approval", "{}",
                                 {{"Idempotency-Key", "k-1"}})),
            "422 idempotency_key_reused");
}

TEST(DeadLetters, IdsAndCursorsAreChecked) {
  Asking rest;
  for (const auto* id : {"x", "1", "1.2", "1.2.3.4", "-1.2.3", "1.-2.3", "70000.1.1", "1.2.x",
                         "1.99999999999999999999.1", "1..2"}) {
    const auto path = "/api/v1/dead_letters/" + std::string(id) + "/replay";
    EXPECT_EQ(problem_in(rest.post(path, R"({"reason":"x"})")), "404 dead_letter.unknown") << id;
    EXPECT_EQ(problem_in(rest.get("/api/v1/dead_letters?cursor=" + std::string(id))),
              "400 cursor.invalid");
  }
  EXPECT_TRUE(rest.backend->letter_calls.empty());
}

}  // namespace
}  // namespace sagaloom::http
