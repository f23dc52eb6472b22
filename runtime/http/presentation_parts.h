// What the files of the presentation share: small values, errors, tries, links.
//
// Pure functions without state, callable from any thread; total.
#pragma once

#include <string>
#include <string_view>

#include "runtime/core/record.h"
#include "runtime/core/saga.h"
#include "runtime/engine/engine.h"
#include "runtime/expression/value.h"

namespace sagaloom::http::parts {

using expression::Value;

inline Value text(std::string_view value) {
  return Value(value);
}
inline Value number(std::uint64_t value) {
  return Value(static_cast<std::int64_t>(value));
}

template <typename Items, typename Present>
Value list_of(const Items& items, Present present) {
  expression::List list;
  for (const auto& item : items) list.push_back(present(item));
  return Value(std::move(list));
}

Value present_failure(const core::Failure& failure);
Value present_try(const core::Try& attempts);
// Due times by name, from milliseconds since the epoch.
Value present_timers(const Value& timers);

// "/api/v1/sagas/<uuid>"; `saga` is a UUID as text.
std::string saga_link(const std::string& saga);
std::string saga_link(const core::SagaId& id);

// Each step with what it waits for; in the order in which they started.
Value present_steps(const engine::SagaView& view);

// Names of the operator's verbs that the core would take now, asked of core::decide: nothing is
// changed. Without a definition there are none.
Value legal_saga_verbs(const engine::SagaView& view);
Value legal_step_verbs(const engine::SagaView& view, const core::Path& path);

}  // namespace sagaloom::http::parts
