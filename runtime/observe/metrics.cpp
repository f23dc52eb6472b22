#include "runtime/observe/metrics.h"

#include <locale>
#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <utility>
#include <vector>

#include "runtime/observe/labelled.h"
#include "runtime/observe/process_figures.h"

namespace sagaloom::observe {

namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;
using Buckets = Histogram::BucketBoundaries;

const Buckets commit_seconds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5};
const Buckets call_seconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                              0.25,   0.5,   1,      2.5,   5,    10,    30};
const Buckets saga_seconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,  1,
                              2.5,   5,    10,    30,   60,  300,  3600, 86400};
const Buckets batch_records = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000};

Counter& counter(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

Gauge& gauge(Registry& registry, const char* name, const char* help, const Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

Histogram& histogram(Registry& registry, const char* name, const char* help,
                     const Buckets& buckets) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

Labelled<Counter> counters(Registry& registry, const char* name, const char* help,
                           std::vector<std::string> labels) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  return {std::move(labels), Metrics::label_limit,
          [&family](const Labels& l) -> Counter& { return family.Add(l); }};
}

Labelled<Histogram> histograms(Registry& registry, const char* name, const char* help,
                               std::vector<std::string> labels, const Buckets& buckets) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  return {std::move(labels), Metrics::label_limit,
          [&family, &buckets](const Labels& l) -> Histogram& { return family.Add(l, buckets); }};
}

// A counter that another part keeps: raised to what it says now, never lowered.
void raise_to(Counter& counter, double value) {
  const double more = value - counter.Value();
  if (more > 0) counter.Increment(more);
}

}  // namespace

struct Metrics::Families {
  Registry registry;

  Labelled<Counter> accepted =
      counters(registry, "sagaloom_sagas_accepted_total", "Sagas accepted, durably", {"workflow"});
  Labelled<Counter> ended = counters(registry, "sagaloom_sagas_ended_total",
                                     "Sagas that reached an end state", {"workflow", "state"});
  Labelled<Histogram> saga_duration =
      histograms(registry, "sagaloom_saga_duration_seconds", "From the accept of a saga to its end",
                 {"workflow"}, saga_seconds);
  Labelled<Counter> parked = counters(registry, "sagaloom_sagas_parked_total",
                                      "Times a saga began to wait for an operator", {"workflow"});
  Labelled<Counter> step_calls = counters(registry, "sagaloom_step_calls_total",
                                          "Calls of operations answered", {"operation", "outcome"});
  Labelled<Histogram> step_duration =
      histograms(registry, "sagaloom_step_duration_seconds", "From a call's start to its answer",
                 {"operation"}, call_seconds);
  Counter& records =
      counter(registry, "sagaloom_records_committed_total", "Records of sagas made durable");
  Histogram& batch_size = histogram(registry, "sagaloom_commit_batch_records",
                                    "Records in one committed batch", batch_records);
  Histogram& commit_duration = histogram(registry, "sagaloom_commit_duration_seconds",
                                         "From a batch's start to its commit", commit_seconds);
  Labelled<Counter> commit_failures = counters(registry, "sagaloom_commit_failures_total",
                                               "Batches that did not commit at once", {"status"});
  Labelled<Counter> stale = counters(registry, "sagaloom_events_stale_total",
                                     "Events that came too late to matter", {"kind"});
  Labelled<Counter> events = counters(registry, "sagaloom_events_in_total",
                                      "Events and signals that came in, and what became of them",
                                      {"workflow", "event", "result"});
  Labelled<Counter> source_records =
      counters(registry, "sagaloom_source_records_total",
               "Records of topics, and what they were for", {"topic", "result"});
  Labelled<Counter> refused = counters(registry, "sagaloom_submissions_refused_total",
                                       "Submissions refused, by code (inlet_full, …)", {"code"});
  Counter& lost = counter(registry, "sagaloom_acknowledged_lost_total",
                          "Acknowledged journal rows that a store's failover lost");
  Counter& published =
      counter(registry, "sagaloom_messages_published_total", "Messages handed to the event sink");
  Gauge& live = gauge(registry, "sagaloom_sagas_live", "Sagas of this node that have not ended");
  Gauge& waiting =
      gauge(registry, "sagaloom_sagas_waiting_for_operator", "Sagas of this node that are parked");
  Gauge& unpublished = gauge(registry, "sagaloom_records_unpublished",
                             "Committed records whose messages are not acknowledged yet");
  Gauge& shards = gauge(registry, "sagaloom_shards_owned", "Shards that this node owns");
  Labelled<Counter> requests = counters(registry, "sagaloom_http_requests_total",
                                        "HTTP requests answered", {"route", "status"});
  Labelled<Histogram> request_duration =
      histograms(registry, "sagaloom_http_request_duration_seconds",
                 "From a request's first look to its answer", {"route"}, call_seconds);
  Counter& cpu = counter(registry, "process_cpu_seconds_total", "CPU time used, in seconds");
  Gauge& resident = gauge(registry, "process_resident_memory_bytes", "Memory in use");
  Gauge& files = gauge(registry, "process_open_fds", "Open file descriptors");
  Gauge& started = gauge(registry, "process_start_time_seconds", "Start, since the Unix epoch");

