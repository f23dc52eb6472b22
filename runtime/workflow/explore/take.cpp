// What a move does to the world, and how the story tells it.
#include <algorithm>

#include "runtime/workflow/explore/move.h"
#include "runtime/workflow/explore/story.h"

namespace sagaloom::explore {

using core::Command;
using core::Event;
using core::EventKind;
using core::Outcome;
using core::Purpose;
using core::Role;
using core::StepState;

core::Event timer_event(const Command& timer) {
  Event event;
  event.kind = EventKind::timer;
  event.path = timer.path;
  event.purpose = timer.purpose;
  event.occurrence = timer.occurrence;
  event.number = timer.number;
  return event;
}

namespace {

// Rounds of a policy that has no end, after which nothing changes any more.
constexpr int rounds_without_end = 6;
// More rounds than any policy with an end has attempts before somebody is asked.
constexpr int rounds_at_most = 400;

Event answer(const Command& command, Outcome outcome, std::string code = {}) {
  Event event = timer_event(command);
  event.kind = EventKind::answered;
  event.outcome = outcome;
  event.code = std::move(code);
  return event;
}

class Taking {
 public:
  Taking(const Model& model, const World& world) : model_(model), taken_{world, {}, {}} {}

  Taken run(const Move& move) {
    const World before = taken_.world;
    act(move);
    taken_.sentence = sentence(model_, move, fact_, before.saga, taken_.world.saga);
    for (auto& each : judge_change(model_, before, taken_.world)) {
      taken_.violations.push_back(std::move(each));
    }
    return std::move(taken_);
  }

 private:
  World& world() { return taken_.world; }

  void act(const Move& move) {
    if (move.costs() && world().faults_left > 0) --world().faults_left;
    switch (move.kind) {
      case Move::Kind::call:
        return make_call(move);
      case Move::Kind::timer:
      case Move::Kind::deadline:
        return on_time(move);
      case Move::Kind::arrival:
      case Move::Kind::late_reply:
        return arrive(move);
      case Move::Kind::crash:
        return crash(move);
      case Move::Kind::cancel:
        return cancel();
      case Move::Kind::heard:
        return hear(move);
    }
  }

  void decide(const Event& event) {
    const core::Context context{world().now, 0.5, {}};
    const auto decision = core::decide(model_.definition, world().saga, event, context);
    if (!decision.record) return;
    core::apply(world().saga, *decision.record);
    world().now = std::max(world().now, world().saga.head.updated);
    if (world().saga.head.phase == core::Phase::committed) world().committed = true;
    std::erase_if(world().endless, [&](const std::string& desk) { return !is_tried(desk); });
  }

  // Whether a desk that was tried without end still is.
  bool is_tried(const std::string& desk) const {
    const bool undo = desk.starts_with("undo ");
    const StepState state = state_of(undo ? desk.substr(5) : desk);
    if (undo) return state == StepState::undoing || state == StepState::undo_backoff;
    return state == StepState::running || state == StepState::backoff ||
           state == StepState::resolving;
  }

  // Lets the operation act; its reply is returned, whether or not it arrives.
  Reply perform(const Command& command, const std::string& refusal = {}) {
    const auto* step = model_.step(command.path);
    const auto* call = step ? step->call() : nullptr;
    if (command.role == Role::compensate) return undo(command, step);
    if (!call) return {};
    if (command.role == Role::check) return world().participant.check(command, *call->operation);
    if (call->effect == core::Effect::none) {
      return refusal.empty() ? Reply{} : Reply{Outcome::business, refusal};
    }
    return world().participant.execute(command, *call->operation, refusal);
  }

  void judge(const Command& undo) {
    for (auto& each : judge_undo(model_, world(), undo)) {
      taken_.violations.push_back(std::move(each));
    }
  }

  StepState state_of(const core::Path& path) const {
    const auto* record = taken_.world.saga.find(path);
    return record ? record->state : StepState::pending;
  }

  Reply undo(const Command& command, const core::Step* step) {
    judge(command);
    const auto* record = world().saga.find(command.path);
    if (!record || !is_last_undo_call(*step, record->undo_step)) return {};
    if (step->call()) return world().participant.compensate(command, *step->call()->operation);
    if (std::holds_alternative<core::ChildSaga>(step->kind)) {
      auto& child = world().participant.effect(command.effect_key);
      child.undone = child.made > 0;
    }
    undo_inside(command.path);
    return {};
  }

