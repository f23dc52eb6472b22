// One request on its way through a route, and the routes' shape.
//
// Lifecycle: made by the Router, shared with the engine's completions, gone once answered. Threads:
// used by one thread at a time. `answer` or `fail` is called exactly once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/http/backend.h"
#include "runtime/http/platform.h"
#include "runtime/http/problem.h"
#include "runtime/http/request.h"
#include "runtime/http/target.h"
#include "runtime/http/worker.h"

namespace sagaloom::http {

struct Exchange {
  std::shared_ptr<const void> router;  // what the routes use lives as long as the exchange
  Request request;
  Target target;
  std::vector<std::pair<std::string_view, std::string>> parameters;  // of the path
  expression::Value body;           // parsed JSON; null when there was none
  core::DefinitionPointer exposed;  // of an exposed resource, its newest version
  Respond respond;

  const std::string& parameter(std::string_view name) const;  // asserts that the pattern has it
  std::string_view path() const;                              // the target without its query
  void answer(Response response) const { respond(std::move(response)); }
  void answer(int status, const expression::Value& body) const;
  void fail(const Problem& problem) const { respond(to_response(problem, path())); }
  void fail(const engine::EngineError& error, std::string_view prefix = {}) const;
};
using ExchangePointer = std::shared_ptr<Exchange>;

struct Services {
  Backend& backend;
  const Platform& platform;
  Worker& worker;
};

enum class BodyKind : std::uint8_t { none, json, json_or_none, yaml };

struct Route {
  std::string_view method;
  // Segments; `{name}` takes one, `{name...}` one or more.
  std::string_view pattern;
  void (*run)(const Services&, const ExchangePointer&);
  BodyKind body = BodyKind::none;
  // Allowed parameters: "limit"; "state+" may be repeated; "attribute.*" is a prefix.
  std::vector<std::string_view> query = {};
  std::string_view gives = "application/json";
};

// Those that are always there, and those below the path of an exposed workflow (their patterns
// begin after it).
const std::vector<Route>& fixed_routes();
const std::vector<Route>& exposed_routes();

// The newest version of each workflow that has `expose`.
std::vector<core::DefinitionPointer> exposed_definitions(const Backend& backend);

}  // namespace sagaloom::http
