#include "runtime/http/platform_routes.h"

#include "runtime/http/json_text.h"
#include "runtime/http/openapi.h"

namespace sagaloom::http {
namespace {

using expression::Value;

Value present_checks(const HealthReport& report) {
  expression::List list;
  for (const auto& check : report.checks) {
    list.push_back(Object()
                       .set("name", Value(check.name))
                       .set("ok", Value(check.ok))
                       .set_text("detail", check.detail)
                       .take());
  }
  return Value(std::move(list));
}

Problem unhealthy(const HealthReport& report) {
  Problem problem = problem_of("unavailable", "");
  for (const auto& check : report.checks) {
    if (check.ok) continue;
    problem.errors.push_back({"", check.name, check.detail});
    problem.detail += (problem.detail.empty() ? "" : "; ") + check.name + ": " + check.detail;
  }
  if (problem.detail.empty()) problem.detail = "Not ready.";
  return problem;
}

void answer_health(const Exchange& exchange, const HealthReport& report) {
  if (!report.ok) return exchange.fail(unhealthy(report));
  Object body;
  body.set("status", Value("ok"));
  if (exchange.target.query_value("verbose")) body.set("checks", present_checks(report));
  exchange.answer(200, body.take());
}

HealthReport ask(const std::function<HealthReport()>& health) {
  return health ? health() : HealthReport{};
}

Value present_kind(const ProblemKind& kind) {
  return Object()
      .set("code", Value(kind.code))
      .set("status", Value(kind.status))
      .set("title", Value(kind.title))
      .set("retryable", Value(kind.retryable))
      .set("advice", Value(kind.advice))
      .take();
}

Response text_response(std::string type, std::string body) {
  Response response;
  response.content_type = std::move(type);
  response.body = std::move(body);
  return response;
}

}  // namespace

void get_metrics(const Services& services, const ExchangePointer& exchange) {
  const auto& metrics = services.platform.metrics;
  exchange->answer(text_response("text/plain; version=0.0.4; charset=utf-8",
                                 metrics ? metrics() : std::string()));
}

void get_live(const Services& services, const ExchangePointer& exchange) {
  answer_health(*exchange, ask(services.platform.live));
}

void get_ready(const Services& services, const ExchangePointer& exchange) {
  answer_health(*exchange, ask(services.platform.ready));
}

void get_version(const Services& services, const ExchangePointer& exchange) {
  exchange->answer(200, services.platform.version);
}

void list_errors(const Services&, const ExchangePointer& exchange) {
  expression::List list;
  for (const auto& kind : problem_kinds()) list.push_back(present_kind(kind));
  exchange->answer(200, Object().set("items", Value(std::move(list))).take());
}

void get_error(const Services&, const ExchangePointer& exchange) {
  const auto* kind = find_problem(exchange->parameter("code"));
  if (!kind) return exchange->fail(problem_of("route.unknown", "There is no such code."));
  exchange->answer(200, present_kind(*kind));
}

void get_openapi_json(const Services& services, const ExchangePointer& exchange) {
  exchange->answer(
      text_response("application/json", openapi_json(exposed_definitions(services.backend))));
}

void get_openapi_yaml(const Services& services, const ExchangePointer& exchange) {
  exchange->answer(
      text_response("application/yaml", openapi_yaml(exposed_definitions(services.backend))));
}

}  // namespace sagaloom::http