  static bool is_last_undo_call(const core::Step& step, std::uint32_t index) {
    const auto& steps = step.compensate.steps;
    for (std::size_t i = index + 1; i < steps.size(); ++i) {
      if (steps[i].operation) return false;
    }
    return true;
  }

  // A block's own undo takes back what its calls did.
  void undo_inside(const core::Path& block) {
    std::vector<std::string> keys;
    for (const auto& [key, effect] : world().participant.effects()) {
      if (lies_inside(model_.definition, effect.path, block)) keys.push_back(key);
    }
    for (const auto& key : keys) {
      auto& effect = world().participant.effect(key);
      if (effect.made > 0) effect.undone = true;
    }
  }

  Event answer_of(const Command& command, const Reply& reply) const {
    Event event = answer(command, reply.outcome, reply.code);
    const bool says_output = reply.outcome == Outcome::ok || reply.outcome == Outcome::pending;
    if (!says_output) return event;
    const auto* step = model_.step(command.path);
    const bool of_forward = command.role != Role::compensate && step && step->call();
    const std::string name = of_forward ? step->call()->operation->name : command.operation;
    const auto known = model_.scenario.outputs.find(name);
    event.output =
        known == model_.scenario.outputs.end() ? Value(expression::Map{}) : known->second;
    return event;
  }

  void make_call(const Move& move) {
    const Command& command = move.command;
    if (core::between_shards(command.operation)) return between_shards(command);
    switch (move.fault) {
      case Fault::none:
        fact_ = perform(command);
        return decide(answer_of(command, fact_));
      case Fault::rejected:
        if (command.role == Role::execute)
          fact_ = perform(command, move.code);
        else
          fact_ = {Outcome::business, move.code};
        return decide(answer_of(command, fact_));
      case Fault::not_done:
        return decide(answer(command, Outcome::retryable, "call.not_done"));
      case Fault::request_lost:
        return decide(answer(command, Outcome::unknown, "call.lost"));
      case Fault::reply_lost:
        fact_ = perform(command);
        return decide(answer(command, Outcome::unknown, "call.lost"));
      case Fault::late_effect:
        return time_out(command);
      case Fault::silent:
        fact_ = perform(command);
        world().broken[desk(command)] = Broken::silent;
        return exhaust(command, Outcome::unknown, "call.lost");
      default:
        world().broken[desk(command)] = Broken::not_done;
        return exhaust(command, Outcome::retryable, "call.not_done");
    }
  }

  void between_shards(const Command& command) {
    if (command.operation == core::saga_undo && state_of(command.path) == StepState::undoing) {
      judge(command);
    }
    const bool lock = command.operation == core::lock_acquire;
    Event event = answer(command, lock ? Outcome::ok : Outcome::pending);
    if (!lock) event.output = Value::object({{"saga", command.path}});
    decide(event);
  }

  void time_out(const Command& command) {
    world().late.push_back(command);
    world().now = std::max(world().now, command.deadline);
    Event lost = answer(command, Outcome::unknown, "call.timeout");
    lost.running = true;
    decide(lost);
  }

  // The same answer to every attempt, until the step's policy ends or it is plain that it never
  // will.
  void exhaust(const Command& first, Outcome outcome, const char* code) {
    const std::string who = desk(first);
    const int limit = ends(first) ? rounds_at_most : rounds_without_end;
    for (int round = 0;; ++round) {
      const auto open = core::open_commands(world().saga);
      const auto next = std::find_if(open.begin(), open.end(), [&](const Command& each) {
        const bool attempt = each.kind == Command::Kind::call || each.purpose != Purpose::wait;
        return each.path == first.path && attempt && desk(each) == who &&
               (each.kind == Command::Kind::call || each.kind == Command::Kind::timer);
      });
      if (next == open.end()) return;
      if (next->kind == Command::Kind::timer) {
        if (round >= limit) break;  // always between two attempts
        world().now = std::max(world().now, next->due);
        decide(timer_event(*next));
      } else {
        decide(answer(*next, outcome, code));
      }
    }
    world().endless.insert(who);
  }

