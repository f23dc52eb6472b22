// The program's metrics, and their text for Prometheus.
//
// Names begin with `sagaloom_`; base units (seconds, bytes). No saga id, business key or other
// unbounded text is ever a label; should a label still grow, each family keeps its first
// `label_limit` combinations apart and counts the rest under "other".
// Lifecycle: one per program. Threads: any; counting takes well under a microsecond. Errors: none.
// Source of the format: Prometheus text format 0.0.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sagaloom::observe {

class Metrics {
 public:
  static constexpr std::size_t label_limit = 200;

  explicit Metrics(std::string_view version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void saga_accepted(std::string_view workflow);
  void saga_ended(std::string_view workflow, std::string_view state, double seconds);
  void saga_parked(std::string_view workflow);
  void step_answered(std::string_view operation, std::string_view outcome, double seconds);
  void batch_committed(std::uint64_t records, std::uint64_t shards, double seconds);
  void commit_failed(std::string_view status);
  void event_stale(std::string_view kind);
  void event_in(std::string_view workflow, std::string_view event, std::string_view result);
  void record_in(std::string_view topic, std::string_view result);
  void submission_refused(std::string_view code);
  void acknowledged_lost(std::uint64_t rows);
  void published(std::uint64_t messages);
  void set_gauges(std::uint64_t live, std::uint64_t parked, std::uint64_t unpublished,
                  std::uint64_t shards_owned);
  // `route` is a pattern ("/api/v1/sagas/{id}"), "" where none matched.
  void http_answered(std::string_view route, int status, double seconds);

  // What an event sink counted since it was opened, and holds now.
  struct SinkFigures {
    std::uint64_t acknowledged = 0, refused = 0, rebuilds = 0, resent = 0;
    std::uint64_t in_flight = 0, in_flight_bytes = 0;
  };
  // Asked at each `text`. At most one; must outlive the metrics.
  void sample_sink(std::function<SinkFigures()> figures);
  // Likewise: lines that the log's rate limits held back.
  void sample_log(std::function<std::uint64_t()> suppressed);

  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace sagaloom::observe
