#include "runtime/http/dead_letters.h"

#include <charconv>

#include "runtime/document/json.h"
#include "runtime/http/checks.h"
#include "runtime/http/json_text.h"
#include "runtime/http/saga_list.h"
#include "runtime/http/verbs.h"

namespace sagaloom::http {
namespace {

using engine::Answer;
using engine::DeadLetterName;
using engine::EngineError;
using expression::Value;

// Takes digits and the separator behind them off the text.
template <typename T>
bool take_number(std::string_view& text, T& number, bool last) {
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || text.starts_with('-')) return false;
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  if (last) return text.empty();
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

Value present_letter(const engine::DeadLetter& letter) {
  Object object;
  object.set("id", Value(dead_letter_id(letter.name))).set("reason", Value(letter.reason));
  object.set_text("workflow", letter.workflow);
  if (letter.content) {
    object.set("content", *letter.content);
  } else if (document::valid_utf8(letter.data)) {
    object.set_text("data", letter.data);
  } else {
    object.set("bytes", Value(static_cast<std::int64_t>(letter.data.size())));
  }
  return object.take();
}

template <typename Page, typename Present>
void answer_page(const Exchange& exchange, const Page& page, Present present) {
  expression::List items;
  for (const auto& letter : page.items) items.push_back(present(letter));
  Object body;
  body.set("items", Value(std::move(items)));
  body.set("next_cursor", page.next ? Value(dead_letter_id(*page.next)) : Value());
  exchange.answer(200, body.take());
}

expression::Result<engine::DeadLetterFilter> read_letter_filter(const Target& target) {
  const auto limit = read_number(target, "limit", 50, 1, 500);
  if (!limit) return limit.error();
  engine::DeadLetterFilter filter;
  filter.limit = static_cast<std::size_t>(*limit);
  if (const auto* workflow = target.query_value("workflow")) filter.workflow = *workflow;
  if (const auto* reason = target.query_value("reason")) filter.reason = *reason;
  if (const auto* cursor = target.query_value("cursor")) {
    filter.after = parse_dead_letter_id(*cursor);
    if (!filter.after) {
      return expression::Error{"cursor.invalid", "This is no cursor of this list.", "",
                               expression::Error::npos};
    }
  }
  return filter;
}

// nullopt: the exchange was answered.
std::optional<DeadLetterName> name_of(const Exchange& exchange) {
  const auto& id = exchange.parameter("id");
  auto name = parse_dead_letter_id(id);
  if (!name) {
    exchange.fail(
        problem_of("dead_letter.unknown", "`" + id.substr(0, 64) + "` is no dead letter's id."));
  }
  return name;
}

Value present_settled(const engine::SettledLetter& letter) {
  Object object;
  object.set("id", Value(dead_letter_id(letter.name))).set("verb", Value(letter.verb));
  object.set("by", Value(letter.author.by)).set("reason", Value(letter.author.reason));
  object.set_time("at", letter.at).set("letter_reason", Value(letter.letter_reason));
  return object.set_text("workflow", letter.workflow).take();
}

engine::Completion<bool> say(const ExchangePointer& exchange, std::string_view what) {
  return [exchange, what](Answer<bool> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    Object body;
    body.set("id", Value(exchange->parameter("id"))).set(what, Value(true));
    exchange->answer(200, body.take());
  };
}

// {reason, by?}, as the verbs of a saga have it; nullopt: the exchange was answered.
std::optional<engine::Author> author_of(const Exchange& exchange) {
  BodyReader reader(exchange.body, {"reason", "by"});
  engine::VerbRequest read;
  read_author(reader, read);
  if (const auto problem = reader.problem()) {
    exchange.fail(*problem);
    return std::nullopt;
  }
  return engine::Author{std::move(read.by), std::move(read.reason)};
}

}  // namespace

std::string dead_letter_id(const DeadLetterName& name) {
  return std::to_string(name.shard) + "." + std::to_string(name.seq) + "." + std::to_string(name.n);
}

std::optional<DeadLetterName> parse_dead_letter_id(std::string_view id) {
  DeadLetterName name;
  const bool good = take_number(id, name.shard, false) && take_number(id, name.seq, false) &&
                    take_number(id, name.n, true);
  return good ? std::optional(name) : std::nullopt;
}

void list_dead_letters(const Services& services, const ExchangePointer& exchange) {
  auto filter = read_letter_filter(exchange->target);
  if (!filter) return exchange->fail(problem_of(filter.error().code, filter.error().message));
  auto done = [exchange](Answer<engine::DeadLetterPage> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    answer_page(*exchange, std::get<engine::DeadLetterPage>(answer), present_letter);
  };
  services.backend.dead_letters(std::move(*filter), std::move(done));
}

void list_settled_letters(const Services& services, const ExchangePointer& exchange) {
  auto filter = read_letter_filter(exchange->target);
  if (!filter) return exchange->fail(problem_of(filter.error().code, filter.error().message));
  auto done = [exchange](Answer<engine::SettledPage> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    answer_page(*exchange, std::get<engine::SettledPage>(answer), present_settled);
  };
  services.backend.settled_letters(std::move(*filter), std::move(done));
}

void replay_dead_letter(const Services& services, const ExchangePointer& exchange) {
  const auto name = name_of(*exchange);
  if (!name) return;
  auto author = author_of(*exchange);
  if (!author) return;
  services.backend.replay_dead_letter(*name, std::move(*author), say(exchange, "replayed"));
}

void discard_dead_letter(const Services& services, const ExchangePointer& exchange) {
  const auto name = name_of(*exchange);
  if (!name) return;
  auto author = author_of(*exchange);
  if (!author) return;
  services.backend.discard_dead_letter(*name, std::move(*author), say(exchange, "discarded"));
}

}  // namespace sagaloom::http
