#include "runtime/app/ports.h"

#include <cstdlib>

#include "runtime/app/node.h"
#include "runtime/app/plugin_files.h"
#include "runtime/kafka/kafka_sink.h"
#include "runtime/kafka/kafka_source.h"
#include "runtime/steps/plugin_steps.h"
#include "runtime/store/open_error.h"
#include "runtime/store/postgres/postgres_store.h"
#include "runtime/store/sqlite/sqlite_store.h"

namespace sagaloom::app {
namespace {

using expression::Error;

NodeError node_error(ExitCode status, const Error& error) {
  return NodeError(status, "error[" + error.code + "]: " + error.message);
}

engine::Store open_sqlite(const NodeDirectory& directory) {
  store::SqliteOptions options;
  options.path = directory.file("sagaloom.db");
  return store::open_sqlite(std::move(options), directory.id());
}

engine::Store open_postgres(const Configuration& configuration, const NodeDirectory& directory) {
  store::PostgresOptions options;
  options.dsn = configuration.postgres_dsn;
  options.schema = configuration.postgres_schema;
  options.node_id = directory.id();
  return store::open_postgres(std::move(options));
}

// A line of a plugin goes to the program's log with the plugin's name before it.
steps::PluginLog plugin_log(std::shared_ptr<engine::Observer> observer) {
  return [observer = std::move(observer)](const steps::PluginLogLine& line) {
    std::string text = line.plugin + ": " + line.message;
    if (!line.saga.empty()) text += " (saga " + line.saga + ", step " + line.path + ")";
    observer->log(line.level, "plugin.log", text);
  };
}

const char* variable(const char* name) {
  return std::getenv(name);
}

engine::Store open_to_read(const Configuration& configuration) {
  if (configuration.store == StoreKind::sqlite) {
    store::SqliteOptions options;
    options.path = configuration.data + "/sagaloom.db";
    options.only_read = true;
    return store::open_sqlite(std::move(options), {});
  }
  store::PostgresOptions options;
  options.dsn = configuration.postgres_dsn;
  options.schema = configuration.postgres_schema;
  options.only_read = true;
  return store::open_postgres(std::move(options));
}

template <typename Open>
engine::Store opened(const Open& open) {
  try {
    return open();
  } catch (const store::OpenError& error) {
    const bool away = error.code() == "store.open_failed";
    throw NodeError(away ? exit_error : exit_usage, "error[" + error.code() + "]: " + error.what());
  } catch (const engine::StoreError& error) {
    throw NodeError(exit_error, std::string("error[store.away]: ") + error.what());
  }
}

}  // namespace

engine::Store make_store(const Configuration& configuration, const NodeDirectory& directory) {
  return opened([&] {
    return configuration.store == StoreKind::sqlite ? open_sqlite(directory)
                                                    : open_postgres(configuration, directory);
  });
}

engine::Store make_reading_store(const Configuration& configuration) {
  return opened([&] { return open_to_read(configuration); });
}

std::shared_ptr<kafka::KafkaSink> make_sink(const Configuration& configuration,
                                            std::shared_ptr<engine::Observer> observer) {
  if (configuration.kafka_brokers.empty()) return nullptr;
  kafka::KafkaConfig config;
  config.brokers = configuration.kafka_brokers;
  config.source = configuration.kafka_source;
  config.create_topics = configuration.kafka_create_topics;
  config.properties = configuration.kafka_properties;
  auto sink = kafka::KafkaSink::open(std::move(config), std::move(observer));
  if (!sink.ok()) throw node_error(exit_usage, sink.error());
  return std::move(*sink);
}

std::shared_ptr<engine::EventSource> make_source(const Configuration& configuration,
                                                 const std::string& store_id,
                                                 std::shared_ptr<engine::Observer> observer) {
  if (configuration.kafka_brokers.empty()) return nullptr;
  kafka::KafkaSourceConfig config;
  config.brokers = configuration.kafka_brokers;
  config.group =
      configuration.kafka_group.empty() ? "sagaloom." + store_id : configuration.kafka_group;
  config.properties = configuration.kafka_properties;
  auto source = kafka::KafkaSource::open(std::move(config), std::move(observer));
  if (!source.ok()) throw node_error(exit_usage, source.error());
  return std::move(*source);
}

std::shared_ptr<engine::StepHost> make_steps(const Configuration& configuration,
                                             std::shared_ptr<engine::Observer> observer) {
  const auto specs = plugin_specs(configuration);
  if (!specs.ok()) throw node_error(exit_usage, specs.error());
  auto host = steps::PluginSteps::open(
      *specs, {configuration.data, steps::secrets_from(&variable, configuration.secrets_directory),
               plugin_log(std::move(observer))});
  if (!host.ok()) throw node_error(exit_usage, host.error());
  return std::move(*host);
}

}  // namespace sagaloom::app
