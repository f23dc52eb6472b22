// A whole engine in one process over the memory store, for tests.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "tests/engine/fixture.h"

namespace sagaloom::engine::testing {

using core::Outcome;
using core::Phase;
using namespace std::chrono_literals;

// Collects what is published, acknowledges at once.
class CollectingSink : public EventSink {
 public:
  bool send(const Message& message, Acknowledge acknowledge) override {
    {
      const std::lock_guard lock(mutex_);
      ids_.push_back(message.id);
    }
    acknowledge({});
    return true;
  }
  void flush(Duration) override {}
  std::string health() const override { return {}; }
  std::vector<std::string> ids() const {
    const std::lock_guard lock(mutex_);
    return ids_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> ids_;
};

struct EngineTest : ::testing::Test {
  EngineTest() : database(store::make_memory_database()), host(std::make_shared<ScriptedHost>()) {
    options.node_id = "node-a";
  }

  void boot() {
    EnginePorts ports;
    ports.store = store::open_memory(database, options.node_id);
    ports.steps = host;
    ports.sink = sink;
    ports.compile = [this](const StoredDefinition& stored) -> core::DefinitionPointer {
      return stored.hash == definition->hash ? definition : nullptr;
    };
    engine = std::make_unique<Engine>(std::move(ports), options);
    StoredDefinition stored;
    stored.name = definition->name;
    stored.version = definition->version;
    stored.hash = definition->hash;
    ASSERT_TRUE(engine->register_definition(stored, definition).ok());
    engine->run();
  }

  template <typename T, typename Call>
  static Answer<T> ask(Call call) {
    auto promise = std::make_shared<std::promise<Answer<T>>>();
    auto future = promise->get_future();
    call([promise](Answer<T> answer) { promise->set_value(std::move(answer)); });
    if (future.wait_for(30s) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return EngineError{};
    }
    return future.get();
  }
  Answer<StartReply> start(const std::string& key, Value input = Value(expression::Map{})) {
    return ask<StartReply>([&](auto done) {
      engine->start({"order", std::nullopt, submission(key, std::move(input))}, std::move(done));
    });
  }
  Answer<SagaView> wait(const core::SagaId& id, Duration limit = Duration{20'000}) {
    return ask<SagaView>([&](auto done) { engine->wait(id, limit, std::move(done)); });
  }
  Answer<SagaView> get(const core::SagaId& id) {
    return ask<SagaView>([&](auto done) { engine->get(id, std::move(done)); });
  }
  static Phase phase(const Answer<SagaView>& answer) {
    const auto* view = std::get_if<SagaView>(&answer);
    if (view == nullptr) ADD_FAILURE() << error(answer).code << ": " << error(answer).message;
    return view == nullptr ? Phase::queued : view->saga.head.phase;
  }

  std::shared_ptr<store::MemoryDatabase> database;
  std::shared_ptr<ScriptedHost> host;
  std::shared_ptr<CollectingSink> sink;
  std::shared_ptr<core::Definition> definition = plain_workflow(3);
  EngineOptions options;
  std::unique_ptr<Engine> engine;
};

}  // namespace sagaloom::engine::testing
