#include "sdk/call.h"

#include <cstddef>
#include <time.h>
#include <utility>

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

Outcome make(Status status, std::string code, std::string message) {
  Outcome outcome;
  outcome.status = status;
  outcome.code = std::move(code);
  outcome.message = std::move(message);
  return outcome;
}

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

saga_str borrow_or_absent(const std::string& text) {
  return text.empty() ? saga_str{nullptr, 0} : borrow(text);
}

}  // namespace

Outcome Outcome::ok(std::string output_json) {
  Outcome outcome;
  outcome.status = Status::ok;
  outcome.output = std::move(output_json);
  return outcome;
}

Outcome Outcome::business(std::string code, std::string message, std::string details_json) {
  Outcome outcome = make(Status::business, std::move(code), std::move(message));
  outcome.details = std::move(details_json);
  outcome.no_effect_made = true;
  return outcome;
}

Outcome Outcome::retryable(std::string code, std::string message,
                           std::chrono::milliseconds retry_after) {
  Outcome outcome = make(Status::retryable, std::move(code), std::move(message));
  outcome.retry_after = retry_after;
  outcome.no_effect_made = true;
  return outcome;
}

Outcome Outcome::unknown(std::string code, std::string message) {
  return make(Status::unknown, std::move(code), std::move(message));
}

Outcome Outcome::fatal(std::string code, std::string message) {
  return make(Status::fatal, std::move(code), std::move(message));
}

Outcome Outcome::no_effect() {
  Outcome outcome = make(Status::no_effect, {}, {});
  outcome.no_effect_made = true;
  return outcome;
}

Outcome Outcome::pending(std::string correlation) {
  Outcome outcome = make(Status::pending, {}, {});
  outcome.correlation = std::move(correlation);
  return outcome;
}

Outcome Outcome::cancelled(bool no_effect_made) {
  Outcome outcome = make(Status::cancelled, {}, {});
  outcome.no_effect_made = no_effect_made;
  return outcome;
}

std::int64_t Call::epoch() const {
  // A host older than the field sends none; 0 is smaller than every owner's epoch.
  const bool present = request_->struct_size >= offsetof(saga_request, epoch) + sizeof(uint64_t);
  return present ? static_cast<std::int64_t>(request_->epoch) : 0;
}

std::chrono::milliseconds Call::time_left() const {
  if (request_->deadline_mono_ns == 0) return std::chrono::hours(1);
  const std::uint64_t now = monotonic_ns();
  if (now >= request_->deadline_mono_ns) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds((request_->deadline_mono_ns - now) / 1'000'000u);
}

bool Call::heartbeat(std::string_view checkpoint) const {
  return host_->heartbeat(host_->ctx, call_, borrow(checkpoint)) == SAGA_GO_ON;
}

void Call::log(LogLevel level, std::string_view message) const {
  host_->log(host_->ctx, call_, static_cast<std::uint32_t>(level), borrow(message));
}

Completion::~Completion() {
  if (host_ == nullptr) return;
  try {
    fulfil(Outcome::unknown("call.unanswered", "the plugin dropped the call without an answer"));
  } catch (...) {
    fulfil(Outcome());  // no memory for a text: UNKNOWN alone must do
  }
}

void Completion::fulfil(const Outcome& outcome) noexcept {
  const saga_host* host = std::exchange(host_, nullptr);
  if (host == nullptr) return;
  saga_result result{};
  result.struct_size = sizeof(result);
  result.status = static_cast<std::uint32_t>(outcome.status);
  result.retry_after_ns = static_cast<std::uint64_t>(outcome.retry_after.count()) * 1'000'000u;
  result.output = borrow_or_absent(outcome.output);
  result.error_code = borrow_or_absent(outcome.code);
  result.message = borrow_or_absent(outcome.message);
  result.details = borrow_or_absent(outcome.details);
  result.correlation = borrow_or_absent(outcome.correlation);
  result.effect_ref = borrow_or_absent(outcome.effect_ref);
  result.flags = outcome.no_effect_made ? SAGA_RESULT_NO_EFFECT : 0u;
  host->complete(host->ctx, call_, &result);
}

}  // namespace v1
}  // namespace sagaloom::sdk
