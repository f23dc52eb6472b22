// The topic that sagas wait for, and its consumer: each shard reads the log in order, its entries
// are delivered again after a silence, and sometimes although they were stored.
#include "runtime/engine/engine.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/node.h"
#include "tests/simulation/random_calls.h"

namespace sagaloom::simulation {

using core::Value;

namespace {

constexpr Duration kept_for{86'400'000};

}  // namespace

void Cluster::schedule_events() {
  participant.on_accepted = [this](const core::SagaId& saga, const core::Command& command) {
    accepted(saga, command);
  };
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    const auto definition = definitions_.at(orders_[i].workflow_hash);
    if (definition->events.empty()) continue;
    const auto count = world.random.between(0, 4);
    for (std::int64_t number = 1; number <= count; ++number) {
      // One after another, since the order within a key is promised.
      const Duration when(knobs.chaos.count() * number / (count + 1));
      world.after(when, [this, i, number, workflow = definition->name] {
        const std::string event = world.random.chance(0.2) ? "ticked" : "settled";
        write_event(workflow, orders_[i].identity, event, Value::object({{"n", number}}));
      });
    }
  }
}

// The source may write what it says twice; events of one number are told to be the same.
void Cluster::write_event(const std::string& workflow, const std::string& identity,
                          const std::string& event, Value data) {
  const auto shard = engine::shard_of("", workflow, identity, store_identity.shards);
  Published entry{{"", workflow, identity}, event, std::move(data), ++written_, shard};
  const int times = event != "ticked" && world.random.chance(knobs.event_twice) ? 2 : 1;
  if (times == 2) sometimes.happened("an event was written twice");
  for (int i = 0; i < times; ++i) log_.push_back(entry);
  consume(shard);
}

// A call was answered «pending»: its end follows, as an event or as a signal.
void Cluster::accepted(const core::SagaId& saga, const core::Command& command) {
  const Duration when(world.random.between(5, knobs.decide_ms.count()));
  world.after(when, [this, saga, command] {
    const bool may_refuse = command.operation.starts_with(answering_later);
    const auto refused =
        participant.decide(command, may_refuse && world.random.chance(knobs.refuse_later));
    const auto known = checker->sagas().find(saga);
    if (!refused || known == checker->sagas().end()) return;
    const Value data = Value::object({{"key", command.effect_key}, {"refused", *refused}});
    if (command.operation.find("signal_") != std::string::npos) {
      return signal_until_heard(saga, data);
    }
    const core::SagaRecord& head = known->second.head;
    write_event(head.workflow, head.identity, "answered", data);
  });
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
  engine::Delivery delivery;
  delivery.source = engine::SourceRow{"bank", 0, static_cast<std::int64_t>(place) + 1};
  engine::InboxMessage message;
  message.key = entry.key;
  message.event = "event:" + entry.event;
  message.data = Value::object(
      {{"data", entry.data.with("number", Value(entry.number))}, {"key", entry.key.key}});
  if (entry.event != "ticked") {
    message.ttl = kept_for;
    message.dedupe = std::to_string(entry.number);
  }
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
  if (entry.event != "ticked") {
    checker->said_to_be_stored(entry.key, "event:" + entry.event, entry.number);
    sometimes.happened("an event was stored");
  }
  if (world.random.chance(0.1) && !healing_) {
    sometimes.happened("an event was delivered again");
  } else {
    ++consumed_[shard];
  }
  world.after(Duration(0), [this, shard] { consume(shard); });
}

}  // namespace sagaloom::simulation
