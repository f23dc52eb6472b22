// Port: where committed records are published (Kafka). Absent when only the built-in event log is
// used.
//
// Threads: `send` is called by the relay's thread; `acknowledge` may be called on any thread, once
// per message, in any order. The relay bounds what is in flight; a sink holds no queue of its own
// beyond that. Errors: a passing failure is retried inside the sink for ever (it shows in
// `health`); only a definite refusal of one message is answered `refused`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/core/record.h"

namespace sagaloom::engine {

// One message, derived from a journal row; the same at every re-send.
struct Message {
  std::string id;        // <store>.<generation>.<shard>.<seq>.<n>
  std::string sequence;  // zero-padded seq and n: lexicographic order per saga
  std::string topic;
  std::string type;
  std::string key;
  std::string subject;  // the saga's UUID
  core::Time time{};
  std::vector<std::pair<std::string, std::string>> headers;
  std::variant<core::Value, core::Lifecycle> body;  // JSON for emits, protobuf for lifecycle
};

class EventSink {
 public:
  struct Report {
    bool refused = false;
    std::string reason;
  };
  using Acknowledge = std::function<void(Report report)>;

  virtual ~EventSink() = default;
  // False: the sink's window is full; the relay tries again after an acknowledgement.
  virtual bool send(const Message& message, Acknowledge acknowledge) = 0;
  virtual void flush(core::Duration limit) = 0;
  // Empty: healthy; else what is wrong, for people.
  virtual std::string health() const = 0;
};

}  // namespace sagaloom::engine
