// Health, metrics, version, the errors' pages and the API's own description.
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

void get_metrics(const Services& services, const ExchangePointer& exchange);
void get_live(const Services& services, const ExchangePointer& exchange);
void get_ready(const Services& services, const ExchangePointer& exchange);
void get_version(const Services& services, const ExchangePointer& exchange);
void list_errors(const Services& services, const ExchangePointer& exchange);
void get_error(const Services& services, const ExchangePointer& exchange);
void get_openapi_json(const Services& services, const ExchangePointer& exchange);
void get_openapi_yaml(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
