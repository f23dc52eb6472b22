#include "tests/simulation/node.h"

#include <algorithm>

namespace sagaloom::simulation {

using engine::CommitFlow;
using engine::CommitVerdict;

namespace {

engine::RelayOptions relay_options(const Cluster& cluster) {
  engine::RelayOptions options;
  options.store_id = cluster.store_identity.store_id;
  options.ring_bytes = cluster.knobs.ring_bytes;
  options.in_flight = 20;
  options.ahead = 50;
  options.page = 7;
  return options;
}

}  // namespace

Node::Node(Cluster& cluster, std::string id)
    : cluster_(cluster),
      world_(cluster.world),
      id_(std::move(id)),
      store_(store::open_memory(cluster.database, id_)),
      relay_(relay_options(cluster)) {}

void Node::begin() {
  renew_lease();
  take_shards();
}

void Node::soon(Duration delay, std::function<void()> action) {
  world_.after(delay, [self = weak_from_this(), action = std::move(action)] {
    const auto node = self.lock();
    if (!node || node->dead_) return;
    if (node->paused()) {
      return node->soon(node->paused_until_ - node->world_.now(), action);
    }
    action();
  });
}

bool Node::paused() const {
  return world_.now() < paused_until_;
}

void Node::pause(Duration length) {
  paused_until_ = world_.now() + length;
}

engine::Shard* Node::shard(engine::ShardNumber number) {
  const auto it = shards_.find(number);
  return it == shards_.end() ? nullptr : it->second.get();
}

bool Node::may_call() const {
  return world_.now() + Duration(50) < lease_until_;
}

void Node::wake() {
  if (pump_at_ != Time{} && pump_at_ <= world_.now() + Duration(1)) return;
  pump_at_ = world_.now();
  soon(Duration(0), [this] {
    pump_at_ = Time{};
    pump();
  });
}

void Node::pump() {
  Time next = Time::max();
  std::vector<engine::ShardNumber> numbers;
  for (const auto& [number, shard] : shards_) numbers.push_back(number);
  for (const auto number : numbers) {
    if (engine::Shard* one = shard(number)) pump_shard(*one);
  }
  pump_relay();
  fill_connections();
  for (const auto& [number, shard] : shards_) next = std::min(next, shard->next_due());
  next = std::min(next, relay_.next_due());
  if (next == Time::max()) return;
  const Time when = std::max(next, world_.now() + Duration(1));
  if (pump_at_ != Time{} && pump_at_ <= when) return;
  pump_at_ = when;
  soon(when - world_.now(), [this, when] {
    if (pump_at_ != when) return;
    pump_at_ = Time{};
    pump();
  });
}

void Node::pump_shard(engine::Shard& shard) {
  shard.tick(world_.now());
  look_up(shard);
  take_effects(shard.number(), shard.take_effects());
}

// Look-ups take a while, and the store may be away.
void Node::look_up(engine::Shard& shard) {
  const auto number = shard.number();
  read_mail(shard);
  const bool away = world_.random.chance(cluster_.knobs.store_away);
  // First, since what it finds is wanted by the look-ups below.
  if (shard.take_timer_read(world_.now())) {
    if (away) {
      shard.timers_away(world_.now());
    } else {
      shard.timers_found(store_.journal->read_timers(number, Time::max(), shard.timer_read_limit()),
                         world_.now());
    }
  }
  if (auto keys = shard.identities_wanted(); !keys.empty()) {
    soon(cluster_.knobs.commit_ms, [this, number, keys, away] {
      engine::Shard* here = this->shard(number);
      if (!here) return;
      if (away) {
        here->identities_away(keys);
      } else {
        here->identities_found(keys, store_.journal->find_identities(number, keys));
      }
      wake();
    });
  }
  if (auto ids = shard.loads_wanted(); !ids.empty()) {
    cluster_.sometimes.happened("a saga that had left memory was loaded");
    soon(cluster_.knobs.commit_ms, [this, number, ids, away] {
      engine::Shard* here = this->shard(number);
      if (!here) return;
      if (away) {
        here->loads_away(ids);
      } else {
        here->loaded(ids, store_.journal->read_snapshots(number, ids), world_.now());
      }
      wake();
    });
  }
}

void Node::take_effects(engine::ShardNumber number, engine::Effects effects) {
  for (auto& answer : effects.answers) answer();
  for (engine::ShardCall& call : effects.asked) ask(number, std::move(call));
  for (engine::StepCall& call : effects.calls) make_call(std::move(call));
  if (!effects.committed.empty()) relay_.committed(number, std::move(effects.committed));
}

// A queued call is made only while the lease holds; a crash before that makes it unhappen.
void Node::make_call(engine::StepCall call) {
  soon(Duration(world_.random.between(0, 20)), [this, call = std::move(call)] {
    if (!may_call()) {
      cluster_.sometimes.happened("a queued call was held back by the lease");
      return complete(call.saga,
                      answer_to(call.command, core::Outcome::retryable, "call.not_owner"));
    }
    invoke(call);
  });
}

void Node::complete(const core::SagaId& saga, const core::Event& event) {
  if (engine::Shard* here = shard(saga.shard())) {
    here->complete(saga, event);
    wake();
  }
}

void Node::invoke(const engine::StepCall& call) {
  Knobs& k = cluster_.knobs;
  Random& random = world_.random;
  const core::Command& command = call.command;
  cluster_.checker->called(call.saga, command);
  const bool forward = command.role == core::Role::execute;
  bool idempotent = true;
  for (const auto& [id, saga] : cluster_.checker->sagas()) {
    if (id != call.saga) continue;
    if (const auto* step = saga.find(command.path)) idempotent = step->idempotent;
  }
  const bool refuse = forward && random.chance(k.refuse);
  const bool broken = forward && random.chance(k.bad_output);
  const auto perform = [this, call, idempotent, refuse, broken] {
    return cluster_.participant.perform(call.saga, call.command, call.epoch, idempotent, refuse,
                                        broken);
  };
  const Duration latency(random.chance(k.pending_tail) ? random.between(500, 6'000)
                                                       : random.between(1, 50));
  const auto answer = [this, saga = call.saga](Duration delay, core::Event event) {
    soon(delay, [this, saga, event = std::move(event)] { complete(saga, event); });
  };
  const double fate = random.unit();
  double edge = k.not_done;
  if (fate < edge)
    return answer(latency, answer_to(command, core::Outcome::retryable, "shop.busy"));
  if (fate < (edge += k.lost_before)) {
    return answer(latency, answer_to(command, core::Outcome::unknown, "call.lost"));
  }
  if (fate < (edge += k.lost_after)) {
    perform();
    return answer(latency, answer_to(command, core::Outcome::unknown, "call.lost"));
  }
  if (fate < (edge += k.crash_call)) {
    if (random.chance(0.5)) perform();
    core::Event crash = answer_to(command, core::Outcome::unknown, "call.crashed");
    crash.crashed = true;
    return answer(latency, crash);
  }
  if (fate < (edge += k.late) || latency >= call.time_left) {
    // Silent past its deadline, done later all the same: the world does it even if the node dies.
    core::Event timeout = answer_to(command, core::Outcome::unknown, "call.timeout");
    timeout.running = true;
    answer(call.time_left, timeout);
    const Duration effect_at = call.time_left + Duration(random.between(0, 2'000));
    const bool tells = random.chance(0.7);
    world_.after(effect_at, [self = weak_from_this(), perform, command, saga = call.saga, tells] {
      const core::Event late = perform();
      const auto node = self.lock();
      if (!node || node->dead_) return;
      node->cluster_.sometimes.happened("a call took effect after its deadline");
      node->soon(Duration(0), [node = node.get(), saga, late, command, tells] {
        if (tells) node->complete(saga, late);
        core::Event returned = late;
        returned.kind = core::EventKind::call_returned;
        returned.output.reset();
        node->complete(saga, returned);
      });
    });
    return;
  }
  world_.after(latency, [self = weak_from_this(), perform, saga = call.saga] {
    const core::Event event = perform();
    const auto node = self.lock();
    if (!node || node->dead_) return;
    node->soon(Duration(0), [node = node.get(), saga, event] { node->complete(saga, event); });
  });
}

void Node::pump_relay() {
  while (const auto read = relay_.read_wanted()) {
    cluster_.sometimes.happened("the relay read below its ring");
    relay_.on_read(*read, [&] {
      auto rows = store_.journal->read_journal(read->shard, read->after, read->limit);
      std::erase_if(rows, [&](const auto& row) { return row.seq > read->through; });
      return rows;
    }());
  }
  while (const auto outgoing = relay_.next(world_.now())) {
    if (!cluster_.broker_is_up()) {
      soon(Duration(100), [this] { wake(); });
      break;
    }
    const engine::Message message = *outgoing->message;
    const std::uint64_t tag = outgoing->tag;
    relay_.sent(tag);
    broker_tail_ = std::max(broker_tail_, world_.now()) + Duration(world_.random.between(0, 5));
    cluster_.publish(message, broker_tail_);
    Duration acknowledged = broker_tail_ - world_.now() + Duration(world_.random.between(0, 30));
    if (world_.random.chance(cluster_.knobs.message_lost_ack)) acknowledged += Duration(2'000);
    soon(acknowledged, [this, tag] {
      relay_.acknowledged(tag, {}, world_.now());
      wake();
    });
  }
  for (auto& moved : relay_.take_moved()) {
    cluster_.checker->published_through(moved.shard, moved.published);
    if (engine::Shard* here = shard(moved.shard)) {
      here->published(moved.published, std::move(moved.dead_letters), world_.now());
    }
  }
}

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
  shard_world.missing = [](const core::Definition&, std::string_view) { return false; };
  shard_world.observer = std::make_shared<engine::Observer>();
  const auto number = recovered.owned.shard;
  relay_.own(number, recovered.progress.published, recovered.owned.max_seq);
  for (const auto& loaded : recovered.sagas) {
    if (loaded.state->head.phase == core::Phase::compensating) {
      cluster_.sometimes.happened("a takeover during undo");
    }
  }
  shards_[number] = std::make_unique<engine::Shard>(std::move(recovered), options,
                                                    std::move(shard_world), world_.now());
  wake();
}

}  // namespace sagaloom::simulation
