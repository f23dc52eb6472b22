#include "runtime/http/checks.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "runtime/document/json.h"

namespace sagaloom::http {
namespace {

using expression::Value;
using Check = std::optional<Problem>;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Calls `visit` with each trimmed item of a comma-separated list.
template <typename Visit>
void each_item(std::string_view list, char separator, Visit visit) {
  while (!list.empty()) {
    const auto end = std::min(list.find(separator), list.size());
    visit(trimmed(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t k = 0; k < b.size(); ++k) {
      const std::size_t change = diagonal + (a[i] == b[k] ? 0 : 1);
      diagonal = row[k + 1];
      row[k + 1] = std::min({change, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row.back();
}

// ---------------------------------------------------------------- query

bool fits(std::string_view allowed, std::string_view name) {
  if (allowed.ends_with('*')) {
    allowed.remove_suffix(1);
    return name.size() > allowed.size() && name.starts_with(allowed);
  }
  if (allowed.ends_with('+')) allowed.remove_suffix(1);
  return allowed == name;
}

std::string known_names(const std::vector<std::string_view>& allowed) {
  if (allowed.empty()) return "; there are none here";
  std::string text = "; known are";
  for (const auto name : allowed) text += " " + std::string(name.substr(0, name.find('+')));
  return text;
}

Check check_query(const Route& route, const Target& target) {
  std::vector<std::string_view> seen;
  for (const auto& [name, value] : target.query) {
    const auto allowed =
        std::find_if(route.query.begin(), route.query.end(),
                     [&, n = std::string_view(name)](auto a) { return fits(a, n); });
    if (allowed == route.query.end()) {
      return problem_of("query.unknown", "`" + name.substr(0, 64) + "` is not known" +
                                             suggestion(name, route.query) +
                                             known_names(route.query));
    }
    const bool again = std::find(seen.begin(), seen.end(), name) != seen.end();
    if (again && !allowed->ends_with('+')) {
      return problem_of("query.invalid", "`" + name + "` stands twice");
    }
    seen.push_back(name);
  }
  return std::nullopt;
}

// ---------------------------------------------------------------- media types

bool zero_quality(std::string_view parameters) {
  bool zero = false;
  each_item(parameters, ';', [&](std::string_view item) {
    if (item.starts_with("q=0")) zero = item.find_first_not_of("0.", 2) == std::string_view::npos;
  });
  return zero;
}

bool range_fits(std::string_view range, std::string_view type) {
  if (range == "*/*" || equal_ignoring_case(range, type)) return true;
  return range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1));
}

Check check_accept(const Route& route, const Request& request) {
  const auto* accept = request.header("Accept");
  if (!accept || trimmed(*accept).empty()) return std::nullopt;
  bool good = false;
  each_item(*accept, ',', [&](std::string_view item) {
    const auto end = std::min(item.find(';'), item.size());
    const auto range = trimmed(item.substr(0, end));
    good = good || (range_fits(range, route.gives) && !zero_quality(item.substr(end)));
  });
  if (good) return std::nullopt;
  return problem_of("not_acceptable", "This route gives " + std::string(route.gives) + ".");
}

std::string_view media_type(const Request& request) {
  const auto* type = request.header("Content-Type");
  return type ? trimmed(std::string_view(*type).substr(0, type->find(';'))) : std::string_view{};
}

bool is_json(std::string_view type) {
  return equal_ignoring_case(type, "application/json");
}

bool is_yaml(std::string_view type) {
  static constexpr std::string_view names[] = {"application/yaml", "application/x-yaml",
                                               "text/yaml", "text/x-yaml"};
  return std::any_of(std::begin(names), std::end(names),
                     [&](auto name) { return equal_ignoring_case(type, name); });
}

// ---------------------------------------------------------------- body

Check parse_body(Exchange& exchange) {
  auto parsed = document::parse(exchange.request.body);
  if (parsed) {
    exchange.body = std::move(*parsed);
    return std::nullopt;
  }
  const auto& error = parsed.error();
  Problem problem =
      problem_of(find_problem(error.code) ? error.code : "json.malformed", error.message);
  if (!error.pointer.empty())
    problem.errors.push_back({error.pointer, problem.code, error.message});
  return problem;
}

Check check_media_type(const Route& route, const Request& request) {
  const auto type = media_type(request);
  if (route.body == BodyKind::yaml ? is_yaml(type) : is_json(type)) return std::nullopt;
  return problem_of("body.media_type",
                    type.empty() ? "Content-Type is missing."
                                 : "`" + std::string(type.substr(0, 64)) + "` is not accepted.");
}

Check check_body(const Route& route, Exchange& exchange) {
  const bool empty = exchange.request.body.empty();
  if (route.body == BodyKind::none) {
    if (empty) return std::nullopt;
    return problem_of("body.unexpected", "A body came with this request.");
  }
  if (route.body == BodyKind::json_or_none && empty) return std::nullopt;
  if (const auto* encoding = exchange.request.header("Content-Encoding");
      encoding && !equal_ignoring_case(*encoding, "identity")) {
    return problem_of("body.encoding", "Content-Encoding: " + encoding->substr(0, 64));
  }
  if (auto problem = check_media_type(route, exchange.request)) return problem;
  return route.body == BodyKind::yaml ? std::nullopt : parse_body(exchange);
}

bool key_character(char c) {
  static constexpr std::string_view marks = "_.:-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         marks.find(c) != std::string_view::npos;
}

}  // namespace

std::optional<Problem> check_request(const Route& route, Exchange& exchange) {
  if (auto problem = check_query(route, exchange.target)) return problem;
  if (auto problem = check_accept(route, exchange.request)) return problem;
  return check_body(route, exchange);
}

std::optional<std::chrono::seconds> preferred_wait(const Request& request) {
  const auto* prefer = request.header("Prefer");
  if (!prefer) return std::nullopt;
  std::optional<std::chrono::seconds> wait;
  each_item(*prefer, ',', [&](std::string_view item) {
    if (equal_ignoring_case(item, "respond-async")) wait = std::chrono::seconds(0);
    if (item.size() < 6 || !equal_ignoring_case(item.substr(0, 5), "wait=")) return;
    item.remove_prefix(5);
    std::uint32_t seconds = 0;
    const auto [at, error] = std::from_chars(item.data(), item.data() + item.size(), seconds);
    if (error == std::errc{} && at == item.data() + item.size()) {
      wait = std::chrono::seconds(std::min(seconds, 60u));
    }
  });
  return wait;
}

std::optional<Problem> read_idempotency_key(const Request& request, std::string& key) {
  const auto* field = request.header("Idempotency-Key");
  if (!field) return std::nullopt;
  const bool good = request.count("Idempotency-Key") == 1 && !field->empty() &&
                    field->size() <= 128 &&
                    std::all_of(field->begin(), field->end(), key_character);
  if (!good) {
    return problem_of("idempotency_key_invalid",
                      "The key has " + std::to_string(field->size()) +
                          " bytes; allowed are 1 to 128 of A-Z a-z 0-9 _ . : - in one field.");
  }
  key = *field;
  return std::nullopt;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t least = 3;
  for (auto candidate : known) {
    candidate = candidate.substr(0, candidate.find_first_of("+*"));
    const auto distance = edit_distance(word.substr(0, 64), candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best.empty() ? "" : "; did you mean `" + std::string(best) + "`?";
}

// ---------------------------------------------------------------- BodyReader

BodyReader::BodyReader(const Value& body, std::vector<std::string_view> known) : body_(body) {
  if (body.is_null()) return;
  if (!body.is_map()) {
    errors_.push_back({"", "type", "the body must be a JSON object"});
    return;
  }
  for (const auto& [key, value] : body.members()) {
    const std::string_view name = key.string();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    refuse(name.substr(0, 64), "additionalProperties", "is not known" + suggestion(name, known));
  }
}

const Value* BodyReader::find(std::string_view name, bool required) {
  const Value* value = body_.find(name);
  if (!value && required) refuse(name, "required", "is missing");
  return value;
}

std::string BodyReader::text(std::string_view name, bool required, std::size_t max_bytes) {
  const Value* value = find(name, required);
  if (!value) return {};
  if (!value->is_string()) {
    refuse(name, "type", "must be text");
    return {};
  }
  const auto& text = value->string();
  const bool blank = text.find_first_not_of(" \t\r\n\v\f") == text.npos;
  if (required && blank) refuse(name, "minLength", "must not be empty");
  if (text.size() > max_bytes) {
    refuse(name, "maxLength", "has more than " + std::to_string(max_bytes) + " bytes");
  }
  return text;
}

std::optional<std::int64_t> BodyReader::integer(std::string_view name, std::int64_t min,
                                                std::int64_t max) {
  const Value* value = find(name, false);
  if (!value) return std::nullopt;
  if (!value->is_integer() || value->integer() < min || value->integer() > max) {
    refuse(name, "type",
           "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return value->integer();
}

std::optional<Value> BodyReader::object(std::string_view name) {
  const Value* value = find(name, false);
  if (!value) return std::nullopt;
  if (!value->is_map()) refuse(name, "type", "must be an object");
  return *value;
}

std::optional<Value> BodyReader::any(std::string_view name, bool required) {
  const Value* value = find(name, required);
  return value ? std::optional<Value>(*value) : std::nullopt;
}

void BodyReader::refuse(std::string_view name, std::string code, std::string detail) {
  std::string pointer = "/";
  for (const char c : name) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  errors_.push_back(
      {std::move(pointer), std::move(code), "`" + std::string(name) + "` " + std::move(detail)});
}

std::optional<Problem> BodyReader::problem() const {
  if (errors_.empty()) return std::nullopt;
  auto problem = problem_of("request.invalid", errors_.front().detail);
  problem.errors = errors_;
  return problem;
}

}  // namespace sagaloom::http
