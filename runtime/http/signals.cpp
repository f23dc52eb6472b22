#include "runtime/http/signals.h"

#include <algorithm>

#include "runtime/document/digest.h"
#include "runtime/document/json.h"
#include "runtime/http/checks.h"
#include "runtime/http/json_text.h"
#include "runtime/http/presentation.h"
#include "runtime/http/verbs.h"

namespace sagaloom::http {
namespace {

using engine::Answer;
using engine::EngineError;
using engine::SagaView;
using expression::Value;
using Names = std::vector<std::string_view>;

// ---------------------------------------------------------------- the signals of a workflow

void collect(const core::Wait& wait, Names& names) {
  if (wait.kind == core::Wait::For::signal) names.push_back(wait.name);
  for (const auto& member : wait.any) collect(member.wait, names);
}

void collect(const core::StepList& list, Names& names) {
  for (const auto& step : list) {
    if (const auto* wait = std::get_if<core::Wait>(&step.kind)) collect(*wait, names);
    const auto* call = step.call();
    if (call && call->await) collect(*call->await, names);
    for (const auto* inside : core::lists_inside(step)) collect(*inside, names);
  }
}

// A mistyped name would be kept for ever: nullopt when the saga's definition waits for it.
std::optional<Problem> check_name(const SagaView& view, const std::string& name) {
  if (!view.definition) return std::nullopt;
  Names names;
  collect(view.definition->steps, names);
  if (std::find(names.begin(), names.end(), name) != names.end()) return std::nullopt;
  return problem_of("signal.unknown", "`" + view.definition->name + "` version " +
                                          std::to_string(view.definition->version) +
                                          " waits for no signal `" + name.substr(0, 64) + "`" +
                                          suggestion(name, names));
}

// ---------------------------------------------------------------- sending

// Who sends, and the key under which it may be sent again.
struct Sender {
  std::string by;
  engine::RequestKey once;
};

// `what` is the rest of what the request says, beside its body. nullopt: the exchange was answered.
std::optional<Sender> sender_of(const Exchange& exchange, const std::string& what) {
  Sender sender;
  if (const auto* by = exchange.target.query_value("by")) sender.by = *by;
  if (sender.by.size() > 128) {
    exchange.fail(problem_of("query.invalid", "`by` has more than 128 bytes"));
    return std::nullopt;
  }
  if (const auto problem = read_idempotency_key(exchange.request, sender.once.key)) {
    exchange.fail(*problem);
    return std::nullopt;
  }
  if (sender.once.key.empty()) return sender;
  const auto said = Value::list({Value(what), exchange.body});
  sender.once.fingerprint = document::hex(document::sha256(document::canonical(said)));
  return sender;
}

void fail_about(const Exchange& exchange, const EngineError& error, const core::SagaId& id) {
  auto problem = to_problem(error);
  problem.saga_id = core::to_string(id);
  exchange.fail(problem);
}

void answer_signal(const Exchange& exchange, const SagaView& view) {
  Object body;
  body.set("signal", Value(exchange.parameter("signal")));
  body.set("id", Value(core::to_string(view.saga.id)));
  body.set("state", Value(core::state_name(view.saga)));
  exchange.answer(202, body.set_text("status", view.saga.head.status).take());
}

// Sends the exchange's body as a signal to the saga that was found.
engine::Completion<SagaView> signal_to_found(const Services& services,
                                             const ExchangePointer& exchange, Sender sender) {
  return [&services, exchange, sender = std::move(sender)](Answer<SagaView> found) {
    if (const auto* error = std::get_if<EngineError>(&found)) return exchange->fail(*error);
    const auto& view = std::get<SagaView>(found);
    const auto& name = exchange->parameter("signal");
    if (const auto problem = check_name(view, name)) return exchange->fail(*problem);
    auto done = [exchange, id = view.saga.id](Answer<SagaView> answer) {
      if (const auto* error = std::get_if<EngineError>(&answer)) {
        return fail_about(*exchange, *error, id);
      }
      answer_signal(*exchange, std::get<SagaView>(answer));
    };
    const bool bare = exchange->request.body.empty();
    services.backend.signal(
        view.saga.id,
        {name, bare ? Value(expression::Map{}) : exchange->body, sender.by, sender.once},
        std::move(done));
  };
}

// The core says of a broken form only the first violation: all of them, with their pointers.
void fail_broken(const Services& services, const ExchangePointer& exchange, const core::SagaId& id,
                 EngineError refusal) {
  auto done = [exchange, id, refusal = std::move(refusal)](Answer<SagaView> found) {
    auto error = refusal;
    if (const auto* view = std::get_if<SagaView>(&found)) {
      const auto form = form_of_task(*view, exchange->parameter("path"));
      if (form) error.violations = form->validate(exchange->body);
    }
    fail_about(*exchange, error, id);
  };
  services.backend.get(id, std::move(done));
}

}  // namespace

void send_signal(const Services& services, const ExchangePointer& exchange) {
  const auto id = saga_id_of(*exchange);
  if (!id) return;
  auto sender = sender_of(*exchange, "signal " + exchange->parameter("signal"));
  if (sender) services.backend.get(*id, signal_to_found(services, exchange, std::move(*sender)));
}

void send_signal_by_identity(const Services& services, const ExchangePointer& exchange) {
  auto sender = sender_of(*exchange, "signal " + exchange->parameter("signal"));
  if (!sender) return;
  services.backend.find(exchange->parameter("workflow"), exchange->parameter("identity"),
                        signal_to_found(services, exchange, std::move(*sender)));
}

void answer_task(const Services& services, const ExchangePointer& exchange) {
  const auto id = saga_id_of(*exchange);
  if (!id) return;
  const auto& path = exchange->parameter("path");
  auto sender = sender_of(*exchange, "answer " + path);
  if (!sender) return;
  auto done = [&services, exchange, id = *id](Answer<SagaView> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) {
      const bool broken = error->code == "input.invalid" && error->violations.empty();
      return broken ? fail_broken(services, exchange, id, *error)
                    : fail_about(*exchange, *error, id);
    }
    exchange->answer(200, present_saga(std::get<SagaView>(answer), Detail::full));
  };
  services.backend.answer_task(
      *id, {path, exchange->body, std::move(sender->by), std::move(sender->once)}, std::move(done));
}

}  // namespace sagaloom::http
