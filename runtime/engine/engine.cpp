#include "runtime/engine/engine.h"

#include <utility>

#include "runtime/engine/runtime.h"

namespace sagaloom::engine {

Engine::Engine(EnginePorts ports, EngineOptions options)
    : runtime_(std::make_unique<Runtime>(std::move(ports), std::move(options))) {}

Engine::~Engine() = default;

expression::Result<bool> Engine::register_definition(const StoredDefinition& stored,
                                                     core::DefinitionPointer definition) {
  return runtime_->register_definition(stored, std::move(definition));
}

void Engine::run() {
  runtime_->run();
}

bool Engine::drain(core::Duration limit) {
  return runtime_->drain(limit);
}

void Engine::start(StartRequest request, Completion<StartReply> done) {
  runtime_->start(std::move(request), std::move(done));
}

void Engine::verb(core::SagaId id, VerbRequest request, Completion<SagaView> done) {
  core::Event event;
  event.kind = request.verb;
  event.path = std::move(request.path);
  event.input = std::move(request.input);
  event.output = std::move(request.output);
  event.manual_undo = request.manual_undo;
  event.code = std::move(request.definition);
  event.number = request.version;
  if (request.verb == core::EventKind::migrate) event.occurrence = request.seen_records;
  event.by = std::move(request.by);
  event.reason = std::move(request.reason);
  runtime_->on_thread(
      id, [id, event = std::move(event), done = std::move(done)](ShardThread& thread) mutable {
        thread.verb(id, std::move(event), std::move(done));
      });
}

void Engine::get(core::SagaId id, Completion<SagaView> done) {
  runtime_->on_thread(id, [id, done = std::move(done)](ShardThread& thread) mutable {
    thread.get(id, std::move(done));
  });
}

void Engine::find(std::string tenant, std::string workflow, std::string identity,
                  Completion<SagaView> done) {
  runtime_->find({std::move(tenant), std::move(workflow), std::move(identity)}, std::move(done));
}

void Engine::wait(core::SagaId id, core::Duration limit, Completion<SagaView> done) {
  const core::Time until = runtime_->wiring().clock.now() + limit;
  runtime_->on_thread(id, [id, until, done = std::move(done)](ShardThread& thread) mutable {
    thread.wait(id, until, std::move(done));
  });
}

void Engine::list(SagaFilter filter, Completion<SagaPage> done) {
  runtime_->list(std::move(filter), std::move(done));
}

void Engine::history(core::SagaId id, Seq after, std::size_t limit,
                     Completion<std::vector<StoredRecord>> done) {
  runtime_->history(id, after, limit, std::move(done));
}

void Engine::events(std::string cursor, std::size_t limit, Completion<EventPage> done) {
  runtime_->events(std::move(cursor), limit, std::move(done));
}

std::vector<core::DefinitionPointer> Engine::definitions() const {
  return runtime_->wiring().registry.all();
}

core::DefinitionPointer Engine::definition(std::string_view name,
                                           std::optional<std::uint32_t> version) const {
  return runtime_->wiring().registry.find(name, version);
}

EngineHealth Engine::health() const {
  return runtime_->health();
}

}  // namespace sagaloom::engine
