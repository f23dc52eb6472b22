// Port: what the engine tells about itself while it runs (metrics). Called often: an implementation
// only counts. Threads: any. Never throws.
#pragma once

#include <cstdint>
#include <string_view>

namespace sagaloom::engine {

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void saga_accepted(std::string_view workflow) {}
  virtual void saga_ended(std::string_view workflow, std::string_view state, double seconds) {}
  virtual void saga_parked(std::string_view workflow) {}
  virtual void step_answered(std::string_view operation, std::string_view outcome, double seconds) {
  }
  virtual void batch_committed(std::uint64_t records, std::uint64_t shards, double seconds) {}
  virtual void commit_failed(std::string_view status) {}
  virtual void event_stale(std::string_view kind) {}
  // What became of an event or signal that came in ("event:<name>", "signal:<name>"; "start" or ""
  // for records that could not be read): stored, taken, known (its record was read before),
  // duplicate, not_listening, expired, unused, surplus, or the reason of its dead letter.
  virtual void event_in(std::string_view workflow, std::string_view event, std::string_view fate) {}
  // What a record of a topic was for, once for each part of it: event, invalid, started, repeated
  // (a start of a saga that exists), ignored (no workflow means it), again (not taken, given
  // again).
  virtual void record_in(std::string_view topic, std::string_view result) {}
  virtual void submission_refused(std::string_view code) {}
  virtual void acknowledged_lost(std::uint64_t rows) {}
  virtual void published(std::uint64_t messages) {}
  // Gauges, set about once a second.
  virtual void gauges(std::uint64_t live, std::uint64_t parked, std::uint64_t unpublished,
                      std::uint64_t shards_owned) {}
  // Something a person should read; `level` is "info", "warning" or "error".
  virtual void log(std::string_view level, std::string_view code, std::string_view message) {}
};

}  // namespace sagaloom::engine
