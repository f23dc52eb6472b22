#include "runtime/http/start.h"

#include <utility>

#include "runtime/document/digest.h"
#include "runtime/document/json.h"
#include "runtime/http/checks.h"
#include "runtime/http/json_text.h"
#include "runtime/http/presentation.h"

namespace sagaloom::http {
namespace {

using engine::Answer;
using engine::EngineError;
using engine::SagaView;
using engine::StartReply;

struct Started {
  StartReply reply;
  core::Duration wait{0};
  bool preferred = false;  // the client asked for the wait
};

std::string location(const Exchange& exchange, const SagaView& view) {
  if (exchange.exposed) {
    return exchange.exposed->expose->path + "/" + percent_encode(view.saga.head.identity);
  }
  return "/api/v1/sagas/" + core::to_string(view.saga.id);
}

void answer_started(const Exchange& exchange, const Started& started, const SagaView& view) {
  const bool waited = started.wait.count() > 0;
  const bool done = waited && has_ended(view);
  const int status = done || started.reply.replayed ? 200 : 202;
  auto response = json_response(status, represent(exchange, view, waited));
  response.headers.emplace_back("Location", location(exchange, view));
  if (started.reply.replayed) response.headers.emplace_back("Idempotent-Replayed", "true");
  if (done && started.preferred) {
    response.headers.emplace_back("Preference-Applied",
                                  "wait=" + std::to_string(started.wait.count() / 1000));
  }
  exchange.answer(std::move(response));
}

// The saga is durable, but cannot be shown now: still an acceptance.
void answer_unseen(const Exchange& exchange, const Started& started) {
  const auto id = core::to_string(started.reply.id);
  auto response = json_response(202, Object().set("id", expression::Value(id)).take());
  response.headers.emplace_back("Location", "/api/v1/sagas/" + id);
  exchange.answer(std::move(response));
}

void show_started(const Services& services, const ExchangePointer& exchange, Started started) {
  const auto id = started.reply.id;
  const auto wait = started.wait;
  auto done = [exchange, started](Answer<SagaView> answer) {
    if (const auto* view = std::get_if<SagaView>(&answer)) {
      return answer_started(*exchange, started, *view);
    }
    answer_unseen(*exchange, started);
  };
  if (wait.count() > 0) return services.backend.wait(id, wait, std::move(done));
  services.backend.get(id, std::move(done));
}

}  // namespace

expression::Value represent(const Exchange& exchange, const SagaView& view, bool full) {
  if (exchange.exposed) return present_resource(view, *exchange.exposed->expose);
  return present_saga(view, full ? Detail::full : Detail::summary);
}

void start_saga(const Services& services, const ExchangePointer& exchange, StartPlan plan) {
  auto& submission = plan.request.submission;
  if (auto problem = read_idempotency_key(exchange->request, submission.header)) {
    return exchange->fail(*problem);
  }
  submission.fingerprint = document::hex(document::sha256(document::canonical(submission.input)));
  Started started;
  const auto wait = preferred_wait(exchange->request);
  started.wait = wait ? core::Duration(*wait) : plan.default_wait;
  started.preferred = wait.has_value();
  auto done = [&services, exchange, started,
               prefix = plan.pointer_prefix](Answer<StartReply> answer) mutable {
    if (const auto* error = std::get_if<EngineError>(&answer)) {
      return exchange->fail(*error, prefix);
    }
    started.reply = std::get<StartReply>(answer);
    show_started(services, exchange, started);
  };
  services.backend.start(std::move(plan.request), std::move(done));
}

}  // namespace sagaloom::http
