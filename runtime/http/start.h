// Starting a saga over REST, the same for `POST /api/v1/sagas` and for exposed resources: key,
// fingerprint, `Prefer: wait`, the shape of the answers (architecture.md: identity).
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

struct StartPlan {
  engine::StartRequest request;     // without header and fingerprint, which are filled in here
  core::Duration default_wait{0};   // when the client says nothing
  std::string_view pointer_prefix;  // where the input stands in the body: "/input" or ""
};

// Answers 202 with Location; 200 when the saga has ended within the wait or existed already.
// Errors: idempotency_key_invalid, and what the engine refuses.
void start_saga(const Services& services, const ExchangePointer& exchange, StartPlan plan);

// The saga as this exchange shows it: the exposed resource, or the saga itself.
expression::Value represent(const Exchange& exchange, const engine::SagaView& view, bool full);

}  // namespace sagaloom::http
