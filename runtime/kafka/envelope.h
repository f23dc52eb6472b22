// From the engine's Message to what stands in a Kafka record: CloudEvents 1.0 in binary mode
// (attributes as `ce_` headers), the workflow's own events as JSON, lifecycle events as protobuf.
//
// Pure functions without state, callable from any thread. A given message always gives the same
// bytes, so that a re-send equals the first send.
// Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/engine/event_sink.h"

namespace sagaloom::kafka {

struct Envelope {
  std::string topic;
  std::string key;
  std::string payload;  // never empty: an empty value is a tombstone in a compacted topic
  std::vector<std::pair<std::string, std::string>> headers;

  // Bytes of key, payload and headers: what counts for the sink's window.
  std::size_t bytes() const;
};

// `source` becomes `ce_source` (a URI reference that names the installation).
Envelope encode(const engine::Message& message, std::string_view source);

// RFC 3339 in UTC with milliseconds.
std::string rfc3339(core::Time time);

}  // namespace sagaloom::kafka
