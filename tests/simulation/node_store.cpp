// A simulated node and the store: batches and their fates, the lease, taking shards over.
#include <algorithm>

#include "tests/simulation/node.h"

namespace sagaloom::simulation {

using engine::CommitFlow;
using engine::CommitVerdict;

void Node::fill_connections() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    if (connections_[i].flow) continue;
    std::vector<engine::BatchPointer> batches;
    std::vector<engine::ShardNumber> numbers;
    for (const auto& [number, shard] : shards_) {
      const bool not_mine = world_.random.chance(0.3);  // shards spread over both connections
      if (not_mine) continue;
      if (auto batch = shard->take_batch(world_.now(), {cluster_.knobs.batch_rows, 1u << 20})) {
        batches.push_back(std::move(batch));
        numbers.push_back(number);
      }
    }
    if (batches.empty()) {
      for (const auto& [number, shard] : shards_) {
        if (!shard->settled()) return soon(Duration(5), [this] { wake(); });
      }
      continue;
    }
    connections_[i].flow = std::make_unique<CommitFlow>(std::move(batches));
    connections_[i].shards = std::move(numbers);
    drive(i);
  }
}

void Node::drive(std::size_t connection) {
  CommitFlow& flow = *connections_[connection].flow;
  switch (flow.need()) {
    case CommitFlow::Need::commit:
      return commit(connection);
    case CommitFlow::Need::settle:
      return settle(connection, false);
    case CommitFlow::Need::read_owned:
      return settle(connection, true);
    case CommitFlow::Need::pause:
      return soon(flow.pause(), [this, connection] {
        connections_[connection].flow->on_paused();
        drive(connection);
      });
    case CommitFlow::Need::done:
      return finish_flow(connection);
  }
}

void Node::commit(std::size_t connection) {
  auto rows =
      std::make_shared<std::vector<engine::ShardRows>>(connections_[connection].flow->rows());
  auto store = std::make_shared<engine::Store>(store::open_memory(cluster_.database, id_));
  cluster_.send_commit(store, rows, [self = weak_from_this(), connection](auto outcome) {
    const auto node = self.lock();
    if (!node || node->dead_) return;
    node->soon(Duration(0), [node = node.get(), connection, outcome] {
      node->connections_[connection].flow->on_commit(outcome);
      node->drive(connection);
    });
  });
}

void Node::settle(std::size_t connection, bool read_only) {
  soon(cluster_.knobs.commit_ms, [this, connection, read_only] {
    CommitFlow& flow = *connections_[connection].flow;
    if (world_.random.chance(cluster_.knobs.store_away)) {
      flow.on_away();
    } else if (read_only) {
      flow.on_owned(store_.journal->read_owned(flow.owned()));
    } else {
      cluster_.sometimes.happened("an unknown commit was settled");
      flow.on_settled(store_.journal->settle(flow.owned()));
    }
    drive(connection);
  });
}

void Node::finish_flow(std::size_t connection) {
  auto verdicts = connections_[connection].flow->take_verdicts();
  const auto numbers = std::exchange(connections_[connection].shards, {});
  connections_[connection].flow.reset();
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    CommitVerdict& verdict = verdicts[i];
    const auto it = shards_.find(numbers[i]);
    if (it == shards_.end()) continue;
    if (verdict.fate == CommitVerdict::Fate::committed) {
      it->second->on_committed(std::move(verdict.batch), world_.now());
      take_effects(numbers[i], it->second->take_effects());
      continue;
    }
    cluster_.sometimes.happened("a stale owner was refused");
    take_effects(numbers[i], it->second->abandon(std::move(verdict.batch)));
    shards_.erase(it);
    relay_.drop(numbers[i]);
  }
  wake();
}

void Node::renew_lease() {
  lease_until_ = world_.now() + cluster_.knobs.lease;
  store_.catalog->renew_lease("", cluster_.knobs.lease);
  soon(cluster_.knobs.lease / 3, [this] { renew_lease(); });
}

// Takes what is free, one or two shards at a time, so that the nodes share them.
void Node::take_shards() {
  soon(cluster_.knobs.lease / 4 + Duration(world_.random.between(0, 100)),
       [this] { take_shards(); });
  std::vector<engine::ShardNumber> wanted;
  for (int i = 0; i < cluster_.knobs.shards; ++i) {
    const auto number = static_cast<engine::ShardNumber>(i);
    if (!shards_.contains(number) && !recovering_.contains(number)) wanted.push_back(number);
  }
  if (wanted.empty()) return;
  const auto from = world_.random.next() % wanted.size();
  wanted = {wanted[from]};
  for (const engine::OwnedShard& owned : store_.journal->take_over(wanted, false)) {
    cluster_.sometimes.happened("a shard was taken over");
    recovering_.insert(owned.shard);
    recover(
        std::make_shared<engine::Recovery>(owned, world_.now(), cluster_.knobs.residence_horizon),
        owned.shard);
  }
}

void Node::recover(std::shared_ptr<engine::Recovery> recovery, engine::ShardNumber number) {
  soon(Duration(world_.random.between(1, 10)), [this, recovery, number] {
    if (!recovery->step(*store_.journal)) return recover(recovery, number);
    recovering_.erase(number);
    if (recovery->damaged() > 0) cluster_.sometimes.happened("DAMAGED rows at recovery");
    start_shard(recovery->take());
  });
}

void Node::start_shard(engine::Recovered recovered) {
  engine::ShardOptions options;
  options.inlet_limit = cluster_.knobs.inlet_limit;
  options.checkpoint_lag = cluster_.knobs.checkpoint_lag;
  options.residence_horizon = cluster_.knobs.residence_horizon;
  options.seed = world_.random.next();
  engine::ShardWorld shard_world;
  shard_world.definition = [this](const std::string& hash) { return cluster_.definition(hash); };
  shard_world.registered = [this](const std::string& workflow, std::uint32_t version) {
    return cluster_.registered(workflow, version);
  };
  shard_world.missing = [this](const core::Definition&, std::string_view operation) {
    return cluster_.is_missing(operation);
  };
  shard_world.observer = std::make_shared<engine::Observer>();
  const auto number = recovered.owned.shard;
  relay_.own(number, recovered.progress.published, recovered.owned.max_seq);
  for (const auto& loaded : recovered.sagas) {
    if (loaded.state->head.phase == core::Phase::compensating) {
      cluster_.sometimes.happened("a takeover during undo");
    }
    if (loaded.state->head.suspended) {
      cluster_.sometimes.happened("a takeover of a suspended saga");
    }
  }
  shards_[number] = std::make_unique<engine::Shard>(std::move(recovered), options,
                                                    std::move(shard_world), world_.now());
  wake();
}

}  // namespace sagaloom::simulation
