#include "tests/simulation/cluster.h"

#include <algorithm>

#include "runtime/engine/engine.h"
#include "tests/simulation/node.h"
#include "tests/simulation/workload.h"

namespace sagaloom::simulation {

using core::EventKind;
using core::Value;
using engine::CommitStatus;

namespace {

constexpr std::uint64_t event_limit = 1'500'000;  // of one seed: more is a livelock

}  // namespace

Cluster::Cluster(std::uint64_t seed, Sometimes& found)
    : world(seed), knobs(draw_knobs(world.random)), sometimes(found) {
  store::MemoryOptions options;
  options.shards = static_cast<std::uint16_t>(knobs.shards);
  options.store_id = store_identity.store_id;
  options.now = [this] { return world.now(); };
  database = store::make_memory_database(options);
  store_identity.shards = options.shards;
  make_workload();
  checker = std::make_unique<Checker>(store_identity.store_id, definitions_);
}

Cluster::~Cluster() = default;

void Cluster::make_workload() {
  for (int i = 0; i < knobs.definitions; ++i) {
    Random same = world.random;
    auto definition = random_definition(world.random, i);
    definitions_[definition->hash] = definition;
    auto next = next_version(same, i);
    definitions_[next->hash] = next;
  }
  for (int i = 0; i < knobs.sagas; ++i) {
    auto chosen = definitions_.begin();  // version 1 comes first, by its hash
    const auto roots = static_cast<std::uint64_t>(knobs.definitions);
    std::advance(chosen, static_cast<long>(world.random.next() % roots));
    orders_.push_back({"order-" + std::to_string(i), chosen->first});
  }
  const auto child = random_child(world.random);
  definitions_[child->hash] = child;
}

core::DefinitionPointer Cluster::registered(const std::string& workflow,
                                            std::uint32_t version) const {
  for (const auto& [hash, definition] : definitions_) {
    if (definition->name == workflow && definition->version == version) return definition;
  }
  return nullptr;
}

void Cluster::bring(const engine::ShardCall& call, engine::Reply reply) {
  const engine::ShardNumber target = engine::target_of(call, store_identity.shards);
  const auto node = owner(target);  // or who thinks so
  if (!node) return reply({.again = true});
  node->receive(target, call, std::move(reply));
}

core::DefinitionPointer Cluster::definition(const std::string& hash) const {
  const auto it = definitions_.find(hash);
  return it == definitions_.end() ? nullptr : it->second;
}

SeedResult Cluster::run() {
  start_nodes();
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    world.after(Duration(world.random.between(0, knobs.chaos.count() * 2 / 3)),
                [this, i] { submit_until_known(i); });
  }
  schedule_faults();
  schedule_events();
  schedule_people();
  const Time healed_at = world.now() + knobs.chaos;
  bool fine = world.run_until(healed_at, event_limit);
  healing_ = true;
  broker_down_ = false;
  knobs = healed(knobs);
  poison_.clear();
  missing_.clear();
  world.after(Duration(10'000), [this] { operate(); });  // when what was late has landed
  for (std::size_t place = 0; place < nodes_.size(); ++place) restart(place);
  const Time end = world.now() + Duration(900'000);
  while (fine && world.now() < end) {
    fine = world.run_until(world.now() + Duration(5'000), event_limit);
    const bool all_known = std::all_of(orders_.begin(), orders_.end(),
                                       [](const Order& order) { return order.acknowledged; });
    if (all_known && checker->all_ended()) break;
  }
  // What is still on its way lands: late effects, the last events.
  if (fine) fine = world.run_until(world.now() + Duration(20'000), event_limit);
  if (!fine && !checker->violation()) sometimes.happened("LIVELOCK");
  checker->finish(participant);
  count_what_happened();
  SeedResult result;
  result.violation = checker->violation();
  if (!fine && !result.violation) result.violation = Violation{"L", "more events than the limit"};
  result.hash = world.trace_hash();
  result.events = world.events();
  result.records = checker->records();
  result.sagas = checker->sagas().size();
  return result;
}

void Cluster::count_what_happened() {
  for (const auto& [what, times] : checker->counts()) sometimes.happened(what, times);
  sometimes.happened("a duplicate event was published", checker->duplicates());
  sometimes.happened("a participant refused a late call", participant.fenced());
  sometimes.happened("a participant refused a smaller epoch", participant.stale_owner());
  sometimes.happened("a remembered answer was given again", participant.repeated());
  sometimes.happened("a check fenced its call", participant.fenced_by_check());
}

void Cluster::start_nodes() {
  for (int i = 0; i < knobs.nodes; ++i) {
    nodes_.push_back(std::make_shared<Node>(*this, "node-" + std::to_string(i)));
    nodes_.back()->begin();
  }
}

void Cluster::schedule_faults() {
  if (knobs.crash_every_s > 0) {
    world.after(Duration(static_cast<std::int64_t>(1000 * knobs.crash_every_s *
                                                   (0.5 + world.random.unit()))),
                [this] { crash_one(); });
  }
  if (knobs.pause_every_s > 0) {
    world.after(Duration(static_cast<std::int64_t>(1000 * knobs.pause_every_s *
                                                   (0.5 + world.random.unit()))),
                [this] { pause_one(); });
  }
  if (knobs.missing_every > Duration(0)) {
    world.after(knobs.missing_every, [this] { lose_a_plugin(); });
  }
  if (knobs.broker_down > 0) {
    world.after(Duration(world.random.between(0, knobs.chaos.count())), [this] {
      broker_down_ = !healing_;
      sometimes.happened("the broker was away");
      world.after(Duration(world.random.between(100, 5'000)), [this] { broker_down_ = false; });
    });
  }
}

// All operations of one step's number are gone for a while, on every node.
void Cluster::lose_a_plugin() {
  if (healing_ || knobs.missing_every == Duration(0)) return;
  const std::string lost = "s" + std::to_string(world.random.between(0, 9));
  missing_.insert(lost);
  world.after(Duration(world.random.between(100, 3'000)), [this, lost] { missing_.erase(lost); });
  world.after(knobs.missing_every, [this] { lose_a_plugin(); });
}

bool Cluster::is_missing(std::string_view operation) const {
  const auto mark = operation.find_last_of("._");
  return mark != std::string_view::npos && missing_.contains(operation.substr(mark + 1));
}

void Cluster::crash_one() {
  if (healing_ || knobs.crash_every_s == 0) return;
  const std::size_t place = world.random.next() % nodes_.size();
  nodes_[place]->crash();
  sometimes.happened("a node crashed");
  world.after(Duration(world.random.between(10, 4'000)), [this, place] { restart(place); });
  world.after(
      Duration(static_cast<std::int64_t>(1000 * knobs.crash_every_s * (0.5 + world.random.unit()))),
      [this] { crash_one(); });
}

void Cluster::restart(std::size_t place) {
  if (!nodes_[place]->dead()) return;
  std::string id = "node-" + std::to_string(place);
  if (knobs.restart_elsewhere) id += "-" + std::to_string(++restarts_);
  nodes_[place] = std::make_shared<Node>(*this, id);
  nodes_[place]->begin();
}

void Cluster::pause_one() {
  if (healing_ || knobs.pause_every_s == 0) return;
  nodes_[world.random.next() % nodes_.size()]->pause(
      Duration(world.random.between(10, 3 * knobs.lease.count())));
  sometimes.happened("a node was paused");
  world.after(
      Duration(static_cast<std::int64_t>(1000 * knobs.pause_every_s * (0.5 + world.random.unit()))),
      [this] { pause_one(); });
}

std::shared_ptr<Node> Cluster::owner(engine::ShardNumber shard) {
  const std::size_t from = world.random.next() % nodes_.size();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto& node = nodes_[(from + i) % nodes_.size()];
    if (!node->dead() && !node->paused() && node->shard(shard)) return node;
  }
  return nullptr;
}

// A client: sends its order until somebody answers, and sometimes once more.
void Cluster::submit_until_known(std::size_t index) {
  if (orders_[index].acknowledged) return;
  submit(index, false);
  world.after(Duration(world.random.between(200, 2'000)),
              [this, index] { submit_until_known(index); });
  if (!world.random.chance(knobs.duplicate_submit) || healing_) return;
  const bool other = world.random.chance(knobs.other_body);
  world.after(Duration(world.random.between(0, 3'000)),
              [this, index, other] { submit(index, other); });
}

void Cluster::submit(std::size_t index, bool other_body) {
  Order& order = orders_[index];
  const auto definition = definitions_.at(order.workflow_hash);
  const auto shard = engine::shard_of("", definition->name, order.identity, store_identity.shards);
  const auto node = owner(shard);
  if (!node) return;
  core::Submission submission;
  submission.input = Value::object({{"order", order.identity}});
  submission.header = order.identity;
  submission.fingerprint = std::string(64, other_body ? 'e' : 'f');
  const core::Context context{world.now(), 0, {}};
  auto head = core::admit(*definition, submission, context);
  engine::Start start;
  start.id = core::make_saga_id(world.now().time_since_epoch().count(), shard, next_id());
  start.definition = definition;
  start.head = std::make_shared<core::SagaRecord>(*head);
  start.ask_lock = definition->concurrency && definition->concurrency->reject;
  start.done = [this, index, other_body](engine::Answer<engine::StartReply> answer) {
    Order& known = orders_[index];
    if (const auto* reply = std::get_if<engine::StartReply>(&answer)) {
      checker->acknowledged(definitions_.at(known.workflow_hash)->name + "/" + known.identity,
                            reply->id);
      if (reply->replayed) sometimes.happened("a submission was replayed");
      if (!other_body) known.saga = reply->id;
      const bool first = !known.acknowledged;
      known.acknowledged = true;
      if (first && world.random.chance(knobs.cancel)) {
        world.after(Duration(world.random.between(0, 3'000)), [this, index] { cancel(index); });
      }
      return;
    }
    const auto& error = std::get<engine::EngineError>(answer);
    if (error.code == "saga.locked") {
      return sometimes.happened("a concurrency key was refused");  // it is sent again
    }
    if (error.kind == engine::EngineError::Kind::invalid ||
        error.kind == engine::EngineError::Kind::conflict) {
      sometimes.happened("an identity with another body was refused");
      known.acknowledged = true;
    }
  };
  if (!node->shard(shard)->submit(start)) sometimes.happened("a full inlet refused");
  node->wake();
}

bool Cluster::poisoned(const std::vector<engine::ShardRows>& rows) {
  for (const auto& shard : rows) {
    for (const auto& row : shard.journal) {
      if (row.record.event.kind == EventKind::refused_by_store) {
        poison_.erase(row.saga);
      } else if (!row.saga.nil() && poison_.contains(row.saga)) {
        return true;
      }
    }
  }
  return false;
}

engine::CommitOutcome Cluster::write(engine::Store& store,
                                     const std::vector<engine::ShardRows>& rows) {
  if (poisoned(rows)) {
    sometimes.happened("the store refused a record");
    return {CommitStatus::refused, "poison"};
  }
  const auto outcome = store.journal->commit(rows);
  if (outcome.status == CommitStatus::committed) checker->committed(rows, world.now());
  if (outcome.status == CommitStatus::fenced) sometimes.happened("a batch was fenced");
  return outcome;
}

void Cluster::send_commit(std::shared_ptr<engine::Store> store,
                          std::shared_ptr<std::vector<engine::ShardRows>> rows,
                          std::function<void(engine::CommitOutcome)> answer) {
  Random& random = world.random;
  const Duration there(random.between(1, knobs.commit_ms.count()));
  const Duration back(random.between(0, knobs.commit_ms.count()));
  const engine::CommitOutcome unknown{CommitStatus::unknown, "the answer was lost"};
  if (random.chance(knobs.commit_refused)) {
    for (const auto& shard : *rows) {
      for (const auto& row : shard.journal) {
        const bool fresh = row.record.event.kind != EventKind::refused_by_store;
        if (!row.saga.nil() && row.prev != 0 && fresh && random.chance(0.2)) {
          poison_.insert(row.saga);
        }
      }
    }
  }
  const double fate = random.unit();
  double edge = knobs.commit_not_written;
  if (fate < edge) {
    sometimes.happened("a commit was definitely not written");
    return world.after(there + back,
                       [answer] { answer({CommitStatus::not_written, "disk full"}); });
  }
  if (fate < (edge += knobs.commit_unknown_lost)) {
    sometimes.happened("an unknown commit that was not applied");
    return world.after(there + back, [answer, unknown] { answer(unknown); });
  }
  const bool applied = fate < (edge += knobs.commit_unknown_applied);
  const bool late = !applied && fate < (edge += knobs.commit_unknown_late);
  const Duration when = late ? there + Duration(random.between(1, 2'000)) : there;
  if (late) world.after(there + back, [answer, unknown] { answer(unknown); });
  world.after(when, [this, store, rows, answer, unknown, applied, late, back] {
    const auto outcome = write(*store, *rows);
    const bool written = outcome.status == CommitStatus::committed;
    if (late)
      return sometimes.happened(written ? "an unknown commit that was applied late"
                                        : "a late commit met its fence");
    if (applied && written) sometimes.happened("an unknown commit that was applied");
    const auto told = applied ? unknown : outcome;
    world.after(back, [answer, told] { answer(told); });
  });
}

void Cluster::publish(const engine::Message& message, Time when) {
  world.at(when, [this, message] {
    world.trace(message.id);
    checker->published(message);
  });
}

}  // namespace sagaloom::simulation
