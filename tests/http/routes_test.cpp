// The routes beside starting: reading, lists, verbs, workflows, events, platform; and what every
// route refuses.
#include "runtime/http/saga_list.h"
#include "tests/http/asking.h"

namespace sagaloom::http {
namespace {

std::string started(Asking& rest, std::string order_id = "o-1") {
  return text_of(rest.post("/api/v1/sagas",
                           R"({"workflow":"order","input":{"order_id":")" + order_id + R"("}})"),
                 "id");
}

// ---------------------------------------------------------------- what every route refuses

TEST(Routes, UnknownPathsAndMethods) {
  Asking rest;
  EXPECT_EQ(problem_in(rest.get("/nothing")), "404 route.unknown");
  EXPECT_EQ(problem_in(rest.get("/")), "404 route.unknown");
  const auto response = rest.ask({"DELETE", "/api/v1/sagas", {}, ""});
  EXPECT_EQ(problem_in(response), "405 method.not_allowed");
  EXPECT_EQ(header_of(response, "Allow"), "POST, GET, HEAD");
  EXPECT_EQ(problem_in(rest.ask({"get", "/livez", {}, ""})), "405 method.not_allowed");
}

TEST(Routes, HeadIsLikeGet) {
  Asking rest;
  EXPECT_EQ(rest.ask({"HEAD", "/livez", {}, ""}).status, 200);
}

TEST(Routes, UnknownQueryParametersAreRefusedWithASuggestion) {
  Asking rest;
  const auto response = rest.get("/api/v1/sagas?worfklow=order");
  EXPECT_EQ(problem_in(response), "400 query.unknown");
  EXPECT_NE(text_of(response, "detail").find("did you mean `workflow`?"), std::string::npos);
  EXPECT_EQ(problem_in(rest.get("/version?x=1")), "400 query.unknown");
  EXPECT_EQ(problem_in(rest.get("/api/v1/sagas?limit=1&limit=2")), "400 query.invalid");
}

TEST(Routes, AcceptDecides) {
  Asking rest;
  EXPECT_EQ(problem_in(rest.get("/version", {{"Accept", "text/html"}})), "406 not_acceptable");
  EXPECT_EQ(problem_in(rest.get("/metrics", {{"Accept", "application/json"}})),
            "406 not_acceptable");
  EXPECT_EQ(problem_in(rest.get("/version", {{"Accept", "application/json;q=0"}})),
            "406 not_acceptable");
  EXPECT_EQ(rest.get("/version", {{"Accept", "text/html, */*;q=0.1"}}).status, 200);
  EXPECT_EQ(rest.get("/version", {{"Accept", "application/*"}}).status, 200);
  EXPECT_EQ(rest.get("/metrics", {{"Accept", "text/plain;version=0.0.4"}}).status, 200);
}

TEST(Routes, BodiesMustBeJsonAndSaySo) {
  Asking rest;
  const auto post = [&](std::string type, std::string body) {
    return rest.ask(
        {"POST", "/api/v1/sagas", {{"Content-Type", std::move(type)}}, std::move(body)});
  };
  EXPECT_EQ(problem_in(post("text/plain", "{}")), "415 body.media_type");
  EXPECT_EQ(problem_in(rest.ask({"POST", "/api/v1/sagas", {}, "{}"})), "415 body.media_type");
  EXPECT_EQ(problem_in(post("application/json", "")), "400 json.malformed");
  EXPECT_EQ(problem_in(post("application/json; charset=utf-8", "{")), "400 json.malformed");
  EXPECT_EQ(problem_in(post("application/json", std::string(10'000, '['))), "400 json.too_deep");
  EXPECT_EQ(problem_in(post("application/json", R"({"workflow":"a","workflow":"b"})")),
            "400 json.duplicate_key");
  EXPECT_EQ(problem_in(post("application/json", "{\"workflow\":\"\xff\"}")), "400 json.malformed");
  EXPECT_EQ(problem_in(rest.ask({"GET", "/livez", {}, "x"})), "400 body.unexpected");
  EXPECT_EQ(problem_in(rest.post("/api/v1/sagas", "{}", {{"Content-Encoding", "gzip"}})),
            "415 body.encoding");
}

TEST(Routes, BadTargetsCloseTheConnection) {
  Asking rest;
  const auto response = rest.get("/api/v1/../livez");
  EXPECT_EQ(problem_in(response), "400 http.target");
  EXPECT_TRUE(response.close);
}

TEST(Routes, EachAnswerIsTold) {
  std::vector<std::string> told;
  Platform platform;
  platform.answered = [&](std::string_view route, int status, double seconds) {
    told.push_back(std::string(route) + " " + std::to_string(status));
    EXPECT_GE(seconds, 0);
  };
  Asking rest(platform);
  rest.get("/livez");
  rest.get("/livez?x");
  rest.get("/api/orders/o-1");
  rest.get("/none");
  EXPECT_EQ(told,
            (std::vector<std::string>{"/livez 200", "/livez 400", "/api/orders/{id} 404", " 404"}));
}

// ---------------------------------------------------------------- sagas

TEST(Sagas, AnIdThatIsNoUuidIsUnknown) {
  Asking rest;
  EXPECT_EQ(problem_in(rest.get("/api/v1/sagas/7")), "404 saga_unknown");
  EXPECT_EQ(problem_in(rest.get("/api/v1/sagas/00000000-0000-7000-8000-000000000000")),
            "404 saga_unknown");
}

TEST(Sagas, AreShownWithTheirSteps) {
  Asking rest;
  const auto body = json_of(rest.get("/api/v1/sagas/" + started(rest)));
  EXPECT_EQ(body.find("created_at")->string(), "2023-11-14T22:13:20Z");
  EXPECT_EQ(body.find("input")->find("order_id")->string(), "o-1");
  EXPECT_TRUE(body.find("steps")->is_list());
  EXPECT_EQ(body.find("ended_at"), nullptr);
  EXPECT_NE(body.find("links")->find("history"), nullptr);
}

TEST(Sagas, CanBeWaitedFor) {
  Asking rest;
  const auto id = started(rest);
  rest.backend->end_when_waited();
  const auto early = rest.get("/api/v1/sagas/" + id, {{"Prefer", "wait=0"}});
  EXPECT_EQ(header_of(early, "Preference-Applied"), "");
  const auto ended = rest.get("/api/v1/sagas/" + id, {{"Prefer", "wait=5"}});
  EXPECT_EQ(text_of(ended, "state"), "COMPLETED");
  EXPECT_EQ(header_of(ended, "Preference-Applied"), "wait=5");
}

TEST(Sagas, HistoryIsPagedBySeq) {
  Asking rest;
  const auto path = "/api/v1/sagas/" + started(rest) + "/history";
  const auto all = json_of(rest.get(path));
  ASSERT_EQ(all.find("items")->items().size(), 5u);
  EXPECT_TRUE(all.find("next_after")->is_null());
  const auto& first = all.find("items")->items()[0];
  EXPECT_EQ(first.find("event")->find("kind")->string(), "answered");
  EXPECT_EQ(first.find("steps")->items()[0].find("state")->string(), "SUCCEEDED");
  EXPECT_EQ(first.find("emits")->items()[0].find("type")->string(), "order.paid");
  const auto page = json_of(rest.get(path + "?limit=2&after=1"));
  EXPECT_EQ(page.find("items")->items()[0].find("seq")->integer(), 2);
  EXPECT_EQ(page.find("next_after")->integer(), 3);
  EXPECT_EQ(problem_in(rest.get(path + "?limit=501")), "400 query.invalid");
  EXPECT_EQ(problem_in(rest.get(path + "?after=x")), "400 query.invalid");
}

// ---------------------------------------------------------------- lists

TEST(Lists, FiltersReachTheEngine) {
  Asking rest;
  const auto response = rest.get(
      "/api/v1/sagas?workflow=order&state=running&state=PARKED&status=paid&identity=a%2Fb"
      "&attribute.customer_id=c+1&created_after=2026-01-01T00:00:00Z"
      "&created_before=2026-02-01T00:00:00.5Z&live=true&limit=500");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto& filter = rest.backend->filters.at(0);
  EXPECT_EQ(filter.workflow, "order");
  EXPECT_EQ(filter.states, (std::vector<std::string>{"RUNNING", "PARKED"}));
  EXPECT_EQ(filter.status, "paid");
  EXPECT_EQ(filter.identity, "a/b");
  EXPECT_EQ(filter.attribute, (std::pair<std::string, std::string>("customer_id", "c 1")));
  EXPECT_EQ(filter.created_after, at(1767225600000));
  EXPECT_EQ(filter.created_before, at(1769904000500));
  EXPECT_EQ(filter.live, true);
  EXPECT_EQ(filter.limit, 500u);
}

TEST(Lists, BadFiltersAreRefused) {
  Asking rest;
  for (const auto* query : {"limit=0", "limit=501", "limit=1e3", "state=ROTTEN", "live=maybe",
                            "created_after=yesterday", "attribute.a=1&attribute.b=2"}) {
    EXPECT_EQ(problem_in(rest.get(std::string("/api/v1/sagas?") + query)), "400 query.invalid")
        << query;
  }
  EXPECT_EQ(problem_in(rest.get("/api/v1/sagas?attribute.=x")), "400 query.unknown");
  const auto response = rest.get("/api/v1/sagas?state=COMPLETE");
  EXPECT_NE(text_of(response, "detail").find("did you mean `COMPLETED`?"), std::string::npos);
}

TEST(Lists, ACursorGoesOnWithTheSameFiltersOnly) {
  Asking rest;
  const auto id = started(rest);
  rest.backend->next_page = core::parse_saga_id(id);
  const auto first = rest.get("/api/v1/sagas?workflow=order&limit=1");
  const auto cursor = text_of(first, "next_cursor");
  EXPECT_EQ(header_of(first, "Link"),
            "</api/v1/sagas?workflow=order&limit=1&cursor=" + cursor + ">; rel=\"next\"");
  rest.backend->next_page.reset();
  const auto second = rest.get("/api/v1/sagas?limit=1&workflow=order&cursor=" + cursor);
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(rest.backend->filters.back().before, core::parse_saga_id(id));
  EXPECT_TRUE(json_of(second).find("next_cursor")->is_null());
  EXPECT_EQ(problem_in(rest.get("/api/v1/sagas?workflow=parcel&cursor=" + cursor)),
            "400 cursor.invalid");
  EXPECT_EQ(problem_in(rest.get("/api/v1/sagas?cursor=x")), "400 cursor.invalid");
}

// ---------------------------------------------------------------- verbs

TEST(Verbs, CancelNeedsAReason) {
  Asking rest;
  const auto path = "/api/v1/sagas/" + started(rest) + "/cancel";
  EXPECT_EQ(problem_in(rest.post(path, "{}")), "422 request.invalid");
  EXPECT_EQ(problem_in(rest.post(path, R"({"reason":""})")), "422 request.invalid");
  const auto response = rest.post(path, R"({"reason":"fraud","by":"ann"})");
  EXPECT_EQ(response.status, 202);
  ASSERT_EQ(rest.backend->verbs.size(), 1u);
  EXPECT_EQ(rest.backend->verbs[0].verb, core::EventKind::cancel_operator);
  EXPECT_EQ(rest.backend->verbs[0].reason, "fraud");
  EXPECT_EQ(rest.backend->verbs[0].by, "ann");
}

TEST(Verbs, WhatCannotBeDoneIsAConflictThatNamesTheSaga) {
  Asking rest;
  const auto id = started(rest);
  rest.backend->fail_next(EngineError::Kind::conflict, "past_pivot");
  const auto response = rest.post("/api/v1/sagas/" + id + "/cancel", R"({"reason":"late"})");
  EXPECT_EQ(problem_in(response), "409 past_pivot");
  EXPECT_EQ(text_of(response, "saga_id"), id);
}

TEST(Verbs, RetryAndResolveTakeThePathOfTheStep) {
  Asking rest;
  const auto steps = "/api/v1/sagas/" + started(rest) + "/steps/";
  EXPECT_EQ(rest.post(steps + "authorize/retry", R"({"reason":"r"})").status, 200);
  EXPECT_EQ(rest.backend->verbs.back().path, "authorize");
  EXPECT_FALSE(rest.backend->verbs.back().input.has_value());
  EXPECT_EQ(
      rest.post(steps + "tickets%5B2%5D/issue/retry", R"({"reason":"r","input":null})").status,
      200);
  EXPECT_EQ(rest.backend->verbs.back().path, "tickets[2]/issue");
  EXPECT_TRUE(rest.backend->verbs.back().input->is_null());
  EXPECT_EQ(
      rest.post(steps + "retry/resolve", R"({"reason":"r","output":1,"undo":"manual"})").status,
      200);
  const auto& verb = rest.backend->verbs.back();
  EXPECT_EQ(verb.path, "retry");
  EXPECT_EQ(verb.verb, core::EventKind::resolve);
  EXPECT_EQ(verb.output->integer(), 1);
  EXPECT_TRUE(verb.manual_undo);
}

TEST(Verbs, ResolveNeedsAnOutput) {
  Asking rest;
  const auto path = "/api/v1/sagas/" + started(rest) + "/steps/a/resolve";
  EXPECT_EQ(problem_in(rest.post(path, R"({"reason":"r"})")), "422 request.invalid");
  EXPECT_EQ(problem_in(rest.post(path, R"({"reason":"r","output":1,"undo":"auto"})")),
            "422 request.invalid");
  EXPECT_EQ(problem_in(rest.post(path, R"({"reason":7,"output":1})")), "422 request.invalid");
  EXPECT_TRUE(rest.backend->verbs.empty());
}

// ---------------------------------------------------------------- workflows

TEST(Workflows, AreListedAndShown) {
  Asking rest;
  EXPECT_EQ(json_of(rest.get("/api/v1/workflows")).find("items")->items().size(), 3u);
  const auto order = json_of(rest.get("/api/v1/workflows/order"));
  EXPECT_EQ(order.find("expose")->find("path")->string(), "/api/orders");
  EXPECT_EQ(order.find("steps")->items()[0].find("id")->string(), "authorize");
  EXPECT_EQ(json_of(rest.get("/api/v1/workflows/parcel?version=1")).find("version")->integer(), 1);
  EXPECT_EQ(problem_in(rest.get("/api/v1/workflows/parcel?version=3")), "404 workflow_unknown");
  EXPECT_EQ(problem_in(rest.get("/api/v1/workflows/none")), "404 workflow_unknown");
}

Response registered(Asking& rest, std::string type = "application/yaml") {
  return rest.ask({"POST", "/api/v1/workflows", {{"Content-Type", std::move(type)}}, "dsl: 1\n"});
}

TEST(Workflows, AreRegisteredThroughTheProgram) {
  Registration next;
  next.name = "order";
  next.version = 4;
  std::string given;
  Platform platform;
  platform.register_workflow = [&](std::string yaml) {
    given = std::move(yaml);
    return next;
  };
  Asking rest(platform);
  const auto created = registered(rest);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(header_of(created, "Location"), "/api/v1/workflows/order?version=4");
  EXPECT_EQ(given, "dsl: 1\n");
  next.outcome = Registration::Outcome::unchanged;
  EXPECT_EQ(registered(rest, "text/yaml").status, 200);
  next.outcome = Registration::Outcome::conflict;
  EXPECT_EQ(problem_in(registered(rest)), "409 definition.conflict");
  next.outcome = Registration::Outcome::unavailable;
  EXPECT_EQ(problem_in(registered(rest)), "503 unavailable");
  next.outcome = Registration::Outcome::invalid;
  next.diagnostics = {{"warning", "W01", "a warning may stand before it", 2, 1},
                      {"error", "S01", "unknown key `stpes`; did you mean `steps`?", 3, 1}};
  const auto invalid = registered(rest);
  EXPECT_EQ(problem_in(invalid), "422 definition.invalid");
  EXPECT_EQ(text_of(invalid, "detail").find("3:1: error[S01]"), 0u) << "the first error";
  EXPECT_EQ(problem_in(registered(rest, "application/json")), "415 body.media_type");
}

TEST(Workflows, RegistrationThatThrowsIsAnInternalError) {
  Platform platform;
  platform.register_workflow = [](std::string) -> Registration { throw std::runtime_error("x"); };
  Asking rest(platform);
  EXPECT_EQ(problem_in(registered(rest)), "500 internal");
}

TEST(Workflows, WithoutTheCallbackNothingIsRegistered) {
  Asking rest;
  EXPECT_EQ(problem_in(registered(rest)), "405 method.not_allowed");
}

// ---------------------------------------------------------------- events and platform

TEST(Events, AreCloudEventsWithCursors) {
  Asking rest;
  const auto body = json_of(rest.get("/api/v1/events"));
  const auto& items = body.find("items")->items();
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].find("data")->find("amount")->integer(), 5);
  EXPECT_EQ(items[1].find("data")->find("state")->string(), "COMPLETED");
  EXPECT_EQ(items[1].find("cursor")->string(), "2");
  EXPECT_EQ(body.find("next")->string(), "2");
  EXPECT_EQ(problem_in(rest.get("/api/v1/events?after=old")), "410 cursor_gone");
}

TEST(PlatformRoutes, HealthNamesWhatIsWrong) {
  HealthReport report{true, {{"store", true, ""}, {"kafka", true, "slow"}}};
  Platform platform;
  platform.ready = [&] { return report; };
  Asking rest(platform);
  EXPECT_EQ(rest.get("/ready").body, R"({"status":"ok"})");
  EXPECT_EQ(json_of(rest.get("/readyz?verbose")).find("checks")->items().size(), 2u);
  report.ok = report.checks[0].ok = false;
  report.checks[0].detail = "no answer";
  const auto response = rest.get("/readyz");
  EXPECT_EQ(problem_in(response), "503 unavailable");
  EXPECT_EQ(text_of(response, "detail"), "store: no answer");
  EXPECT_EQ(rest.get("/livez").status, 200);
  EXPECT_EQ(rest.get("/health").status, 200);
}

TEST(PlatformRoutes, MetricsAndVersionAreThePrograms) {
  Platform platform;
  platform.metrics = [] { return std::string("up 1\n"); };
  platform.version = Value::object({{"version", Value("0.1.0")}});
  Asking rest(platform);
  const auto metrics = rest.get("/metrics");
  EXPECT_EQ(metrics.body, "up 1\n");
  EXPECT_TRUE(metrics.content_type.starts_with("text/plain; version=0.0.4"));
  EXPECT_EQ(text_of(rest.get("/version"), "version"), "0.1.0");
}

TEST(PlatformRoutes, EachCodeHasAPage) {
  Asking rest;
  EXPECT_EQ(json_of(rest.get("/errors/past_pivot")).find("status")->integer(), 409);
  EXPECT_EQ(problem_in(rest.get("/errors/none")), "404 route.unknown");
  EXPECT_EQ(json_of(rest.get("/errors")).find("items")->items().size(), problem_kinds().size());
}

}  // namespace
}  // namespace sagaloom::http
