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

// Passes everything on, but first says what is about to be read; that may block or throw.
class WatchedJournal : public Journal {
 public:
  using Owned = std::vector<std::pair<ShardNumber, std::int64_t>>;
  explicit WatchedJournal(std::unique_ptr<Journal> inner) : inner_(std::move(inner)) {}
  std::function<void()> on_read_owned;
  std::function<void(const std::vector<IdentityKey>&)> on_find_identities;
  std::function<void(ShardNumber)> on_read_journal;

  std::vector<OwnedShard> take_over(const std::vector<ShardNumber>& shards, bool force) override {
    return inner_->take_over(shards, force);
  }
  CommitOutcome commit(const std::vector<ShardRows>& shards) override {
    return inner_->commit(shards);
  }
  std::vector<OwnedShard> settle(const Owned& owned) override { return inner_->settle(owned); }
  std::vector<OwnedShard> read_owned(const Owned& owned) override {
    if (on_read_owned) on_read_owned();
    return inner_->read_owned(owned);
  }
  void release(const Owned& owned) override { inner_->release(owned); }
  std::vector<IdentityRow> find_identities(ShardNumber shard,
                                           const std::vector<IdentityKey>& keys) override {
    if (on_find_identities) on_find_identities(keys);
    return inner_->find_identities(shard, keys);
  }
  Progress read_progress(ShardNumber shard) override { return inner_->read_progress(shard); }
  std::vector<StoredRecord> read_journal(ShardNumber shard, Seq after, std::size_t limit) override {
    if (on_read_journal) on_read_journal(shard);
    return inner_->read_journal(shard, after, limit);
  }
  std::vector<StoredSnapshot> read_snapshots(ShardNumber shard,
                                             const std::vector<core::SagaId>& ids) override {
    return inner_->read_snapshots(shard, ids);
  }
  std::vector<InboxHead> read_inbox_heads(ShardNumber shard, const std::optional<InboxHead>& after,
                                          std::size_t limit) override {
    return inner_->read_inbox_heads(shard, after, limit);
  }
  std::vector<InboxRow> read_inbox(ShardNumber shard,
                                   const std::vector<IdentityKey>& keys) override {
    return inner_->read_inbox(shard, keys);
  }
  std::vector<SourceRow> read_sources(ShardNumber shard) override {
    return inner_->read_sources(shard);
  }
  std::vector<LockRow> read_locks(ShardNumber shard) override { return inner_->read_locks(shard); }
  std::vector<SeenRow> find_seen(ShardNumber shard, std::int32_t day,
                                 const std::vector<SeenRow>& asked) override {
    return inner_->find_seen(shard, day, asked);
  }
  std::size_t sweep_seen(ShardNumber shard, std::int32_t day, std::size_t limit) override {
    return inner_->sweep_seen(shard, day, limit);
  }
  std::size_t sweep_dead_letters(ShardNumber shard, std::size_t keep, std::size_t limit) override {
    return inner_->sweep_dead_letters(shard, keep, limit);
  }
  std::vector<StoredTimer> read_timers(ShardNumber shard, Time until, std::size_t limit) override {
    return inner_->read_timers(shard, until, limit);
  }
  LiveCount count_live(ShardNumber shard) override { return inner_->count_live(shard); }
  std::size_t trim(ShardNumber shard, Seq through, std::size_t limit) override {
    return inner_->trim(shard, through, limit);
  }

 private:
  std::unique_ptr<Journal> inner_;
};

// A catalog whose lease requests may fail.
class WatchedCatalog : public Catalog {
 public:
  explicit WatchedCatalog(std::unique_ptr<Catalog> inner) : inner_(std::move(inner)) {}
  std::function<void()> on_renew;

  StoreIdentity identity() override { return inner_->identity(); }
  bool register_definition(const StoredDefinition& definition) override {
    return inner_->register_definition(definition);
  }
  std::vector<StoredDefinition> definitions() override { return inner_->definitions(); }
  NodeLease renew_lease(const std::string& url, Duration lease) override {
    if (on_renew) on_renew();
    return inner_->renew_lease(url, lease);
  }

 private:
  std::unique_ptr<Catalog> inner_;
};

struct EngineTest : ::testing::Test {
  EngineTest() : database(store::make_memory_database()), host(std::make_shared<ScriptedHost>()) {
    options.node_id = "node-a";
  }

  void boot() {
    EnginePorts ports;
    ports.store = store::open_memory(database, options.node_id);
    if (wrap) wrap(ports.store);
    ports.steps = host;
    ports.observer = observer;
    ports.sink = sink;
    ports.reread = reread;
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
  std::shared_ptr<Observer> observer;
  std::function<void(Store&)> wrap;  // puts faults between the engine and the store
  decltype(EnginePorts::reread) reread;
  std::shared_ptr<core::Definition> definition = plain_workflow(3);
  EngineOptions options;
  std::unique_ptr<Engine> engine;
};

}  // namespace sagaloom::engine::testing