  struct Sink {
    explicit Sink(Registry& registry)
        : acknowledged(counter(registry, "sagaloom_kafka_acknowledged_total",
                               "Messages acknowledged by all in-sync replicas")),
          refused(counter(registry, "sagaloom_kafka_refused_total",
                          "Messages that the brokers definitely refused")),
          rebuilds(counter(registry, "sagaloom_kafka_producer_rebuilds_total",
                           "Producers built anew after a fatal error")),
          resent(counter(registry, "sagaloom_kafka_resent_total",
                         "Messages handed to the producer again")),
          in_flight(gauge(registry, "sagaloom_kafka_in_flight", "Messages not answered yet")),
          bytes(gauge(registry, "sagaloom_kafka_in_flight_bytes", "Bytes not answered yet")) {}
    Counter &acknowledged, &refused, &rebuilds, &resent;
    Gauge &in_flight, &bytes;
  };
  std::mutex sampling;
  std::unique_ptr<Sink> sink;  // only with an event sink
  std::function<SinkFigures()> sink_figures;
  Counter* suppressed = nullptr;
  std::function<std::uint64_t()> suppressed_lines;

  void sample();
};

void Metrics::Families::sample() {
  const std::lock_guard lock(sampling);
  const auto process = process_figures();
  raise_to(cpu, process.cpu_seconds);
  resident.Set(static_cast<double>(process.resident_bytes));
  files.Set(static_cast<double>(process.open_files));
  started.Set(process.started_seconds);
  if (suppressed != nullptr) raise_to(*suppressed, static_cast<double>(suppressed_lines()));
  if (!sink) return;
  const SinkFigures figures = sink_figures();
  raise_to(sink->acknowledged, static_cast<double>(figures.acknowledged));
  raise_to(sink->refused, static_cast<double>(figures.refused));
  raise_to(sink->rebuilds, static_cast<double>(figures.rebuilds));
  raise_to(sink->resent, static_cast<double>(figures.resent));
  sink->in_flight.Set(static_cast<double>(figures.in_flight));
  sink->bytes.Set(static_cast<double>(figures.in_flight_bytes));
}

Metrics::Metrics(std::string_view version) : families_(std::make_unique<Families>()) {
  gauge(families_->registry, "sagaloom_build_info", "Always 1; the program's version as a label",
        {{"version", std::string(version)}})
      .Set(1);
}
Metrics::~Metrics() = default;

void Metrics::saga_accepted(std::string_view workflow) {
  families_->accepted.at({workflow}).Increment();
}

void Metrics::saga_ended(std::string_view workflow, std::string_view state, double seconds) {
  families_->ended.at({workflow, state}).Increment();
  families_->saga_duration.at({workflow}).Observe(seconds);
}

void Metrics::saga_parked(std::string_view workflow) {
  families_->parked.at({workflow}).Increment();
}

void Metrics::step_answered(std::string_view operation, std::string_view outcome, double seconds) {
  families_->step_calls.at({operation, outcome}).Increment();
  families_->step_duration.at({operation}).Observe(seconds);
}

void Metrics::batch_committed(std::uint64_t records, std::uint64_t /*shards*/, double seconds) {
  families_->records.Increment(static_cast<double>(records));
  families_->batch_size.Observe(static_cast<double>(records));
  families_->commit_duration.Observe(seconds);
}

void Metrics::commit_failed(std::string_view status) {
  families_->commit_failures.at({status}).Increment();
}

void Metrics::event_stale(std::string_view kind) {
  families_->stale.at({kind}).Increment();
}

void Metrics::event_in(std::string_view workflow, std::string_view event, std::string_view result) {
  families_->events.at({workflow, event, result}).Increment();
}

void Metrics::record_in(std::string_view topic, std::string_view result) {
  families_->source_records.at({topic, result}).Increment();
}

void Metrics::submission_refused(std::string_view code) {
  families_->refused.at({code}).Increment();
}

void Metrics::acknowledged_lost(std::uint64_t rows) {
  families_->lost.Increment(static_cast<double>(rows));
}

void Metrics::published(std::uint64_t messages) {
  families_->published.Increment(static_cast<double>(messages));
}

void Metrics::set_gauges(std::uint64_t live, std::uint64_t parked, std::uint64_t unpublished,
                         std::uint64_t shards_owned) {
  families_->live.Set(static_cast<double>(live));
  families_->waiting.Set(static_cast<double>(parked));
  families_->unpublished.Set(static_cast<double>(unpublished));
  families_->shards.Set(static_cast<double>(shards_owned));
}

void Metrics::http_answered(std::string_view route, int status, double seconds) {
  const std::string_view shown = route.empty() ? "none" : route;
  families_->requests.at({shown, std::to_string(status)}).Increment();
  families_->request_duration.at({shown}).Observe(seconds);
}

void Metrics::sample_sink(std::function<SinkFigures()> figures) {
  const std::lock_guard lock(families_->sampling);
  families_->sink_figures = std::move(figures);
  if (!families_->sink) families_->sink = std::make_unique<Families::Sink>(families_->registry);
}

void Metrics::sample_log(std::function<std::uint64_t()> suppressed) {
  const std::lock_guard lock(families_->sampling);
  families_->suppressed_lines = std::move(suppressed);
  if (families_->suppressed != nullptr) return;
  families_->suppressed = &counter(families_->registry, "sagaloom_log_lines_suppressed_total",
                                   "Log lines held back by their rate limit");
}

std::string Metrics::text() const {
  families_->sample();
  std::ostringstream out;
  out.imbue(std::locale::classic());
  prometheus::TextSerializer().Serialize(out, families_->registry.Collect());
  return out.str();
}

}  // namespace sagaloom::observe
