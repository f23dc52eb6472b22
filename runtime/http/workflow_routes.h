// The registered workflows, and registering one (through the program's callback, on the worker).
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

void list_workflows(const Services& services, const ExchangePointer& exchange);
void get_workflow(const Services& services, const ExchangePointer& exchange);
void register_workflow(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
