// What clients send to a running saga: signals and answers to tasks. The body is the signal's data
// or the answer itself; `?by=` says who sends it, and stands in the history.
//
// Threads: routes, from any io thread. Errors: signal.unknown, task.not_open, task.closed,
// input.invalid (an answer that breaks the form; pointers into the body), saga.ended.
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

// 202 once the signal is durable: {signal, id, state, status?}.
void send_signal(const Services& services, const ExchangePointer& exchange);
// The same, the saga being named by workflow and identity.
void send_signal_by_identity(const Services& services, const ExchangePointer& exchange);
// 200 with the saga.
void answer_task(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
