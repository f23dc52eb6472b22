// The route tables, and the routes that are only a question to the engine.
#include <algorithm>

#include "runtime/http/checks.h"
#include "runtime/http/dead_letters.h"
#include "runtime/http/exchange.h"
#include "runtime/http/json_text.h"
#include "runtime/http/migration.h"
#include "runtime/http/platform_routes.h"
#include "runtime/http/presentation.h"
#include "runtime/http/saga_list.h"
#include "runtime/http/signals.h"
#include "runtime/http/start.h"
#include "runtime/http/task_list.h"
#include "runtime/http/verbs.h"
#include "runtime/http/workflow_routes.h"

namespace sagaloom::http {
namespace {

using engine::Answer;
using engine::EngineError;
using engine::SagaView;
using expression::Value;

void create_saga(const Services& services, const ExchangePointer& exchange) {
  BodyReader reader(exchange->body, {"workflow", "version", "input"});
  StartPlan plan;
  plan.pointer_prefix = "/input";
  plan.request.workflow = reader.text("workflow", true, 128);
  const auto version = reader.integer("version", 1, 0x7fffffff);
  if (version) plan.request.version = static_cast<std::uint32_t>(*version);
  plan.request.submission.input = reader.any("input", false).value_or(Value(expression::Map{}));
  if (const auto problem = reader.problem()) return exchange->fail(*problem);
  start_saga(services, exchange, std::move(plan));
}

// Answers with the saga, or with the engine's error. `waited`: what the client asked for.
engine::Completion<SagaView> show(const ExchangePointer& exchange,
                                  std::chrono::seconds waited = std::chrono::seconds(0)) {
  return [exchange, waited](Answer<SagaView> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    const auto& view = std::get<SagaView>(answer);
    auto response = json_response(200, represent(*exchange, view, true));
    if (waited.count() > 0 && has_ended(view)) {  // as the answer to a start has it
      response.headers.emplace_back("Preference-Applied", "wait=" + std::to_string(waited.count()));
    }
    exchange->answer(std::move(response));
  };
}

void get_saga(const Services& services, const ExchangePointer& exchange) {
  const auto id = saga_id_of(*exchange);
  if (!id) return;
  const auto wait = preferred_wait(exchange->request).value_or(std::chrono::seconds(0));
  if (wait.count() > 0) return services.backend.wait(*id, wait, show(exchange, wait));
  services.backend.get(*id, show(exchange));
}

using Rows = std::vector<engine::StoredRecord>;

void answer_history(const Exchange& exchange, const Rows& rows, std::size_t limit) {
  expression::List items;
  for (const auto& row : rows) items.push_back(present_record(row));
  Object body;
  body.set("items", Value(std::move(items)));
  const bool more = rows.size() >= limit;
  body.set("next_after", more ? Value(rows.back().seq) : Value());
  exchange.answer(200, body.take());
}

void get_history(const Services& services, const ExchangePointer& exchange) {
  const auto id = saga_id_of(*exchange);
  if (!id) return;
  const auto after = read_number(exchange->target, "after", 0, 0, INT64_MAX);
  const auto limit = read_number(exchange->target, "limit", 100, 1, 500);
  if (!after || !limit) {
    const auto& error = after ? limit.error() : after.error();
    return exchange->fail(problem_of(error.code, error.message));
  }
  const auto count = static_cast<std::size_t>(*limit);
  auto done = [exchange, count](Answer<Rows> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    answer_history(*exchange, std::get<Rows>(answer), count);
  };
  services.backend.history(*id, *after, count, std::move(done));
}

void get_events(const Services& services, const ExchangePointer& exchange) {
  const auto limit = read_number(exchange->target, "limit", 100, 1, 500);
  if (!limit) return exchange->fail(problem_of(limit.error().code, limit.error().message));
  const auto* after = exchange->target.query_value("after");
  auto done = [exchange](Answer<engine::EventPage> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    const auto& page = std::get<engine::EventPage>(answer);
    expression::List items;
    for (const auto& item : page.items) items.push_back(present_event(item));
    exchange->answer(
        200, Object().set("items", Value(std::move(items))).set("next", Value(page.next)).take());
  };
  services.backend.events(after ? *after : "", static_cast<std::size_t>(*limit), std::move(done));
}

// ---------------------------------------------------------------- exposed resources

void create_resource(const Services& services, const ExchangePointer& exchange) {
  const auto& definition = *exchange->exposed;
  if (!definition.id && !exchange->request.header("Idempotency-Key")) {
    return exchange->fail(problem_of("idempotency_key_missing",
                                     "The workflow `" + definition.name + "` declares no `id`."));
  }
  StartPlan plan;
  plan.request.workflow = definition.name;
  plan.request.version = definition.version;
  plan.request.submission.input = exchange->body;
  plan.default_wait = std::min(definition.expose->wait, core::Duration(60'000));
  start_saga(services, exchange, std::move(plan));
}

void get_resource(const Services& services, const ExchangePointer& exchange) {
  services.backend.find(exchange->exposed->name, exchange->parameter("id"), show(exchange));
}

void answer_view(const Exchange& exchange, const SagaView& view) {
  const auto& name = exchange.parameter("view");
  if (!view.definition) {
    return exchange.fail(problem_of("definition.unavailable", "Its views cannot be rendered now."));
  }
  const auto& expose = view.definition->expose;
  const bool declared =
      expose && std::any_of(expose->views.begin(), expose->views.end(),
                            [&](const auto& entry) { return entry.first == name; });
  const auto projection =
      declared ? core::project(*view.definition, view.saga, name) : std::nullopt;
  if (!projection) {
    return exchange.fail(problem_of("view_unknown", "There is no view `" + name + "`."));
  }
  if (projection->ready) return exchange.answer(200, projection->value);
  if (has_ended(view)) {  // it will never be there, and who asks again should know
    const Value state(std::string(core::state_name(view.saga)));
    return exchange.answer(200,
                           Object().set("status", Value("unavailable")).set("state", state).take());
  }
  exchange.answer(200, Object().set("status", Value("pending")).take());
}

void get_view(const Services& services, const ExchangePointer& exchange) {
  auto done = [exchange](Answer<SagaView> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    answer_view(*exchange, std::get<SagaView>(answer));
  };
  services.backend.find(exchange->exposed->name, exchange->parameter("id"), std::move(done));
}

constexpr std::string_view text_type = "text/plain";
constexpr std::string_view yaml_type = "application/yaml";

}  // namespace

const std::vector<Route>& fixed_routes() {
  using enum BodyKind;
  static const std::vector<Route> routes = {
      {"POST", "/api/v1/sagas", create_saga, json},
      {"GET",
       "/api/v1/sagas",
       list_sagas,
       none,
       {"workflow", "state+", "status", "identity", "attribute.*", "created_after",
        "created_before", "live", "limit", "cursor"}},
      {"GET", "/api/v1/sagas/{id}", get_saga},
      {"GET", "/api/v1/sagas/{id}/history", get_history, none, {"after", "limit"}},
      {"POST", "/api/v1/sagas/{id}/cancel", cancel_saga, json},
      {"POST", "/api/v1/sagas/{id}/suspend", suspend_saga, json},
      {"POST", "/api/v1/sagas/{id}/resume", resume_saga, json},
      {"POST", "/api/v1/sagas/{id}/migrate", migrate_saga, json},
      {"POST", "/api/v1/sagas/{id}/signals/{signal}", send_signal, json_or_none, {"by"}},
      {"POST", "/api/v1/sagas/{id}/tasks/{path...}", answer_task, json, {"by"}},
      {"POST", "/api/v1/sagas/{id}/steps/{path...}/retry", retry_step, json},
      {"POST", "/api/v1/sagas/{id}/steps/{path...}/resolve", resolve_step, json},
      {"POST", "/api/v1/sagas/{id}/steps/{path...}/abort_step", abort_step, json},
      {"POST", "/api/v1/sagas/{id}/steps/{path...}/skip_undo", skip_undo, json},
      {"GET", "/api/v1/tasks", list_tasks, none, {"workflow", "assignee", "limit", "cursor"}},
      {"GET", "/api/v1/workflows", list_workflows},
      {"POST", "/api/v1/workflows", register_workflow, yaml},
      {"GET", "/api/v1/workflows/{name}", get_workflow, none, {"version"}},
      {"POST",
       "/api/v1/workflows/{workflow}/sagas/{identity}/signals/{signal}",
       send_signal_by_identity,
       json_or_none,
       {"by"}},
      {"GET",
       "/api/v1/dead_letters",
       list_dead_letters,
       none,
       {"workflow", "reason", "limit", "cursor"}},
      {"GET",
       "/api/v1/dead_letters/settled",
       list_settled_letters,
       none,
       {"workflow", "reason", "limit", "cursor"}},
      {"POST", "/api/v1/dead_letters/{id}/replay", replay_dead_letter, json},
      {"POST", "/api/v1/dead_letters/{id}/discard", discard_dead_letter, json},
      {"GET", "/api/v1/events", get_events, none, {"after", "limit"}},
      {"GET", "/metrics", get_metrics, none, {}, text_type},
      {"GET", "/livez", get_live, none, {"verbose"}},
      {"GET", "/readyz", get_ready, none, {"verbose"}},
      {"GET", "/health", get_live, none, {"verbose"}},
      {"GET", "/ready", get_ready, none, {"verbose"}},
      {"GET", "/version", get_version},
      {"GET", "/errors", list_errors},
      {"GET", "/errors/{code}", get_error},
      {"GET", "/openapi.json", get_openapi_json},
      {"GET", "/openapi.yaml", get_openapi_yaml, none, {}, yaml_type},
  };
  return routes;
}

const std::vector<Route>& exposed_routes() {
  using enum BodyKind;
  static const std::vector<Route> routes = {
      {"POST", "", create_resource, json},
      {"GET", "/{id}", get_resource},
      {"GET", "/{id}/{view}", get_view},
      {"POST", "/{id}/cancel", cancel_resource, json_or_none},
  };
  return routes;
}

}  // namespace sagaloom::http
