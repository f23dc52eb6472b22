// The calls of steps that a simulated node makes, and what becomes of them.
#include "tests/simulation/node.h"

namespace sagaloom::simulation {

using core::Outcome;

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

void Node::answer_step(const core::SagaId& saga, Duration delay, core::Event event) {
  soon(delay, [this, saga, event = std::move(event)] { complete(saga, event); });
}

Participant::Fate Node::fate_of(const engine::StepCall& call) {
  const Knobs& k = cluster_.knobs;
  Random& random = world_.random;
  Participant::Fate fate;
  const auto saga = cluster_.checker->sagas().find(call.saga);
  if (saga != cluster_.checker->sagas().end()) {
    if (const auto* step = saga->second.find(call.command.path)) fate.idempotent = step->idempotent;
  }
  const bool forward = call.command.role == core::Role::execute;
  fate.refuse = random.chance(forward ? k.refuse : k.refuse_undo);
  fate.broken = random.chance(k.bad_output);
  return fate;
}

// A call that fails at once, or whose answer says nothing. True: it is settled.
bool Node::fails_early(const engine::StepCall& call, Duration latency,
                       const std::function<core::Event()>& perform) {
  const Knobs& k = cluster_.knobs;
  const core::Command& command = call.command;
  const auto say = [&](Outcome outcome, std::string code) {
    answer_step(call.saga, latency, answer_to(command, outcome, std::move(code)));
    return true;
  };
  const double fate = world_.random.unit();
  double edge = k.not_done;
  if (fate < edge) return say(Outcome::retryable, "shop.busy");
  if (fate < (edge += k.lost_before)) return say(Outcome::unknown, "call.lost");
  if (fate < (edge += k.lost_after)) {
    perform();
    return say(Outcome::unknown, "call.lost");
  }
  if (fate < (edge += k.fatal)) {
    if (world_.random.chance(0.5)) perform();
    cluster_.sometimes.happened("a call failed for good");
    return say(world_.random.chance(0.5) ? Outcome::fatal : Outcome::protocol, "shop.broken");
  }
  if (fate >= (edge += k.crash_call)) return false;
  if (world_.random.chance(0.5)) perform();
  core::Event crash = answer_to(command, Outcome::unknown, "call.crashed");
  crash.crashed = true;
  answer_step(call.saga, latency, crash);
  return true;
}

// Silent past its deadline, done later all the same: the world does it even if the node dies.
void Node::time_out(const engine::StepCall& call, const std::function<core::Event()>& perform) {
  core::Event timeout = answer_to(call.command, Outcome::unknown, "call.timeout");
  timeout.running = true;
  answer_step(call.saga, call.time_left, timeout);
  const Duration effect_at = call.time_left + Duration(world_.random.between(0, 2'000));
  const bool tells = world_.random.chance(0.7);
  world_.after(effect_at, [self = weak_from_this(), perform, saga = call.saga, tells] {
    const core::Event late = perform();
    const auto node = self.lock();
    if (!node || node->dead_) return;
    node->cluster_.sometimes.happened("a call took effect after its deadline");
    node->soon(Duration(0), [node = node.get(), saga, late, tells] {
      if (tells) node->complete(saga, late);
      core::Event returned = late;
      returned.kind = core::EventKind::call_returned;
      returned.output.reset();
      node->complete(saga, returned);
    });
  });
}

void Node::invoke(const engine::StepCall& call) {
  const Knobs& k = cluster_.knobs;
  Random& random = world_.random;
  cluster_.checker->called(call.saga, call.command);
  const std::function<core::Event()> perform = [&cluster = cluster_, call, fate = fate_of(call)] {
    return cluster.participant.perform(call.saga, call.command, call.epoch, fate);
  };
  const Duration latency(random.chance(k.pending_tail) ? random.between(500, 6'000)
                                                       : random.between(1, 50));
  if (fails_early(call, latency, perform)) return;
  if (random.chance(k.late) || latency >= call.time_left) return time_out(call, perform);
  world_.after(latency, [self = weak_from_this(), perform, saga = call.saga] {
    const core::Event event = perform();
    const auto node = self.lock();
    if (!node || node->dead_) return;
    node->soon(Duration(0), [node = node.get(), saga, event] { node->complete(saga, event); });
  });
}

}  // namespace sagaloom::simulation
