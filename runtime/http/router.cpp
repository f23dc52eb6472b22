#include "runtime/http/router.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include "runtime/http/checks.h"

namespace sagaloom::http {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::string_view> split(std::string_view pattern) {
  std::vector<std::string_view> segments;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const auto end = std::min(pattern.find('/'), pattern.size());
    segments.push_back(pattern.substr(0, end));
    pattern.remove_prefix(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}
bool is_greedy(std::string_view segment) {
  return segment.ends_with("...}");
}

std::string_view name_of(std::string_view segment) {
  segment.remove_prefix(1);
  segment.remove_suffix(is_greedy(segment) ? 4 : 1);
  return segment;
}

std::string joined(const std::vector<std::string>& segments, std::size_t from, std::size_t count) {
  std::string text = segments[from];
  for (std::size_t i = 1; i < count; ++i) text += "/" + segments[from + i];
  return text;
}

using Parameters = std::vector<std::pair<std::string_view, std::string>>;

// The path's segments from `skip` on against a pattern; nullopt: they differ.
std::optional<Parameters> fit(const std::vector<std::string_view>& pattern,
                              const std::vector<std::string>& path, std::size_t skip) {
  const std::size_t given = path.size() - skip;
  const bool greedy = std::any_of(pattern.begin(), pattern.end(), is_greedy);
  if (greedy ? given < pattern.size() : given != pattern.size()) return std::nullopt;
  Parameters parameters;
  std::size_t at = skip;
  for (const auto segment : pattern) {
    const std::size_t count = is_greedy(segment) ? given - pattern.size() + 1 : 1;
    if (!is_parameter(segment) && path[at] != segment) return std::nullopt;
    if (is_parameter(segment)) parameters.emplace_back(name_of(segment), joined(path, at, count));
    at += count;
  }
  return parameters;
}

bool begins_with(const std::vector<std::string>& path, const std::vector<std::string_view>& start) {
  return path.size() >= start.size() && std::equal(start.begin(), start.end(), path.begin());
}

Problem method_not_allowed(const std::vector<std::string_view>& allowed) {
  std::string list;
  for (const auto method : allowed) {
    list += (list.empty() ? "" : ", ") + std::string(method);
    if (method == "GET") list += ", HEAD";
  }
  auto problem = problem_of("method.not_allowed", "Allowed here: " + list);
  problem.headers.emplace_back("Allow", list);
  return problem;
}

// Tells the platform of each answer.
Respond observed(const Platform& platform, std::string route, Respond respond) {
  return [&platform, route = std::move(route), begin = Clock::now(),
          respond = std::move(respond)](Response response) {
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    platform.answered(route, response.status, seconds.count());
    respond(std::move(response));
  };
}

}  // namespace

Router::Router(std::shared_ptr<Backend> backend, Platform platform)
    : backend_(std::move(backend)),
      platform_(std::move(platform)),
      worker_(16),
      services_{*backend_, platform_, worker_},
      fixed_(compile(fixed_routes())),
      exposed_(compile(exposed_routes())) {}

std::vector<Router::Compiled> Router::compile(const std::vector<Route>& routes) {
  std::vector<Compiled> compiled;
  for (const auto& route : routes) compiled.push_back({&route, split(route.pattern)});
  return compiled;
}

void Router::match(const std::vector<Compiled>& routes, std::size_t skip, Exchange& exchange,
                   Found& found) {
  std::string_view method = exchange.request.method;
  if (method == "HEAD") method = "GET";
  for (const auto& [route, pattern] : routes) {
    auto parameters = fit(pattern, exchange.target.segments, skip);
    if (!parameters) continue;
    found.path_known = true;
    found.allowed.push_back(route->method);
    if (route->method != method || found.route) continue;
    found.route = route;
    exchange.parameters = std::move(*parameters);
  }
}

Router::Found Router::find(Exchange& exchange) const {
  Found found;
  match(fixed_, 0, exchange, found);
  if (!found.path_known) find_exposed(exchange, found);
  return found;
}

void Router::find_exposed(Exchange& exchange, Found& found) const {
  for (auto& definition : exposed_definitions(services_.backend)) {
    const auto base = split(definition->expose->path);
    if (!begins_with(exchange.target.segments, base)) continue;
    match(exposed_, base.size(), exchange, found);
    if (!found.path_known) continue;
    exchange.exposed = std::move(definition);
    return;
  }
}

void Router::run(const Found& found, const ExchangePointer& exchange) {
  if (platform_.answered) {
    const auto base = exchange->exposed ? exchange->exposed->expose->path : std::string();
    const auto pattern = found.route ? found.route->pattern : std::string_view();
    exchange->respond =
        observed(platform_, base + std::string(pattern), std::move(exchange->respond));
  }
  if (!found.path_known) {
    return exchange->fail(problem_of("route.unknown", "No route matches this path."));
  }
  if (!found.route) return exchange->fail(method_not_allowed(found.allowed));
  if (auto problem = check_request(*found.route, *exchange)) return exchange->fail(*problem);
  found.route->run(services_, exchange);
}

void Router::handle(Request request, Respond respond) {
  const auto exchange = std::make_shared<Exchange>();
  exchange->router = shared_from_this();
  exchange->request = std::move(request);
  exchange->respond = std::move(respond);
  auto target = parse_target(exchange->request.target);
  if (!target) {
    auto problem = problem_of(target.error().code, target.error().message);
    problem.close = true;
    return exchange->fail(problem);
  }
  exchange->target = std::move(*target);
  try {
    run(find(*exchange), exchange);
  } catch (const std::exception&) {
    exchange->fail(problem_of("internal", "An exception reached the router."));
  }
}

}  // namespace sagaloom::http
