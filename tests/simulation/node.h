// One simulated node: the production's Shard, CommitFlow, Relay and Recovery, driven by the world's
// queue instead of threads. A crash destroys it; what it had sent to the store or to a participant
// is still on its way.
//
// Two committer connections are simulated, so that a shard that let two of its batches be in flight
// would be seen doing so. Threads: one.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/engine/commit_flow.h"
#include "runtime/engine/recovery.h"
#include "runtime/engine/relay.h"
#include "runtime/engine/shard.h"
#include "tests/simulation/cluster.h"

namespace sagaloom::simulation {

class Node : public std::enable_shared_from_this<Node> {
 public:
  Node(Cluster& cluster, std::string id);

  void begin();
  void pause(Duration length);
  void crash() { dead_ = true; }
  bool dead() const { return dead_; }
  const std::string& id() const { return id_; }

  engine::Shard* shard(engine::ShardNumber number);
  bool paused() const;
  // A call of another shard (or of one of this node's).
  void receive(engine::ShardNumber target, const engine::ShardCall& call, engine::Reply reply);
  // Something was put into a shard: decide soon.
  void wake();

 private:
  struct Connection {
    std::unique_ptr<engine::CommitFlow> flow;
    std::vector<engine::ShardNumber> shards;
  };

  // Runs the action on this node: not at all once it is dead, later while it is paused.
  void soon(Duration delay, std::function<void()> action);
  void pump();
  void pump_shard(engine::Shard& shard);
  void look_up(engine::Shard& shard);
  // ---- node_calls.cpp
  void read_mail(engine::Shard& shard);
  void ask(engine::ShardNumber from, engine::ShardCall call);
  void answer(engine::ShardNumber from, std::int64_t epoch, std::uint64_t number,
              engine::ShardReply reply);
  void take_effects(engine::ShardNumber number, engine::Effects effects);
  // ---- node_steps.cpp
  void make_call(engine::StepCall call);
  void invoke(const engine::StepCall& call);
  Participant::Fate fate_of(const engine::StepCall& call);
  bool fails_early(const engine::StepCall& call, Duration latency,
                   const std::function<core::Event()>& perform);
  void time_out(const engine::StepCall& call, const std::function<core::Event()>& perform);
  void answer_step(const core::SagaId& saga, Duration delay, core::Event event);
  void complete(const core::SagaId& saga, const core::Event& event);
  void pump_relay();
  // ---- node_store.cpp
  void fill_connections();
  void drive(std::size_t connection);
  void commit(std::size_t connection);
  void settle(std::size_t connection, bool read_only);
  void finish_flow(std::size_t connection);
  void renew_lease();
  void take_shards();
  void recover(std::shared_ptr<engine::Recovery> recovery, engine::ShardNumber number);
  void start_shard(engine::Recovered recovered);
  bool may_call() const;

  Cluster& cluster_;
  World& world_;
  std::string id_;
  engine::Store store_;
  engine::Relay relay_;
  std::map<engine::ShardNumber, std::unique_ptr<engine::Shard>> shards_;
  std::set<engine::ShardNumber> recovering_;
  std::array<Connection, 2> connections_;
  Time lease_until_{}, paused_until_{}, broker_tail_{};
  Time pump_at_{};
  bool dead_ = false;
};

}  // namespace sagaloom::simulation
