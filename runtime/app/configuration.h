// What a server runs with. Read once at the start: defaults, then the file, then the environment,
// then flags; a later source wins. Every key is a row of settings.cpp; docs/configuration.md is
// generated from the same rows.
//
// Threads: plain values. Errors: all of them at once, as diagnostics with a place: unknown keys
// with a suggestion, values that do not fit with what would.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/expression/value.h"
#include "runtime/workflow/diagnostics.h"

namespace sagaloom::app {

enum class StoreKind : std::uint8_t { sqlite, postgres };
enum class LogFormat : std::uint8_t { automatic, json, text };

struct Configuration {
  StoreKind store = StoreKind::sqlite;
  std::string data = ".sagaloom";  // node id, SQLite files, copies of plugins
  std::string postgres_dsn;
  std::string postgres_schema = "sagaloom";
  std::string http_address = "127.0.0.1";
  std::uint16_t http_port = 8080;  // 0: any free one
  std::uint32_t http_threads = 1;
  std::string kafka_brokers;               // empty: the built-in event log only
  std::string kafka_source = "/sagaloom";  // a URI reference: ce_source of every event
  bool kafka_create_topics = false;
  std::string kafka_group;              // empty: sagaloom.<store id>
  std::string kafka_dead_letter_topic;  // empty: dead letters stay in the store
  std::vector<std::pair<std::string, std::string>> kafka_properties;
  std::string plugin_directory;        // default: `plugins` beside the program
  std::vector<std::string> workflows;  // files or directories; default: `workflows` beside it
  std::map<std::string, expression::Value> plugin_settings;  // by plugin: a map
  std::uint32_t plugin_threads = 8;                          // of each plugin's blocking steps
  std::uint32_t plugin_queue = 1'024;
  std::string secrets_directory;  // one file per secret; empty: the environment only
  LogFormat log_format = LogFormat::automatic;
  std::string log_level = "info";
  core::Duration drain_limit{25'000};
  engine::EngineOptions engine;
};

// Key and text, as it stands in the environment or behind --set.
using Assignment = std::pair<std::string, std::string>;

struct ConfigurationSources {
  Configuration defaults;
  std::optional<std::string> file;      // path of a YAML file
  std::vector<Assignment> environment;  // all variables that begin with SAGALOOM_
  std::vector<Assignment> flags;        // key and value
};

struct ConfigurationResult {
  Configuration configuration;
  std::vector<workflow::Diagnostic> diagnostics;  // any: refused
};

ConfigurationResult read_configuration(const ConfigurationSources& sources);

// One line for people, with its place in the file when it has one.
std::string shown(const workflow::Diagnostic& diagnostic);

// The variables of this process that begin with SAGALOOM_.
std::vector<Assignment> environment_variables();

// "SAGALOOM_HTTP__PORT" for "http.port".
std::string variable_of(std::string_view key);

}  // namespace sagaloom::app
