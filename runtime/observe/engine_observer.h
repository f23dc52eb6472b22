// What the engine tells about itself, as metrics and log lines. Threads: any. Never throws.
#pragma once

#include <memory>

#include "runtime/engine/observer.h"
#include "runtime/observe/log.h"
#include "runtime/observe/metrics.h"

namespace sagaloom::observe {

class EngineObserver : public engine::Observer {
 public:
  EngineObserver(std::shared_ptr<Metrics> metrics, std::shared_ptr<Log> log);

  void saga_accepted(std::string_view workflow) override;
  void saga_ended(std::string_view workflow, std::string_view state, double seconds) override;
  void saga_parked(std::string_view workflow) override;
  void step_answered(std::string_view operation, std::string_view outcome, double seconds) override;
  void batch_committed(std::uint64_t records, std::uint64_t shards, double seconds) override;
  void commit_failed(std::string_view status) override;
  void event_stale(std::string_view kind) override;
  void event_in(std::string_view workflow, std::string_view event, std::string_view fate) override;
  void record_in(std::string_view topic, std::string_view result) override;
  void submission_refused(std::string_view code) override;
  void acknowledged_lost(std::uint64_t rows) override;
  void published(std::uint64_t messages) override;
  void gauges(std::uint64_t live, std::uint64_t parked, std::uint64_t unpublished,
              std::uint64_t shards_owned) override;
  void log(std::string_view level, std::string_view code, std::string_view message) override;

 private:
  std::shared_ptr<Metrics> metrics_;
  std::shared_ptr<Log> log_;
};

}  // namespace sagaloom::observe
