#include "runtime/http/verbs.h"

#include "runtime/http/checks.h"
#include "runtime/http/presentation.h"

namespace sagaloom::http {
namespace {

using core::EventKind;
using engine::Answer;
using engine::EngineError;
using engine::SagaView;
using engine::VerbRequest;

void send_verb(const Services& services, const ExchangePointer& exchange, core::SagaId id,
               VerbRequest request) {
  const bool cancel =
      request.verb == EventKind::cancel_customer || request.verb == EventKind::cancel_operator;
  auto done = [exchange, id, cancel](Answer<SagaView> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) {
      auto problem = to_problem(*error);
      problem.saga_id = core::to_string(id);
      return exchange->fail(problem);
    }
    const auto& view = std::get<SagaView>(answer);
    if (cancel) return exchange->answer(202, present_cancel(view));
    exchange->answer(200, present_saga(view, Detail::full));
  };
  services.backend.verb(id, std::move(request), std::move(done));
}

void send_operator_verb(const Services& services, const ExchangePointer& exchange,
                        const BodyReader& reader, VerbRequest request) {
  if (const auto problem = reader.problem()) return exchange->fail(*problem);
  const auto id = saga_id_of(*exchange);
  if (id) send_verb(services, exchange, *id, std::move(request));
}

// Verbs that need nothing but a reason: {reason, by?}.
void plain_verb(const Services& services, const ExchangePointer& exchange, EventKind verb,
                core::Path path) {
  BodyReader reader(exchange->body, {"reason", "by"});
  VerbRequest request;
  request.verb = verb;
  request.path = std::move(path);
  read_author(reader, request);
  send_operator_verb(services, exchange, reader, std::move(request));
}

}  // namespace

void read_author(BodyReader& reader, VerbRequest& request) {
  request.reason = reader.text("reason", true);
  request.by = reader.text("by", false, 128);
  if (request.by.empty()) request.by = "operator";
}

std::optional<core::SagaId> saga_id_of(const Exchange& exchange) {
  const auto id = core::parse_saga_id(exchange.parameter("id"));
  if (!id) {
    exchange.fail(problem_of("saga_unknown", "`" + exchange.parameter("id").substr(0, 64) +
                                                 "` is not a saga's id (a UUID)."));
  }
  return id;
}

void cancel_saga(const Services& services, const ExchangePointer& exchange) {
  plain_verb(services, exchange, EventKind::cancel_operator, {});
}

void suspend_saga(const Services& services, const ExchangePointer& exchange) {
  plain_verb(services, exchange, EventKind::suspend, {});
}

void resume_saga(const Services& services, const ExchangePointer& exchange) {
  plain_verb(services, exchange, EventKind::resume, {});
}

void abort_step(const Services& services, const ExchangePointer& exchange) {
  plain_verb(services, exchange, EventKind::abort_step, exchange->parameter("path"));
}

void skip_undo(const Services& services, const ExchangePointer& exchange) {
  plain_verb(services, exchange, EventKind::skip_undo, exchange->parameter("path"));
}

void retry_step(const Services& services, const ExchangePointer& exchange) {
  BodyReader reader(exchange->body, {"input", "reason", "by"});
  VerbRequest request;
  request.verb = EventKind::retry;
  request.path = exchange->parameter("path");
  request.input = reader.any("input", false);
  read_author(reader, request);
  send_operator_verb(services, exchange, reader, std::move(request));
}

void resolve_step(const Services& services, const ExchangePointer& exchange) {
  BodyReader reader(exchange->body, {"output", "undo", "reason", "by"});
  VerbRequest request;
  request.verb = EventKind::resolve;
  request.path = exchange->parameter("path");
  request.output = reader.any("output", true);
  const auto undo = reader.text("undo", false, 16);
  request.manual_undo = undo == "manual";
  if (!undo.empty() && undo != "manual") reader.refuse("undo", "enum", "must be `manual`");
  read_author(reader, request);
  send_operator_verb(services, exchange, reader, std::move(request));
}

void cancel_resource(const Services& services, const ExchangePointer& exchange) {
  BodyReader reader(exchange->body, {"reason"});
  VerbRequest request;
  request.verb = EventKind::cancel_customer;
  request.by = "customer";
  request.reason = reader.text("reason", false);
  if (const auto problem = reader.problem()) return exchange->fail(*problem);
  auto done = [&services, exchange, request](Answer<SagaView> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    send_verb(services, exchange, std::get<SagaView>(answer).saga.id, request);
  };
  services.backend.find(exchange->exposed->name, exchange->parameter("id"), std::move(done));
}

}  // namespace sagaloom::http
