#include "runtime/kafka/envelope.h"

#include <array>
#include <cstdio>
#include <google/protobuf/timestamp.pb.h>
#include <string>

#include "runtime/document/json.h"
#include "sagaloom/v1/events.pb.h"

namespace sagaloom::kafka {

namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  for (std::size_t i = 0; i < lower_prefix.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower_prefix[i]) return false;
  }
  return true;
}

// A workflow's header must not contradict the attributes that consumers deduplicate by.
bool reserved(std::string_view name) {
  constexpr std::string_view content_type = "content-type";
  return starts_with_ignoring_case(name, "ce_") ||
         (name.size() == content_type.size() && starts_with_ignoring_case(name, content_type));
}

void set_time(google::protobuf::Timestamp& out, core::Time time) {
  const auto ms = time.time_since_epoch().count();
  const auto seconds = (ms - ((ms % 1000) + 1000) % 1000) / 1000;
  out.set_seconds(seconds);
  out.set_nanos(static_cast<std::int32_t>((ms - seconds * 1000) * 1'000'000));
}

std::string lifecycle_body(const engine::Message& message, const core::Lifecycle& lifecycle) {
  v1::SagaChanged changed;
  changed.set_event_id(message.id);
  changed.set_sequence(message.sequence);
  changed.set_saga_id(message.subject);
  set_time(*changed.mutable_time(), message.time);
  changed.set_workflow(lifecycle.workflow);
  changed.set_version(lifecycle.version);
  changed.set_identity(lifecycle.identity);
  changed.set_state(lifecycle.state);
  changed.set_status(lifecycle.status);
  changed.set_error_code(lifecycle.error);
  return changed.SerializeAsString();
}

}  // namespace

std::size_t Envelope::bytes() const {
  std::size_t sum = key.size() + payload.size();
  for (const auto& [name, value] : headers) sum += name.size() + value.size();
  return sum;
}

Envelope encode(const engine::Message& message, std::string_view source) {
  const auto* lifecycle = std::get_if<core::Lifecycle>(&message.body);
  Envelope envelope;
  envelope.topic = message.topic;
  envelope.key = message.key;
  envelope.payload = lifecycle ? lifecycle_body(message, *lifecycle)
                               : document::write(std::get<core::Value>(message.body));
  auto& headers = envelope.headers;
  headers.reserve(9 + message.headers.size());
  headers.emplace_back("ce_specversion", "1.0");
  headers.emplace_back("ce_id", message.id);
  headers.emplace_back("ce_source", source);
  headers.emplace_back("ce_type", message.type);
  headers.emplace_back("ce_subject", message.subject);
  headers.emplace_back("ce_time", rfc3339(message.time));
  headers.emplace_back("ce_sequence", message.sequence);
  headers.emplace_back("ce_partitionkey", message.key);
  headers.emplace_back("content-type", lifecycle ? "application/protobuf" : "application/json");
  for (const auto& header : message.headers) {
    if (!reserved(header.first)) headers.push_back(header);
  }
  return envelope;
}

std::string rfc3339(core::Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

}  // namespace sagaloom::kafka
