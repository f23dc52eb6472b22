// Starting sagas over REST: identity, replays, waiting, and what is refused.
#include "tests/http/asking.h"

namespace sagaloom::http {
namespace {

constexpr auto order = R"({"workflow":"order","input":{"order_id":"o-1","customer_id":"c-1"}})";

TEST(Start, AnswersAcceptedWithWhereTheSagaIs) {
  Asking rest;
  const auto response = rest.post("/api/v1/sagas", order);
  EXPECT_EQ(response.status, 202);
  const auto id = text_of(response, "id");
  EXPECT_EQ(header_of(response, "Location"), "/api/v1/sagas/" + id);
  EXPECT_EQ(text_of(response, "state"), "RUNNING");
  EXPECT_EQ(text_of(response, "identity"), "o-1");
  EXPECT_EQ(rest.get("/api/v1/sagas/" + id).status, 200);
}

TEST(Start, FingerprintIsThatOfTheCanonicalInput) {
  Asking rest;
  rest.post("/api/v1/sagas", R"({"input":{"b":1,"a":2.0},"workflow":"order"})");
  rest.post("/api/v1/sagas", R"({"workflow":"order","input":{ "a" : 2.0 , "b" : 1 }})");
  ASSERT_EQ(rest.backend->starts.size(), 2u);
  EXPECT_EQ(rest.backend->starts[0].submission.fingerprint.size(), 64u);
  EXPECT_EQ(rest.backend->starts[0].submission.fingerprint,
            rest.backend->starts[1].submission.fingerprint);
}

TEST(Start, TheSameAgainIsTheFirstSaga) {
  Asking rest;
  const auto first = rest.post("/api/v1/sagas", order);
  const auto second = rest.post("/api/v1/sagas", order);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(header_of(second, "Idempotent-Replayed"), "true");
  EXPECT_EQ(text_of(first, "id"), text_of(second, "id"));
}

TEST(Start, AnotherBodyUnderTheSameIdentityIsAConflict) {
  Asking rest;
  rest.post("/api/v1/sagas", order);
  const auto other = rest.post(
      "/api/v1/sagas", R"({"workflow":"order","input":{"order_id":"o-1","customer_id":"x"}})");
  EXPECT_EQ(problem_in(other), "409 identity_taken");
}

TEST(Start, AnotherBodyUnderTheSameKeyIsUnprocessable) {
  Asking rest;
  const Fields key{{"Idempotency-Key", "k-1"}};
  EXPECT_EQ(rest.post("/api/v1/sagas", R"({"workflow":"parcel","input":{"a":1}})", key).status,
            202);
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas", R"({"workflow":"parcel","input":{"a":2}})", key)),
            "422 idempotency_key_reused");
}

TEST(Start, KeysAreLimitedInLengthAndCharacters) {
  Asking rest;
  const auto with_key = [&](std::string key) {
    return rest.post("/api/v1/sagas", order, {{"Idempotency-Key", std::move(key)}});
  };
  EXPECT_EQ(problem_in(with_key(std::string(129, 'a'))), "400 idempotency_key_invalid");
  EXPECT_EQ(problem_in(with_key("")), "400 idempotency_key_invalid");
  EXPECT_EQ(problem_in(with_key("a b")), "400 idempotency_key_invalid");
  EXPECT_EQ(problem_in(with_key("\xc3\xa9")), "400 idempotency_key_invalid");
  EXPECT_EQ(with_key(std::string(128, 'a')).status, 202);
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas", order,
                                 {{"Idempotency-Key", "a"}, {"idempotency-key", "a"}})),
            "400 idempotency_key_invalid");
}

