#include "tests/simulation/node.h"

#include <algorithm>

namespace sagaloom::simulation {

using engine::CommitFlow;
using engine::CommitVerdict;

namespace {

constexpr Duration longest_sleep{1'000};  // of a shard's thread: it looks around in any case

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
  next = std::min(next, world_.now() + longest_sleep);
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

}  // namespace sagaloom::simulation
