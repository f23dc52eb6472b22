#include "runtime/app/surface.h"

#include "runtime/app/migration.h"
#include "runtime/app/registration.h"
#include "runtime/app/version.h"
#include "runtime/observe/engine_observer.h"
#include "runtime/observe/health.h"

namespace sagaloom::app {
namespace {

using expression::Value;
using observe::Health;

observe::LogOptions log_options(const Configuration& configuration) {
  using Format = observe::LogOptions::Format;
  observe::LogOptions options;
  options.level = observe::level_of(configuration.log_level);
  if (configuration.log_format == LogFormat::json) options.format = Format::json;
  if (configuration.log_format == LogFormat::text) options.format = Format::human;
  return options;
}

std::string shards_of(const engine::EngineHealth& health) {
  if (health.shards_owned == health.shards) return {};
  return "owns " + std::to_string(health.shards_owned) + " of " + std::to_string(health.shards);
}

std::shared_ptr<Health> make_health(engine::Engine& engine) {
  auto health = std::make_shared<Health>();
  health->add("store", Health::Weight::required, [&engine] { return engine.health().store; });
  health->add("drain", Health::Weight::required, [&engine] {
    return engine.health().draining ? std::string("draining: no new sagas") : std::string();
  });
  health->add("engine", Health::Weight::required, [&engine] {
    const auto state = engine.health();
    return state.ready || state.draining || !state.store.empty() ? std::string() : "not ready";
  });
  health->add("shards", Health::Weight::advisory, [&engine] { return shards_of(engine.health()); });
  health->add("events", Health::Weight::advisory, [&engine] { return engine.health().sink; });
  return health;
}

http::HealthReport presented(const Health::Report& report) {
  http::HealthReport out;
  out.ok = report.ok;
  for (const auto& answer : report.checks)
    out.checks.push_back({answer.name, answer.ok, answer.detail});
  return out;
}

}  // namespace

Telling make_telling(const Configuration& configuration) {
  Telling telling;
  telling.log = std::make_shared<observe::Log>(log_options(configuration));
  telling.metrics = std::make_shared<observe::Metrics>(version);
  telling.metrics->sample_log([log = telling.log] { return log->suppressed(); });
  telling.observer = std::make_shared<observe::EngineObserver>(telling.metrics, telling.log);
  return telling;
}

void sample(observe::Metrics& metrics, const std::shared_ptr<kafka::KafkaSink>& sink) {
  if (!sink) return;
  metrics.sample_sink([sink] {
    const auto counters = sink->counters();
    return observe::Metrics::SinkFigures{counters.acknowledged, counters.refused,
                                         counters.rebuilds,     counters.resent,
                                         counters.in_flight,    counters.in_flight_bytes};
  });
}

http::Platform make_surface(engine::Engine& engine, engine::StepHost& steps,
                            const Telling& telling) {
  const auto health = make_health(engine);
  http::Platform platform;
  platform.metrics = [metrics = telling.metrics] { return metrics->text(); };
  platform.live = [health] { return presented(health->live()); };
  platform.ready = [health] { return presented(health->ready()); };
  platform.register_workflow = [&engine, &steps](std::string yaml) {
    return register_text(engine, steps, yaml);
  };
  platform.migration_objections = [&engine](core::SagaId saga, core::DefinitionPointer to) {
    return objections_to_migration(engine, saga, *to);
  };
  platform.version = Value::object({{"name", Value("sagaloom")}, {"version", Value(version)}});
  platform.answered = [metrics = telling.metrics](std::string_view route, int status,
                                                  double seconds) {
    metrics->http_answered(route, status, seconds);
  };
  return platform;
}

}  // namespace sagaloom::app
