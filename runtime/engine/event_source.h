// Port: records of the topics that workflows name.
//
// Lifecycle: `start` once, then records until `stop` (or the destructor), which waits for calls of
// `sink` under way. Threads: `topics` and `sink` are called on the source's own thread; `taken` may
// be called on any, once per record, also inside `sink`. Flow: a source keeps a bounded number of
// records that are not taken and pauses beyond it. Order: within a partition; a record that was not
// taken is given again with all that follow it. An offset is committed once every record before it
// is taken, so a crash repeats records and loses none. Errors: retried for ever, shown by `health`.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sagaloom::engine {

struct SourceRecord {
  std::string topic;
  std::int32_t part = 0;
  std::int64_t offset = 0;
  std::string key, payload;
  std::vector<std::pair<std::string, std::string>> headers;
  // Of its partition, new after each gap: set before `taken(false)`, so that nobody takes a later
  // record before this one is given again.
  std::shared_ptr<std::atomic<bool>> broken;
};

class EventSource {
 public:
  using Taken = std::function<void(bool durable)>;
  using Sink = std::function<void(SourceRecord record, Taken taken)>;
  virtual ~EventSource() = default;
  virtual void start(std::function<std::vector<std::string>()> topics, Sink sink) = 0;
  virtual void stop() = 0;
  virtual std::string health() const = 0;  // empty: healthy
};

}  // namespace sagaloom::engine