  bool ends(const Command& command) const {
    const auto* step = model_.step(command.path);
    const auto* record = world_of().saga.find(command.path);
    const bool undo = command.purpose == Purpose::undo;
    if (undo) {
      const auto& undos = step->compensate.steps;
      if (!record || record->undo_step >= undos.size()) return true;
      const auto& each = undos[record->undo_step];
      return each.retry.max_attempts || each.retry.max_elapsed || each.timeout.total;
    }
    if (!step->call()) return true;
    const auto& retry = step->call()->retry;
    if (retry.max_attempts || retry.max_elapsed || step->timeout.total) return true;
    const bool bound = world_of().saga.head.phase == core::Phase::running && !step->pivot;
    return bound && model_.definition.deadline && !model_.definition.deadline->alert_only;
  }
  const World& world_of() const { return taken_.world; }

  void on_time(const Move& move) {
    world().now = std::max(world().now, move.command.due);
    Event event = timer_event(move.command);
    const auto* record = world().saga.find(move.command.path);
    if (record && move.fault == Fault::came_to_nothing) {
      come_to_nothing(move.command.path, *record, {});
    }
    if (move.kind == Move::Kind::deadline) event.kind = EventKind::deadline;
    decide(event);
  }

  void arrive(const Move& move) {
    auto& late = world().late;
    const auto it = std::find_if(late.begin(), late.end(), [&](const Command& each) {
      return each.effect_key == move.command.effect_key && each.number == move.command.number;
    });
    if (it == late.end()) return;
    const Command command = *it;
    late.erase(it);
    fact_ = perform(command);
    if (move.kind == Move::Kind::arrival) return;
    decide(answer_of(command, fact_));
    Event returned = timer_event(command);
    returned.kind = EventKind::call_returned;
    decide(returned);
  }

  void crash(const Move& move) {
    const auto open = core::open_commands(world().saga);
    for (const Command& command : open) {
      if (command.kind != Command::Kind::call) continue;
      const bool own = command.path == move.command.path && command.purpose == move.command.purpose;
      const bool made = own ? move.fault == Fault::crash_after : move.others_made;
      if (core::between_shards(command.operation)) continue;  // they are issued again
      if (made) perform(command);
      Event event = timer_event(command);
      event.kind = EventKind::interrupted;
      decide(event);
    }
  }

  void cancel() {
    Event event;
    event.kind = EventKind::cancel_customer;
    event.by = "customer";
    decide(event);
  }

  void hear(const Move& move) {
    const auto* step = model_.step(move.command.path);
    const auto* record = world().saga.find(move.command.path);
    if (record && move.event.kind == EventKind::child_ended) {
      auto& child = world().participant.effect(move.command.effect_key);
      child.path = move.command.path;
      if (move.code == "COMPLETED")
        child.made = 1;
      else
        child.undone = child.made > 0;
    } else if (record && step && step->call() && move.fault == Fault::bad_event) {
      auto& effect =
          world().participant.effect(core::effect_key(world().saga.id, move.command.path, *record));
      effect.made = 0;  // it was accepted and came to nothing
      effect.refused = "refused by the event";
    }
    decide(move.event);
  }

  // What was accepted is not done after all.
  void come_to_nothing(const core::Path& path, const core::StepRecord& record,
                       const std::string& refused) {
    auto& effect = world().participant.effect(core::effect_key(world().saga.id, path, record));
    effect.made = 0;
    effect.refused = refused;
  }

  const Model& model_;
  Taken taken_;
  Reply fact_;
};

}  // namespace

Taken take(const Model& model, const World& world, const Move& move) {
  return Taking(model, world).run(move);
}

core::Result<World> begin(const Model& model, std::uint32_t faults) {
  World world;
  world.now = core::Time(std::chrono::hours(24 * 365 * 60));
  world.faults_left = faults;
  world.saga.id = core::make_saga_id(world.now.time_since_epoch().count(), 0, 1);
  core::Submission submission;
  submission.input = model.scenario.input;
  submission.header = "explored";
  submission.fingerprint = std::string(64, '0');
  const core::Context context{world.now, 0.5, {}};
  auto head = core::admit(model.definition, submission, context);
  if (!head.ok()) return head.error();
  Event event;
  event.start = std::make_shared<const core::SagaRecord>(std::move(*head));
  const auto decision = core::decide(model.definition, world.saga, event, context);
  if (decision.record) core::apply(world.saga, *decision.record);
  world.committed = world.saga.head.phase == core::Phase::committed;
  return world;
}

}  // namespace sagaloom::explore
