#include "runtime/app/node.h"

#include <utility>

#include "runtime/app/definition_files.h"
#include "runtime/app/ports.h"
#include "runtime/app/program_place.h"
#include "runtime/app/registration.h"
#include "runtime/app/surface.h"
#include "runtime/engine/engine.h"
#include "runtime/http/server.h"
#include "runtime/kafka/intake.h"
#include "runtime/kafka/mapping.h"

namespace sagaloom::app {
namespace {

constexpr core::Duration answers_limit{2'000};  // for requests under way when the listener closes

engine::EngineOptions engine_options(const Configuration& configuration,
                                     const NodeDirectory& directory) {
  engine::EngineOptions options = configuration.engine;
  options.node_id = directory.id();
  return options;
}

std::vector<std::string> workflow_paths(const Configuration& configuration) {
  if (!configuration.workflows.empty()) return configuration.workflows;
  return {(program_directory() / "workflows").string()};
}

http::ServerOptions server_options(const Configuration& configuration) {
  http::ServerOptions options;
  options.address = configuration.http_address;
  options.port = configuration.http_port;
  options.threads = configuration.http_threads;
  return options;
}

}  // namespace

// In the order in which they are made; they end in the reverse one.
class Node::Parts {
 public:
  Parts(const Configuration& configuration, const NodeDirectory& directory)
      : address_(configuration.http_address),
        telling_(make_telling(configuration)),
        steps_(make_steps(configuration, telling_.observer)),
        engine_(ports(configuration, directory), engine_options(configuration, directory)) {
    register_files(engine_, *steps_, *telling_.observer, workflow_paths(configuration));
    engine_.run();
    read_topics(configuration);
    listen(configuration);
  }

  ~Parts() {
    if (server_) server_->stop(answers_limit);
    intake_.reset();
    steps_->drain(core::Duration(0));
  }

  std::string url() const {
    const bool six = address_.find(':') != address_.npos;
    return "http://" + (six ? "[" + address_ + "]" : address_) + ":" + std::to_string(port_);
  }

  // The listener goes on meanwhile: it answers 503 to what is new, and readiness is off.
  bool drain(core::Duration limit) {
    intake_.reset();
    return engine_.drain(limit);
  }

 private:
  engine::EnginePorts ports(const Configuration& configuration, const NodeDirectory& directory) {
    engine::EnginePorts ports;
    ports.store = make_store(configuration, directory);
    ports.steps = steps_;
    const auto sink = make_sink(configuration, telling_.observer);
    sample(*telling_.metrics, sink);
    sink_ = sink;
    ports.sink = sink;
    ports.observer = telling_.observer;
    ports.compile = &compile;
    ports.reread = &kafka::reread_letter;
    return ports;
  }

  void read_topics(const Configuration& configuration) {
    auto source = make_source(configuration, engine_.store().store_id, telling_.observer);
    if (!source) return;
    intake_ = std::make_unique<kafka::Intake>(engine_, std::move(source), telling_.observer, sink_,
                                              configuration.kafka_dead_letter_topic);
    intake_->run();
  }

  void listen(const Configuration& configuration) {
    server_ = std::make_unique<http::Server>(http::backend_over(engine_),
                                             make_surface(engine_, *steps_, telling_),
                                             server_options(configuration));
    const auto port = server_->listen();
    if (!port.ok())
      throw NodeError(exit_usage, "error[" + port.error().code + "]: " + port.error().message);
    port_ = *port;
  }

  const std::string address_;
  const Telling telling_;
  const std::shared_ptr<engine::StepHost> steps_;
  std::shared_ptr<engine::EventSink> sink_;
  engine::Engine engine_;
  std::unique_ptr<kafka::Intake> intake_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
};

std::unique_ptr<Node> Node::open(const Configuration& configuration,
                                 const NodeDirectory& directory) {
  return std::unique_ptr<Node>(new Node(std::make_unique<Parts>(configuration, directory)));
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Node::~Node() = default;
std::string Node::url() const {
  return parts_->url();
}
bool Node::drain(core::Duration limit) {
  return parts_->drain(limit);
}

}  // namespace sagaloom::app
