#include "runtime/observe/engine_observer.h"

#include <utility>

namespace sagaloom::observe {

EngineObserver::EngineObserver(std::shared_ptr<Metrics> metrics, std::shared_ptr<Log> log)
    : metrics_(std::move(metrics)), log_(std::move(log)) {}

void EngineObserver::saga_accepted(std::string_view workflow) {
  metrics_->saga_accepted(workflow);
}

void EngineObserver::saga_ended(std::string_view workflow, std::string_view state, double seconds) {
  metrics_->saga_ended(workflow, state, seconds);
}

void EngineObserver::saga_parked(std::string_view workflow) {
  metrics_->saga_parked(workflow);
  log_->write(Level::warning, "saga.parked", "A saga waits for an operator",
              {{"workflow", workflow}});
}

void EngineObserver::step_answered(std::string_view operation, std::string_view outcome,
                                   double seconds) {
  metrics_->step_answered(operation, outcome, seconds);
}

void EngineObserver::batch_committed(std::uint64_t records, std::uint64_t shards, double seconds) {
  metrics_->batch_committed(records, shards, seconds);
}

void EngineObserver::commit_failed(std::string_view status) {
  metrics_->commit_failed(status);
  log_->write(Level::warning, "store.commit_failed", "A batch did not commit; it is tried again",
              {{"status", status}});
}

void EngineObserver::event_stale(std::string_view kind) {
  metrics_->event_stale(kind);
}

void EngineObserver::event_in(std::string_view workflow, std::string_view event,
                              std::string_view fate) {
  metrics_->event_in(workflow, event, fate);
}

void EngineObserver::record_in(std::string_view topic, std::string_view result) {
  metrics_->record_in(topic, result);
}

void EngineObserver::submission_refused(std::string_view code) {
  metrics_->submission_refused(code);
}

void EngineObserver::acknowledged_lost(std::uint64_t rows) {
  metrics_->acknowledged_lost(rows);
  log_->write(Level::error, "store.acknowledged_lost",
              "The store no longer has rows that it had acknowledged", {{"rows", rows}});
}

void EngineObserver::published(std::uint64_t messages) {
  metrics_->published(messages);
}

void EngineObserver::gauges(std::uint64_t live, std::uint64_t parked, std::uint64_t unpublished,
                            std::uint64_t shards_owned) {
  metrics_->set_gauges(live, parked, unpublished, shards_owned);
}

void EngineObserver::log(std::string_view level, std::string_view code, std::string_view message) {
  log_->write(level_of(level), code, message);
}

}  // namespace sagaloom::observe
