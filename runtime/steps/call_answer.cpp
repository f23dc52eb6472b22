#include "runtime/steps/call_answer.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/document/json.h"
#include "runtime/steps/secrets.h"

namespace sagaloom::steps {

namespace {

using core::Event;
using core::Outcome;

constexpr std::size_t kLongestText = 4096;
constexpr std::uint64_t kKnownFlags = SAGA_RESULT_NO_EFFECT;
constexpr std::uint64_t kLongestWaitMs = 24u * 60 * 60 * 1000;

// A member of the result, if the plugin's struct was large enough to have it.
#define SAGALOOM_MEMBER(result, member)                                            \
  ((result).struct_size >= offsetof(saga_result, member) + sizeof((result).member) \
       ? (result).member                                                           \
       : decltype((result).member){})

std::string_view view(saga_str text) {
  return text.ptr == nullptr ? std::string_view() : std::string_view(text.ptr, text.len);
}

// A text for people: bounded, valid, without secrets.
std::string shown(saga_str text, const std::vector<std::string>& secrets) {
  std::string_view bytes = view(text);
  if (bytes.size() > kLongestText) {
    bytes = bytes.substr(0, kLongestText);
    while (!bytes.empty() && (bytes.back() & 0x80) != 0) bytes.remove_suffix(1);  // a cut character
  }
  if (!document::valid_utf8(bytes)) return "(the plugin's text is not UTF-8)";
  return masked(std::string(bytes), secrets);
}

std::optional<core::Value> json(saga_str text, const std::vector<std::string>& secrets) {
  if (view(text).empty()) return std::nullopt;
  auto value = document::parse(view(text));
  if (!value.ok()) return std::nullopt;
  return masked_value(*value, secrets);
}

// The core says only that the output is null; why it is stands in the record of the answer.
void explain_missing_output(Event& event, saga_str text, const std::vector<std::string>& secrets) {
  if (view(text).empty()) return;
  const auto value = document::parse(view(text));
  if (value.ok()) return;
  event.code = "output.invalid";
  event.message = masked("the plugin's output is not JSON: " + value.error().message, secrets);
}

std::optional<Outcome> outcome_of(std::uint32_t status) {
  switch (status) {
    case SAGA_OK:
      return Outcome::ok;
    case SAGA_BUSINESS:
      return Outcome::business;
    case SAGA_RETRYABLE:
      return Outcome::retryable;
    case SAGA_UNKNOWN:
      return Outcome::unknown;
    case SAGA_FATAL:
      return Outcome::fatal;
    case SAGA_CANCELLED:
      return Outcome::cancelled;
    case SAGA_PENDING:
      return Outcome::pending;
    case SAGA_NO_EFFECT:
      return Outcome::no_effect;
    default:
      return std::nullopt;
  }
}

Event protocol_error(const core::Command& command, std::string message) {
  Event event = answer_to(command);
  event.outcome = Outcome::protocol;
  event.code = "call.protocol";
  event.message = std::move(message);
  return event;
}

}  // namespace

Event answer_to(const core::Command& command) {
  Event event;
  event.kind = core::EventKind::answered;
  event.path = command.path;
  event.purpose = command.purpose;
  event.occurrence = command.occurrence;
  event.number = command.number;
  return event;
}

Event not_sent(const core::Command& command, std::string code, std::string message) {
  Event event = answer_to(command);
  event.outcome = Outcome::retryable;
  event.code = std::move(code);
  event.message = std::move(message);
  event.no_effect = true;
  return event;
}

Event timed_out(const core::Command& command) {
  Event event = answer_to(command);
  event.outcome = Outcome::unknown;
  event.code = "call.timeout";
  event.message = command.operation + " did not answer in time";
  event.running = true;
  return event;
}

Event call_returned(const core::Command& command) {
  Event event = answer_to(command);
  event.kind = core::EventKind::call_returned;
  return event;
}

Event answered(const core::Command& command, const saga_result& result,
               const std::vector<std::string>& secrets) {
  const auto outcome = outcome_of(result.status);
  const std::uint64_t flags = SAGALOOM_MEMBER(result, flags);
  if (!outcome) {
    return protocol_error(command, "unknown status " + std::to_string(result.status));
  }
  if ((flags & ~kKnownFlags) != 0) {
    return protocol_error(command, "unknown flags " + std::to_string(flags));
  }
  Event event = answer_to(command);
  event.outcome = *outcome;
  event.code = shown(result.error_code, secrets);
  event.message = shown(result.message, secrets);
  if (auto details = json(SAGALOOM_MEMBER(result, details), secrets))
    event.details = std::move(*details);
  event.output = json(result.output, secrets);
  if (*outcome == Outcome::ok && !event.output)
    explain_missing_output(event, result.output, secrets);
  const std::uint64_t wait_ms = std::min(result.retry_after_ns / 1'000'000u, kLongestWaitMs);
  event.retry_after = core::Duration(static_cast<std::int64_t>(wait_ms));
  event.no_effect = (flags & SAGA_RESULT_NO_EFFECT) != 0;
  return event;
}

}  // namespace sagaloom::steps
