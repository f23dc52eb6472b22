#include "runtime/http/presentation_parts.h"

#include "runtime/http/json_text.h"

namespace sagaloom::http::parts {

Value present_failure(const core::Failure& failure) {
  Object object;
  object.set("code", text(failure.code)).set("kind", text(failure.kind));
  object.set_text("message", failure.message).set_text("step", failure.step);
  if (failure.attempt > 0) object.set("attempt", number(failure.attempt));
  if (!failure.details.is_null()) object.set("details", failure.details);
  return object.take();
}

Value present_try(const core::Try& attempts) {
  Object object;
  object.set("number", number(attempts.number)).set("counted", number(attempts.counted));
  object.set("in_flight", Value(attempts.in_flight));
  object.set_time("first_at", attempts.first_at).set_time("started_at", attempts.started_at);
  object.set_time("deadline_at", attempts.deadline).set_time("next_at", attempts.due);
  return object.take();
}

Value present_timers(const Value& timers) {
  Object object;
  if (!timers.is_map()) return object.take();
  for (const auto& [name, due] : timers.members()) {
    const bool time = name.is_string() && due.is_integer();
    if (time) object.set(name.string(), time_value(core::Time(core::Duration(due.integer()))));
  }
  return object.take();
}

std::string saga_link(const std::string& saga) {
  return "/api/v1/sagas/" + saga;
}

std::string saga_link(const core::SagaId& id) {
  return saga_link(core::to_string(id));
}

}  // namespace sagaloom::http::parts
