// The list of sagas: filters from query parameters, opaque cursors.
//
// A cursor is the last id and a hash of the filters, so that it is refused beside other filters.
// Pure functions; list_sagas is the route.
#pragma once

#include <optional>
#include <string>

#include "runtime/expression/result.h"
#include "runtime/http/exchange.h"

namespace sagaloom::http {

// Errors: query.invalid, cursor.invalid.
expression::Result<engine::SagaFilter> read_filter(const Target& target);

std::string write_cursor(const engine::SagaFilter& filter, const core::SagaId& last);
// nullopt: not a cursor of this filter.
std::optional<core::SagaId> read_cursor(const engine::SagaFilter& filter, std::string_view cursor);

void list_sagas(const Services& services, const ExchangePointer& exchange);

// A whole number within the range; Error: query.invalid.
expression::Result<std::int64_t> read_number(const Target& target, std::string_view name,
                                             std::int64_t otherwise, std::int64_t min,
                                             std::int64_t max);

}  // namespace sagaloom::http