TEST(Start, WaitingGivesTheResult) {
  Asking rest;
  rest.backend->end_when_waited();
  const auto response = rest.post("/api/v1/sagas", order, {{"Prefer", "wait=10"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header_of(response, "Preference-Applied"), "wait=10");
  EXPECT_EQ(text_of(response, "state"), "COMPLETED");
  EXPECT_TRUE(json_of(response).find("output")->find("paid")->boolean());
}

TEST(Start, WaitingTooShortIsStillAnAcceptance) {
  Asking rest;
  const auto response = rest.post("/api/v1/sagas", order, {{"Prefer", "wait=1"}});
  EXPECT_EQ(response.status, 202);
  EXPECT_NE(header_of(response, "Location"), "");
  EXPECT_EQ(header_of(response, "Preference-Applied"), "");
}

TEST(Start, ALongWaitIsCutAndNonsenseIsIgnored) {
  Asking rest;
  rest.backend->end_when_waited();
  const auto applied = [&](std::string prefer) {
    return header_of(
        rest.post("/api/v1/sagas", R"({"workflow":"parcel"})", {{"Prefer", std::move(prefer)}}),
        "Preference-Applied");
  };
  EXPECT_EQ(applied("respond-async, wait=600"), "wait=60");
  EXPECT_EQ(applied("wait=-1"), "");
  EXPECT_EQ(applied("wait=1x"), "");
  EXPECT_EQ(applied("handling=lenient"), "");
}

TEST(Start, ASagaThatCannotBeShownIsAcceptedAllTheSame) {
  Asking rest;
  auto body = std::string(order);
  rest.post("/api/v1/sagas", body);
  // The start succeeds (a replay), the look at it fails.
  rest.backend->hold_waits();
  std::promise<Response> answer;
  rest.router->handle(
      {"POST", "/api/v1/sagas", {{"Content-Type", "application/json"}, {"Prefer", "wait=5"}}, body},
      [&](Response response) { answer.set_value(std::move(response)); });
  rest.backend->fail_next(EngineError::Kind::unavailable, "store_away");
  rest.backend->release_waits();
  const auto response = answer.get_future().get();
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(header_of(response, "Location"), "/api/v1/sagas/" + text_of(response, "id"));
}

TEST(Start, WhatTheEngineRefusesIsAProblem) {
  Asking rest;
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas", R"({"workflow":"nope"})")),
            "404 workflow_unknown");
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas", R"({"workflow":"order","version":9})")),
            "404 workflow_unknown");
  rest.backend->fail_next(EngineError::Kind::overloaded, "inlet_full", 3);
  const auto full = rest.post("/api/v1/sagas", order);
  EXPECT_EQ(problem_in(full), "503 inlet_full");
  EXPECT_EQ(header_of(full, "Retry-After"), "3");
  rest.backend->fail_next(EngineError::Kind::quota, "quota");
  const auto quota = rest.post("/api/v1/sagas", order);
  EXPECT_EQ(problem_in(quota), "429 quota");
  EXPECT_EQ(header_of(quota, "Retry-After"), "1");
  rest.backend->fail_next(EngineError::Kind::overloaded, "draining");
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas", order)), "503 draining");
  rest.backend->fail_next(EngineError::Kind::refused, "storage.refused");
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas", order)), "500 storage.refused");
}

TEST(Start, AnUnknownCodeOfTheEngineBecomesTheGeneralOneOfItsKind) {
  Asking rest;
  rest.backend->fail_next(EngineError::Kind::unavailable, "brand_new");
  const auto response = rest.post("/api/v1/sagas", order);
  EXPECT_EQ(problem_in(response), "503 unavailable");
  EXPECT_NE(text_of(response, "detail").find("brand_new"), std::string::npos);
}

TEST(Start, AWrongInputNamesWhereItIsInTheBody) {
  Asking rest;
  const auto response = rest.post("/api/v1/sagas", R"({"workflow":"order","input":[1]})");
  EXPECT_EQ(problem_in(response), "422 input.invalid");
  const auto body = json_of(response);
  EXPECT_EQ(body.find("errors")->items().at(0).find("pointer")->string(), "/input");
  EXPECT_EQ(body.find("instance")->string(), "/api/v1/sagas");
  EXPECT_FALSE(body.find("retryable")->boolean());
}

TEST(Start, AllThatIsWrongWithTheEnvelopeIsSaidAtOnce) {
  Asking rest;
  const auto response = rest.post("/api/v1/sagas", R"({"worfklow":"order","version":"1"})");
  EXPECT_EQ(problem_in(response), "422 request.invalid");
  const auto body = json_of(response);
  const auto& errors = body.find("errors")->items();
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_NE(errors[0].find("detail")->string().find("did you mean `workflow`?"), std::string::npos);
  EXPECT_EQ(errors[1].find("code")->string(), "required");
  EXPECT_EQ(errors[2].find("pointer")->string(), "/version");
}

