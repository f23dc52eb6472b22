// Cancel, retry and resolve: the bodies they take and the answers they give.
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

// nullopt: the text is no UUID, and the exchange was answered saga_unknown.
std::optional<core::SagaId> saga_id_of(const Exchange& exchange);

// The operator's: {reason, by?}.
void cancel_saga(const Services& services, const ExchangePointer& exchange);
// {input?, reason, by?}; the path of the step is a parameter.
void retry_step(const Services& services, const ExchangePointer& exchange);
// {output, undo?: "manual", reason, by?}
void resolve_step(const Services& services, const ExchangePointer& exchange);

// The customer's, of the saga behind an exposed resource: {reason?}.
void cancel_resource(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
