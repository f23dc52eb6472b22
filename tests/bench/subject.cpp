#include "tests/bench/subject.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "runtime/http/server.h"
#include "runtime/steps/plugin_steps.h"
#include "runtime/store/postgres/postgres_store.h"
#include "runtime/store/sqlite/sqlite_store.h"
#include "runtime/workflow/load.h"
#include "tests/bench/bound.h"
#include "tests/bench/workload.h"
#include "tests/servers/private_postgres.h"

namespace sagaloom::bench {
namespace {

constexpr const char* node_id = "00000000-0000-4000-8000-000000000001";

class Operations final : public workflow::OperationCatalog {
 public:
  explicit Operations(const engine::StepHost& host) : host_(host) {}
  core::OperationPointer find(std::string_view name) const override {
    return host_.operation(name);
  }
  std::vector<std::string> names() const override { return {}; }

 private:
  const engine::StepHost& host_;
};

template <typename T>
T good(expression::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().code + ": " + result.error().message);
  return std::move(*result);
}

std::string temporary_folder() {
  std::string folder = (std::filesystem::temp_directory_path() / "sagaloom-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return folder;
}

std::shared_ptr<engine::StepHost> open_noop(const std::string& state_directory) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  steps::PluginSpec spec;
  spec.path = (program / "plugins" / "noop.so").string();
  steps::PluginSteps::Environment environment;
  environment.state_directory = state_directory;
  environment.secrets = [](std::string_view) { return std::nullopt; };
  environment.log = [](const steps::PluginLogLine&) {};
  return good(steps::PluginSteps::open({spec}, environment));
}

core::DefinitionPointer compile(const engine::StoredDefinition& definition) {
  auto compiled = workflow::load_frozen(definition.text, definition.operations);
  return compiled.ok() ? std::move(*compiled) : nullptr;
}

void register_workflow(engine::Engine& engine, const engine::StepHost& steps) {
  const auto loaded = workflow::load(workflow_text(), Operations(steps));
  for (const auto& diagnostic : loaded.diagnostics) {
    if (!loaded.ok()) throw std::runtime_error(workflow::text(diagnostic));
  }
  const core::Definition& made = *loaded.definition;
  good(engine.register_definition(
      {made.hash, made.name, made.text, made.version, workflow::freeze(made)}, loaded.definition));
}

}  // namespace

Place::Place(Kind kind) : kind_(kind), folder_(temporary_folder()) {
  if (kind == Kind::sqlite) {
    log_bytes_ = process_written_bytes();
    return;
  }
  server_ = std::make_unique<tests::PrivatePostgres>();
  log_bytes_ = postgres_wal_bytes(server_->dsn());
}

Place::~Place() {
  std::error_code unread;
  std::filesystem::remove_all(folder_, unread);
}

engine::Store Place::make_store() {
  const std::string name = "bench_" + std::to_string(++stores_);
  if (kind_ == Kind::sqlite) {
    store::SqliteOptions options;
    options.path = folder_ + "/" + name + ".db";
    return store::open_sqlite(std::move(options), node_id);
  }
  store::PostgresOptions options;
  options.dsn = server_->dsn();
  options.schema = name;
  options.node_id = node_id;
  return store::open_postgres(std::move(options));
}

struct Subject::Serving {
  http::Server server;
  explicit Serving(engine::Engine& engine) : server(http::backend_over(engine), {}, options()) {}
  static http::ServerOptions options() {
    http::ServerOptions options;
    options.port = 0;
    return options;
  }
};

Subject::Subject(Place& place) : steps_(open_noop(place.folder())) {
  engine::EnginePorts ports;
  ports.store = place.make_store();
  ports.store.journal = counting(std::move(ports.store.journal), counts_);
  ports.steps = steps_;
  ports.observer = std::make_shared<engine::Observer>();
  ports.compile = &compile;
  engine::EngineOptions options;
  options.node_id = node_id;
  engine_ = std::make_unique<engine::Engine>(std::move(ports), options);
  register_workflow(*engine_, *steps_);
  engine_->run();
}

Subject::~Subject() {
  serving_.reset();
  engine_->drain(core::Duration(5'000));
}

std::uint16_t Subject::serve() {
  serving_ = std::make_unique<Serving>(*engine_);
  return good(serving_->server.listen());
}

}  // namespace sagaloom::bench