// ---------------------------------------------------------------- exposed resources

TEST(Resource, IsCreatedUnderItsOwnPathAndName) {
  Asking rest;
  const auto response = rest.post("/api/orders", R"({"order_id":"o 1","customer_id":"c"})");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(header_of(response, "Location"), "/api/orders/o%201");
  EXPECT_EQ(text_of(response, "order_id"), "o 1");
  EXPECT_EQ(text_of(response, "state"), "RUNNING");
  EXPECT_EQ(text_of(response, "status"), "accepted");
  EXPECT_EQ(rest.get("/api/orders/o%201").status, 200);
  EXPECT_EQ(problem_in(rest.get("/api/orders/other")), "404 saga_unknown");
}

TEST(Resource, WithoutIdNeedsAKey) {
  Asking rest;
  EXPECT_EQ(problem_in(rest.post("/api/parcels", "{}")), "400 idempotency_key_missing");
  const auto response = rest.post("/api/parcels", "{}", {{"Idempotency-Key", "p-1"}});
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(header_of(response, "Location"), "/api/parcels/p-1");
  EXPECT_EQ(response.body, R"({"where":"accepted"})") << "its own `response`";
}

TEST(Resource, OnlyTheNewestVersionsPathIsThere) {
  Asking rest;
  EXPECT_EQ(problem_in(rest.post("/api/old-parcels", "{}")), "404 route.unknown");
}

TEST(Resource, AViewThatIsNotThereYetIsPending) {
  Asking rest;
  rest.post("/api/orders", R"({"order_id":"o-1","customer_id":"c"})");
  const auto pending = rest.get("/api/orders/o-1/payment");
  EXPECT_EQ(pending.status, 200);
  EXPECT_EQ(pending.body, R"({"status":"pending"})");
  EXPECT_EQ(rest.get("/api/orders/o-1/summary").body, R"({"customer":"c"})");
  EXPECT_EQ(problem_in(rest.get("/api/orders/o-1/nothing")), "404 view_unknown");
  EXPECT_EQ(problem_in(rest.get("/api/orders/o-2/payment")), "404 saga_unknown");
}

TEST(Resource, AViewThatWillNeverBeThereSaysSo) {
  Asking rest;
  const auto order = rest.post("/api/orders", R"({"order_id":"o-1","customer_id":"c"})");
  const auto id = core::parse_saga_id(text_of(order, "saga"));
  ASSERT_TRUE(id) << order.body;
  rest.backend->set_phase(*id, core::Phase::failed);
  EXPECT_EQ(rest.get("/api/orders/o-1/payment").body,
            R"({"state":"FAILED","status":"unavailable"})");
  EXPECT_EQ(rest.get("/api/orders/o-1/summary").body, R"({"customer":"c"})");
}

TEST(Resource, WrongInputPointsIntoTheBody) {
  Asking rest;
  const auto response = rest.post("/api/orders", "[]");
  EXPECT_EQ(problem_in(response), "422 input.invalid");
  EXPECT_EQ(json_of(response).find("errors")->items().at(0).find("pointer")->string(), "");
}

TEST(Resource, CancelIsTheCustomers) {
  Asking rest;
  rest.post("/api/orders", R"({"order_id":"o-1"})");
  const auto response = rest.ask({"POST", "/api/orders/o-1/cancel", {}, ""});
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(text_of(response, "cancel"), "accepted");
  ASSERT_EQ(rest.backend->verbs.size(), 1u);
  EXPECT_EQ(rest.backend->verbs[0].verb, core::EventKind::cancel_customer);
  EXPECT_EQ(rest.backend->verbs[0].by, "customer");
  EXPECT_EQ(problem_in(rest.post("/api/orders/none/cancel", "{}")), "404 saga_unknown");
  EXPECT_EQ(problem_in(rest.get("/api/orders")), "405 method.not_allowed");
}

}  // namespace
}  // namespace sagaloom::http
