// Operators' verbs and the customer's cancel: the bodies they take and the answers they give. Each
// brings a reason and a name, which the saga's history keeps.
#pragma once

#include "runtime/http/checks.h"
#include "runtime/http/exchange.h"

namespace sagaloom::http {

// nullopt: the text is no UUID, and the exchange was answered saga_unknown.
std::optional<core::SagaId> saga_id_of(const Exchange& exchange);

// `reason`, which is required, and `by`.
void read_author(BodyReader& reader, engine::VerbRequest& request);

// The operator's: {reason, by?}.
void cancel_saga(const Services& services, const ExchangePointer& exchange);
void suspend_saga(const Services& services, const ExchangePointer& exchange);
void resume_saga(const Services& services, const ExchangePointer& exchange);
// The same body; the path of the step is a parameter.
void abort_step(const Services& services, const ExchangePointer& exchange);
void skip_undo(const Services& services, const ExchangePointer& exchange);
// {input?, reason, by?}; the path of the step is a parameter.
void retry_step(const Services& services, const ExchangePointer& exchange);
// {output, undo?: "manual", reason, by?}
void resolve_step(const Services& services, const ExchangePointer& exchange);

// The customer's, of the saga behind an exposed resource: {reason?}.
void cancel_resource(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
