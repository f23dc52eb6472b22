// The operators: during the chaos they use every verb at random moments, rightly and wrongly; once
// faults have stopped they restart what is down and decide what only a person can.
#include "runtime/engine/engine.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/node.h"
#include "tests/simulation/random_calls.h"

namespace sagaloom::simulation {

using core::Event;
using core::EventKind;
using core::StepState;
using core::Value;

namespace {

constexpr Duration late_at_most{30'000};  // after its start a call makes no effect any more

bool doubtful(const core::StepRecord& step) {
  switch (step.state) {
    case StepState::backoff:
      return step.doubt;
    case StepState::awaiting:
    case StepState::resolving:
      return true;
    case StepState::parked:
      return step.parked == core::Parked::doubt;
    default:
      return false;
  }
}

bool in_undo(const core::StepRecord& step) {
  return step.state == StepState::undo_backoff || step.state == StepState::undo_stuck;
}

core::Command forward_call(const core::SagaId& id, const core::Path& path,
                           const core::StepRecord& step) {
  core::Command command;
  command.path = path;
  command.operation = step.operation;
  command.effect_key = command.request_key = core::effect_key(id, path, step);
  return command;
}

}  // namespace

void Cluster::say(const core::SagaId& saga, Event event, Told done) {
  const auto node = owner(saga.shard());
  if (!node) return;
  event.reason = "said-" + std::to_string(++said_);
  if (event.by.empty()) event.by = "operator";
  Event said = event;
  node->shard(saga.shard())->verb(saga, std::move(event), [this, saga, said, done](auto answer) {
    const auto* error = std::get_if<engine::EngineError>(&answer);
    checker->answered(saga, said, error == nullptr);
    if (done) done(error);
  });
  node->wake();
}

void Cluster::cancel(std::size_t index) {
  Event event;
  event.kind = world.random.chance(0.5) ? EventKind::cancel_customer : EventKind::cancel_operator;
  say(orders_[index].saga, event, [this](const engine::EngineError* error) {
    sometimes.happened(error ? "a cancel came too late" : "a cancel was taken");
  });
}

void Cluster::say_verb(const core::SagaId& saga, const core::Path& path, EventKind kind) {
  Event event;
  event.kind = kind;
  event.path = path;
  say(saga, event, [this, kind](const engine::EngineError* error) {
    sometimes.happened(error ? "an operator's verb was refused"
                             : "an operator's " + std::string(core::name(kind)) + " was done");
  });
}

// ---------------------------------------------------------------- during the chaos

void Cluster::interfere() {
  if (healing_ || knobs.verb_every == Duration(0)) return;
  world.after(
      Duration(knobs.verb_every.count() / 2 + world.random.between(0, knobs.verb_every.count())),
      [this] { interfere(); });
  std::vector<core::SagaId> live;
  for (const auto& [id, saga] : checker->sagas()) {
    if (!core::ended(saga.head.phase)) live.push_back(id);
  }
  if (live.empty()) return;
  const core::SagaId id = live[world.random.next() % live.size()];
  const core::Saga& saga = checker->sagas().at(id);
  const double way = world.random.unit();
  if (way < 0.2) return suspend(id);
  if (way < 0.3) return migrate(saga);
  std::vector<core::Path> paths;
  for (const auto& [path, step] : saga.steps) {
    if (doubtful(step) || in_undo(step) || step.state == StepState::parked) paths.push_back(path);
  }
  if (paths.empty() || world.random.chance(0.1)) {
    for (const auto& [path, step] : saga.steps) paths.push_back(path);
  }
  if (paths.empty()) return;
  const core::Path path = paths[world.random.next() % paths.size()];
  interfere_with(saga, path, *saga.find(path));
}

void Cluster::suspend(const core::SagaId& saga) {
  say_verb(saga, "", EventKind::suspend);
  world.after(Duration(world.random.between(50, 3'000)), [this, saga] {
    if (!healing_) say_verb(saga, "", EventKind::resume);
  });
}

// To the next version, which is version 1 with one more step at the end. What was proven holds for
// the saga as it is now.
void Cluster::migrate(const core::Saga& saga) {
  const auto next = registered(saga.head.workflow, 2);
  if (!next || saga.head.version != 1) return;
  Event event;
  event.kind = EventKind::migrate;
  event.code = next->hash;
  event.number = 2;
  event.occurrence = saga.head.records;
  say(saga.id, event, [this](const engine::EngineError* error) {
    if (error == nullptr) return sometimes.happened("a saga was migrated");
    if (error->code == "saga.moved") sometimes.happened("a migration came too late");
  });
}

void Cluster::interfere_with(const core::Saga& saga, const core::Path& path,
                             const core::StepRecord& step) {
  const bool child = core::between_shards(step.operation);
  const bool wait = step.state == StepState::awaiting && step.operation.empty();
  const double way = world.random.unit();
  if (wait) {
    if (way < 0.5) return say_verb(saga.id, path, EventKind::resolve);
  } else if (doubtful(step) && !child) {
    if (way < 0.35) return say_verb(saga.id, path, EventKind::abort_step);
    if (way < 0.6 && step.idempotent && resolve_by_hand(saga, path, step, false)) return;
  } else if (in_undo(step) && !child) {
    if (way < 0.3 && resolve_by_hand(saga, path, step, false)) return;
    if (way < 0.6) return say_verb(saga.id, path, EventKind::skip_undo);
  } else if (step.state == StepState::parked && !step.operation.empty() && !child && way < 0.4) {
    Event event;
    event.kind = EventKind::retry;
    event.path = path;
    event.input = Value("changed");
    return say(saga.id, event, [this](const engine::EngineError* error) {
      if (error == nullptr) sometimes.happened("a step was retried with another input");
    });
  }
  const double verb = world.random.unit();
  say_verb(saga.id, path,
           verb < 0.7    ? EventKind::retry
           : verb < 0.85 ? EventKind::abort_step
                         : EventKind::skip_undo);
}

// The operator sees to it that the effect is there, or gone, and says so. False: it can't be.
bool Cluster::resolve_by_hand(const core::Saga& saga, const core::Path& path,
                              const core::StepRecord& step, bool anyway) {
  // Nobody makes by hand what he may not say, or what a call that still runs may make as well.
  if (saga.head.suspended || !saga.head.stored.empty()) return false;
  if (!step.idempotent && !in_undo(step) && world.now() < step.forward.started_at + late_at_most) {
    return false;
  }
  const core::Command command = forward_call(saga.id, path, step);
  Event resolve;
  resolve.kind = EventKind::resolve;
  resolve.path = path;
  resolve.output = Value::object({{"by", "hand"}, {"undone", in_undo(step)}});
  if (in_undo(step)) {
    participant.undo_by_hand(saga.id, command);
  } else {
    const bool effect = !step.operation.starts_with(looking);
    if (effect && !participant.make_by_hand(saga.id, command, anyway)) return false;
    resolve.manual_undo = world.random.chance(0.2);
  }
  sometimes.happened("an operator resolved a step");
  say(saga.id, resolve, {});
  return true;
}

// ---------------------------------------------------------------- once faults have stopped

void Cluster::operate() {
  for (std::size_t place = 0; place < nodes_.size(); ++place) restart(place);
  for (const auto& [id, saga] : checker->sagas()) {
    if (core::ended(saga.head.phase)) continue;
    if (saga.head.suspended) say_verb(id, "", EventKind::resume);
    for (const auto& [path, step] : saga.steps) operate_step(saga, path, step);
  }
  world.after(Duration(3'000), [this] { operate(); });
}

// A retry first; where that is refused, or every other time, the effect is made by hand.
void Cluster::operate_step(const core::Saga& saga, const core::Path& path,
                           const core::StepRecord& step) {
  const bool parked = step.state == StepState::parked;
  const bool asked_in_vain =
      step.state == StepState::resolving && step.question.counted > 10 && !step.draining;
  if (asked_in_vain) {
    sometimes.happened("a question without end was resolved");
    return void(resolve_by_hand(saga, path, step, true));
  }
  if (!parked && step.state != StepState::undo_stuck) return;
  sometimes.happened(parked ? "a step was parked" : "an undo was stuck");
  const bool child = core::between_shards(step.operation);
  const auto by_hand = [this, id = saga.id, path, child] {
    const core::Saga& now = checker->sagas().at(id);
    const core::StepRecord& step = *now.find(path);
    if (step.state != StepState::parked && step.state != StepState::undo_stuck) return;
    if (!child) return void(resolve_by_hand(now, path, step, true));
    sometimes.happened("an operator resolved a child saga's step");
    say_verb(id, path, EventKind::resolve);
  };
  // What is known not to be done is only ever retried: a hand-made effect beside it would be two.
  const bool in_doubt = parked && step.parked != core::Parked::no_doubt;
  if (in_doubt && world.random.chance(0.3)) return by_hand();
  const bool may_resolve = in_doubt || !parked;
  Event retry;
  retry.kind = EventKind::retry;
  retry.path = path;
  say(saga.id, retry, [by_hand, may_resolve](const engine::EngineError* error) {
    if (error != nullptr && may_resolve) by_hand();
  });
}

}  // namespace sagaloom::simulation
