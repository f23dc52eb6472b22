// Everything around the nodes: the shared store with its faults, the participants, the broker, the
// clients and, once faults have stopped, an operator. One cluster is one seed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/engine/between_shards.h"
#include "runtime/engine/engine.h"
#include "runtime/store/memory/memory_store.h"
#include "tests/simulation/checker.h"
#include "tests/simulation/knobs.h"
#include "tests/simulation/participant.h"
#include "tests/simulation/world.h"

namespace sagaloom::simulation {

class Node;

// Things that must have happened sometimes, over many seeds; a run that never met them proves
// nothing.
struct Sometimes {
  std::map<std::string, std::uint64_t> counts;
  void happened(const std::string& what, std::uint64_t times = 1) { counts[what] += times; }
};

struct SeedResult {
  std::optional<Violation> violation;
  std::uint64_t hash = 0, events = 0, records = 0, sagas = 0;
};

class Cluster {
 public:
  Cluster(std::uint64_t seed, Sometimes& sometimes);
  ~Cluster();
  SeedResult run();

  // ---- used by nodes
  World world;
  Knobs knobs;
  Sometimes& sometimes;
  Participant participant;
  std::shared_ptr<store::MemoryDatabase> database;
  std::unique_ptr<Checker> checker;
  engine::StoreIdentity store_identity{"sim", 0};

  core::DefinitionPointer definition(const std::string& hash) const;
  core::DefinitionPointer registered(const std::string& workflow, std::uint32_t version) const;
  // Hands a call between shards to the owner of its target.
  void bring(const engine::ShardCall& call, engine::Reply reply);
  // Sends the rows to the store over a connection of `journal`; `answer` comes later, or what came
  // of it instead. Survives the node.
  void send_commit(std::shared_ptr<engine::Store> store,
                   std::shared_ptr<std::vector<engine::ShardRows>> rows,
                   std::function<void(engine::CommitOutcome)> answer);
  void publish(const engine::Message& message, Time when);
  bool broker_is_up() const { return !broker_down_; }
  std::uint64_t next_id() { return world.random.next(); }
  bool is_missing(std::string_view operation) const;

 private:
  struct Order {
    std::string identity, workflow_hash;
    bool acknowledged = false;
    core::SagaId saga;
  };
  void make_workload();
  void start_nodes();
  void schedule_faults();
  void crash_one();
  void pause_one();
  void restart(std::size_t place);
  void submit_until_known(std::size_t order);
  void submit(std::size_t order, bool other_body);
  void lose_a_plugin();
  void count_what_happened();
  // ---- cluster_events.cpp
  struct Published {
    engine::IdentityKey key;
    std::string event;
    core::Value data;
    std::int64_t number = 0;  // tells the events of a key and name apart
    engine::ShardNumber shard = 0;
  };
  void schedule_events();
  void write_event(const std::string& workflow, const std::string& identity,
                   const std::string& event, core::Value data);
  void consume(engine::ShardNumber shard);
  void consumed(engine::ShardNumber shard, std::size_t place, bool stored);
  void accepted(const core::SagaId& saga, const core::Command& command);
  // ---- cluster_people.cpp
  void schedule_people();
  void people();
  void see_to(const core::SagaId& id, const core::Saga& saga);
  void answer_task(const core::SagaId& saga, const core::Path& path);
  void signal(const core::SagaId& saga, const std::string& name, core::Value data);
  void signal_until_heard(const core::SagaId& saga, const core::Value& data);
  // ---- cluster_operator.cpp
  using Told = std::function<void(const engine::EngineError*)>;  // null: it was done
  void say(const core::SagaId& saga, core::Event event, Told done);
  void cancel(std::size_t order);
  void operate();
  void operate_step(const core::Saga& saga, const core::Path& path, const core::StepRecord& step);
  void interfere();
  void suspend(const core::SagaId& saga);
  void migrate(const core::Saga& saga);
  void interfere_with(const core::Saga& saga, const core::Path& path, const core::StepRecord& step);
  void say_verb(const core::SagaId& saga, const core::Path& path, core::EventKind kind);
  bool resolve_by_hand(const core::Saga& saga, const core::Path& path, const core::StepRecord& step,
                       bool anyway);
  std::shared_ptr<Node> owner(engine::ShardNumber shard);
  engine::CommitOutcome write(engine::Store& store, const std::vector<engine::ShardRows>& rows);
  bool poisoned(const std::vector<engine::ShardRows>& rows);

  std::vector<std::shared_ptr<Node>> nodes_;
  std::map<std::string, core::DefinitionPointer> definitions_;  // by hash
  std::vector<Order> orders_;
  std::set<core::SagaId> poison_;  // sagas whose next record the store refuses
  std::vector<Published> log_;     // of the one topic that sagas wait for
  std::map<engine::ShardNumber, std::size_t> consumed_;   // entries of the log that are done with
  std::map<engine::ShardNumber, std::uint64_t> reading_;  // tells a read from the one before it
  std::set<std::string, std::less<>> missing_;  // steps whose operations no plugin offers now
  std::int64_t said_ = 0, written_ = 0;         // verbs and signals; events
  bool healing_ = false, broker_down_ = false;
  int restarts_ = 0;
};

}  // namespace sagaloom::simulation
