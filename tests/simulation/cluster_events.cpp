// The topic that sagas wait for, and its consumer: each shard reads the log in order, its entries
// are delivered again after a silence, and sometimes although they were stored.
#include "runtime/engine/engine.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/node.h"

namespace sagaloom::simulation {

using core::Value;

void Cluster::schedule_events() {
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    const auto definition = definitions_.at(orders_[i].workflow_hash);
    if (definition->events.empty()) continue;
    const auto count = world.random.between(0, 4);
    for (std::int64_t number = 1; number <= count; ++number) {
      const auto shard =
          engine::shard_of("", definition->name, orders_[i].identity, store_identity.shards);
      // One after another, since the order within a key is promised.
      const Duration when(knobs.chaos.count() * number / (count + 1));
      world.after(when, [this, i, number, shard] {
        log_.push_back({i, number, shard});
        consume(shard);
      });
    }
  }
}

void Cluster::consume(engine::ShardNumber shard) {
  std::size_t& place = consumed_[shard];
  while (place < log_.size() && log_[place].shard != shard) ++place;
  if (place >= log_.size()) return;
  const std::uint64_t reading = ++reading_[shard];
  const auto again = [this, shard, reading] {
    if (reading_[shard] == reading) consume(shard);
  };
  world.after(Duration(world.random.between(1'500, 4'000)), again);
  const auto node = owner(shard);
  if (!node) return;
  const Published& entry = log_[place];
  const std::string identity = orders_[entry.order].identity;
  engine::Delivery delivery;
  delivery.source = engine::SourceRow{"bank", 0, static_cast<std::int64_t>(place) + 1};
  engine::InboxMessage message;
  message.key = {"", definitions_.at(orders_[entry.order].workflow_hash)->name, identity};
  message.event = "event:settled";
  message.data = Value::object({{"data", Value::object({{"n", entry.number}})}, {"key", identity}});
  message.ttl = Duration(86'400'000);
  delivery.messages.push_back(std::move(message));
  delivery.done = [this, shard, here = place](engine::Answer<bool> answer) {
    consumed(shard, here, std::holds_alternative<bool>(answer));
  };
  if (!node->shard(shard)->deliver(delivery))
    sometimes.happened("a shard asked its source to wait");
  node->wake();
}

void Cluster::consumed(engine::ShardNumber shard, std::size_t place, bool stored) {
  if (!stored || consumed_[shard] != place) return;
  const Published& entry = log_[place];
  checker->delivered(definitions_.at(orders_[entry.order].workflow_hash)->name + "/" +
                         orders_[entry.order].identity,
                     entry.number, world.now());
  sometimes.happened("an event was stored");
  if (world.random.chance(0.1) && !healing_) {
    sometimes.happened("an event was delivered again");
  } else {
    ++consumed_[shard];
  }
  world.after(Duration(0), [this, shard] { consume(shard); });
}

}  // namespace sagaloom::simulation
