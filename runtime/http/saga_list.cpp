#include "runtime/http/saga_list.h"

#include <algorithm>
#include <charconv>

#include "runtime/document/digest.h"
#include "runtime/document/json.h"
#include "runtime/expression/time.h"
#include "runtime/http/checks.h"
#include "runtime/http/json_text.h"
#include "runtime/http/presentation.h"

namespace sagaloom::http {
namespace {

using engine::SagaFilter;
using expression::Error;
using expression::Result;
using expression::Value;

constexpr std::string_view attribute_prefix = "attribute.";

Error invalid(std::string message) {
  return Error{"query.invalid", std::move(message), "", Error::npos};
}

// ---------------------------------------------------------------- filters

std::optional<Error> add_state(SagaFilter& filter, std::string state) {
  std::transform(state.begin(), state.end(), state.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto& known = state_names();
  if (std::find(known.begin(), known.end(), state) == known.end()) {
    return invalid("`" + state.substr(0, 64) + "` is no state" + suggestion(state, known));
  }
  filter.states.push_back(std::move(state));
  return std::nullopt;
}

std::optional<Error> set_time(core::Time& field, const std::string& name, const std::string& text) {
  const auto time = expression::parse_timestamp(text);
  if (!time) return invalid("`" + name + "` must be a time like 2026-02-28T12:00:00Z");
  field = core::Time(std::chrono::seconds(time->seconds) +
                     std::chrono::milliseconds(time->nanos / 1'000'000));
  return std::nullopt;
}

std::optional<Error> set_live(SagaFilter& filter, const std::string& text) {
  if (text != "true" && text != "false") return invalid("`live` must be `true` or `false`");
  filter.live = text == "true";
  return std::nullopt;
}

std::optional<Error> set_attribute(SagaFilter& filter, const std::string& name,
                                   const std::string& value) {
  if (filter.attribute) return invalid("only one attribute can be filtered by");
  filter.attribute.emplace(name.substr(attribute_prefix.size()), value);
  return std::nullopt;
}

std::optional<Error> set_filter(SagaFilter& filter, const std::string& name,
                                const std::string& value) {
  if (value.size() > 1024)
    return invalid("`" + name.substr(0, 64) + "` is longer than 1,024 bytes");
  if (name.starts_with(attribute_prefix)) return set_attribute(filter, name, value);
  if (name == "state") return add_state(filter, value);
  if (name == "live") return set_live(filter, value);
  if (name == "created_after") return set_time(filter.created_after, name, value);
  if (name == "created_before") return set_time(filter.created_before, name, value);
  if (name == "workflow") filter.workflow = value;
  if (name == "identity") filter.identity = value;
  if (name == "status") filter.status = value;
  return std::nullopt;
}

// ---------------------------------------------------------------- cursors

constexpr std::size_t hash_digits = 12;

std::string hash_of(const SagaFilter& filter) {
  expression::List parts;
  const auto add = [&](const std::optional<std::string>& part) {
    parts.push_back(part ? Value(*part) : Value());
  };
  add(filter.workflow);
  add(filter.identity);
  add(filter.status);
  auto states = filter.states;
  std::sort(states.begin(), states.end());
  for (auto& state : states) parts.push_back(Value(std::move(state)));
  parts.push_back(filter.live ? Value(*filter.live) : Value());
  add(filter.attribute ? std::optional(filter.attribute->first) : std::nullopt);
  add(filter.attribute ? std::optional(filter.attribute->second) : std::nullopt);
  parts.push_back(time_value(filter.created_after));
  parts.push_back(time_value(filter.created_before));
  const auto digest = document::sha256(document::canonical(Value(std::move(parts))));
  return document::hex(digest).substr(0, hash_digits);
}

std::string next_link(const Exchange& exchange, const std::string& cursor) {
  std::string link = "<" + std::string(exchange.path()) + "?";
  for (const auto& [name, value] : exchange.target.query) {
    if (name != "cursor") link += percent_encode(name) + "=" + percent_encode(value) + "&";
  }
  return link + "cursor=" + cursor + ">; rel=\"next\"";
}

void answer_page(const Exchange& exchange, const SagaFilter& filter, const engine::SagaPage& page) {
  expression::List items;
  for (const auto& summary : page.items) items.push_back(present_summary(summary));
  Object body;
  body.set("items", Value(std::move(items)));
  const auto cursor = page.next ? write_cursor(filter, *page.next) : "";
  body.set("next_cursor", page.next ? Value(cursor) : Value());
  auto response = json_response(200, body.take());
  if (page.next) response.headers.emplace_back("Link", next_link(exchange, cursor));
  exchange.answer(std::move(response));
}

}  // namespace

Result<std::int64_t> read_number(const Target& target, std::string_view name,
                                 std::int64_t otherwise, std::int64_t min, std::int64_t max) {
  const auto* text = target.query_value(name);
  if (!text) return otherwise;
  std::int64_t number = 0;
  const auto end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || at != end || number < min || number > max) {
    return invalid("`" + std::string(name) + "` must be a number from " + std::to_string(min) +
                   " to " + std::to_string(max));
  }
  return number;
}

Result<SagaFilter> read_filter(const Target& target) {
  SagaFilter filter;
  for (const auto& [name, value] : target.query) {
    if (auto error = set_filter(filter, name, value)) return std::move(*error);
  }
  const auto limit = read_number(target, "limit", 50, 1, 500);
  if (!limit) return limit.error();
  filter.limit = static_cast<std::size_t>(*limit);
  if (const auto* cursor = target.query_value("cursor")) {
    filter.before = read_cursor(filter, *cursor);
    if (!filter.before) {
      return Error{"cursor.invalid", "This is no cursor of a list with these filters.", "",
                   Error::npos};
    }
  }
  return filter;
}

std::string write_cursor(const SagaFilter& filter, const core::SagaId& last) {
  auto id = core::to_string(last);
  std::erase(id, '-');
  return hash_of(filter) + id;
}

std::optional<core::SagaId> read_cursor(const SagaFilter& filter, std::string_view cursor) {
  if (cursor.size() != hash_digits + 32 || cursor.substr(0, hash_digits) != hash_of(filter)) {
    return std::nullopt;
  }
  std::string id(cursor.substr(hash_digits));
  for (const std::size_t at : {8u, 13u, 18u, 23u}) id.insert(at, 1, '-');
  return core::parse_saga_id(id);
}

void list_sagas(const Services& services, const ExchangePointer& exchange) {
  auto filter = read_filter(exchange->target);
  if (!filter) {
    return exchange->fail(problem_of(filter.error().code, filter.error().message));
  }
  auto done = [exchange, filter = *filter](engine::Answer<engine::SagaPage> answer) {
    if (const auto* error = std::get_if<engine::EngineError>(&answer))
      return exchange->fail(*error);
    answer_page(*exchange, filter, std::get<engine::SagaPage>(answer));
  };
  services.backend.list(*filter, std::move(done));
}

}  // namespace sagaloom::http
