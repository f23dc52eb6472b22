#include "runtime/http/workflow_routes.h"

#include <algorithm>
#include <exception>

#include "runtime/http/json_text.h"
#include "runtime/http/presentation.h"
#include "runtime/http/saga_list.h"

namespace sagaloom::http {
namespace {

using expression::Value;
using Outcome = Registration::Outcome;

Value present_diagnostics(const std::vector<Diagnostic>& diagnostics) {
  expression::List list;
  for (const auto& diagnostic : diagnostics) {
    list.push_back(Object()
                       .set("severity", Value(diagnostic.severity))
                       .set("code", Value(diagnostic.code))
                       .set("message", Value(diagnostic.message))
                       .set("line", Value(diagnostic.line))
                       .set("column", Value(diagnostic.column))
                       .take());
  }
  return Value(std::move(list));
}

Problem invalid_definition(const Registration& registration) {
  Problem problem;
  problem.code = "definition.invalid";
  for (const auto& diagnostic : registration.diagnostics) {
    problem.errors.push_back({"", diagnostic.code,
                              std::to_string(diagnostic.line) + ":" +
                                  std::to_string(diagnostic.column) + ": " + diagnostic.severity +
                                  "[" + diagnostic.code + "] " + diagnostic.message});
  }
  const auto& all = registration.diagnostics;  // sorted by place: a warning may come first
  const auto first = std::find_if(all.begin(), all.end(),
                                  [](const auto& each) { return each.severity == "error"; });
  problem.detail = first == all.end()
                       ? registration.detail
                       : problem.errors[static_cast<std::size_t>(first - all.begin())].detail;
  return problem;
}

void answer_registered(const Exchange& exchange, const Registration& registration) {
  Object body;
  body.set("name", Value(registration.name)).set("hash", Value(registration.hash));
  body.set("version", Value(static_cast<std::int64_t>(registration.version)));
  body.set("diagnostics", present_diagnostics(registration.diagnostics));
  const bool created = registration.outcome == Outcome::created;
  auto response = json_response(created ? 201 : 200, body.take());
  response.headers.emplace_back("Location", "/api/v1/workflows/" + registration.name +
                                                "?version=" + std::to_string(registration.version));
  exchange.answer(std::move(response));
}

void answer_registration(const Exchange& exchange, const Registration& registration) {
  switch (registration.outcome) {
    case Outcome::created:
    case Outcome::unchanged:
      return answer_registered(exchange, registration);
    case Outcome::invalid:
      return exchange.fail(invalid_definition(registration));
    case Outcome::conflict:
      return exchange.fail(problem_of("definition.conflict", registration.detail));
    case Outcome::unavailable:
      return exchange.fail(problem_of("unavailable", registration.detail));
  }
}

void register_now(const Platform& platform, const Exchange& exchange) {
  try {
    answer_registration(exchange, platform.register_workflow(exchange.request.body));
  } catch (const std::exception&) {
    exchange.fail(problem_of("internal", "Registering the workflow failed."));
  }
}

}  // namespace

void list_workflows(const Services& services, const ExchangePointer& exchange) {
  expression::List items;
  for (const auto& definition : services.backend.definitions()) {
    items.push_back(present_definition(*definition, Detail::summary));
  }
  exchange->answer(200, Object().set("items", Value(std::move(items))).take());
}

void get_workflow(const Services& services, const ExchangePointer& exchange) {
  const auto version = read_number(exchange->target, "version", 0, 1, 0x7fffffff);
  if (!version) {
    return exchange->fail(problem_of(version.error().code, version.error().message));
  }
  const auto& name = exchange->parameter("name");
  const auto wanted = *version ? std::optional(static_cast<std::uint32_t>(*version)) : std::nullopt;
  const auto definition = services.backend.definition(name, wanted);
  if (!definition) {
    return exchange->fail(
        problem_of("workflow_unknown",
                   "There is no workflow `" + name.substr(0, 64) + "` in the version asked for."));
  }
  exchange->answer(200, present_definition(*definition, Detail::full));
}

void register_workflow(const Services& services, const ExchangePointer& exchange) {
  if (!services.platform.register_workflow) {
    Problem problem =
        problem_of("method.not_allowed", "This server takes no definitions over REST.");
    problem.headers.emplace_back("Allow", "GET, HEAD");
    return exchange->fail(problem);
  }
  const bool queued = services.worker.run(
      [&platform = services.platform, exchange] { register_now(platform, *exchange); });
  if (!queued) {
    exchange->fail(problem_of("inlet_full", "Too many definitions wait to be registered."));
  }
}

}  // namespace sagaloom::http
