// What happens to the sagas in memory: answers, verbs, timers, what their state asks for.
#include <algorithm>
#include <utility>

#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

constexpr core::Duration plugin_look{1'000};

bool waits_for_plugin(const core::Saga& saga) {
  return std::any_of(saga.steps.begin(), saga.steps.end(),
                     [](const auto& step) { return step.second.waiting_for_plugin; });
}

double seconds(core::Duration span) {
  return static_cast<double>(span.count()) / 1000.0;
}

EngineError error_of(EngineError::Kind kind, std::string code, std::string message) {
  EngineError error;
  error.kind = kind;
  error.code = std::move(code);
  error.message = std::move(message);
  if (kind == EngineError::Kind::unavailable) error.retry_after_s = 2;
  return error;
}

}  // namespace

// ---------------------------------------------------------------- inlets

void Shard::verb(const core::SagaId& id, core::Event event, Completion<SagaView> done,
                 RequestKey once) {
  give(id, {std::move(event), std::move(done), false, std::move(once)});
}

void Shard::give(const core::SagaId& id, Pending pending) {
  const auto it = residents_.find(id);
  if (it != residents_.end()) return push(id, it->second, std::move(pending));
  auto [waiting, fresh] = loading_.try_emplace(id);
  if (fresh) loads_wanted_.push_back(id);
  waiting->second.push_back(std::move(pending));
}

void Shard::complete(const core::SagaId& id, core::Event event) {
  const auto it = residents_.find(id);
  if (it == residents_.end()) {
    world_.observer->event_stale(core::name(event.kind));
    return;
  }
  Resident& resident = it->second;
  const bool returned = event.kind == core::EventKind::call_returned;
  for (UnderWay& call : resident.under_way) {
    if (call.kind != core::Command::Kind::call || call.path != event.path) continue;
    if (returned && call.running) {
      call.running = false;
    } else if (!returned && !call.answered && call.purpose == event.purpose &&
               call.occurrence == event.occurrence && call.number == event.number) {
      call.answered = true;
      call.running = event.running;
      --calls_;
      world_.observer->step_answered(call.operation, core::name(event.outcome),
                                     seconds(last_now_ - call.since));
      break;
    }
  }
  push(id, resident, {std::move(event), nullptr});
}

void Shard::push(const core::SagaId& id, Resident& resident, Pending pending) {
  if (!resident.definition)
    resident.definition = world_.definition(resident.state->head.definition);
  if (!resident.definition && pending.done) {
    return answer_error(pending.done,
                        error_of(EngineError::Kind::unavailable, "definition.unavailable",
                                 "the saga's definition can't be compiled on this node; install "
                                 "what it names, then repeat"));
  }
  const bool from_outside = pending.event.inbox == 0;
  if (pending.event.kind == core::EventKind::signal && from_outside) {
    return queue_signal(id, resident, std::move(pending));
  }
  if (!pending.once.key.empty() && !pending.asked) {
    return ask_first(id, resident, std::move(pending), std::nullopt);
  }
  resident.events.push_back(std::move(pending));
  enqueue(id, resident);
}

void Shard::definitions_changed() {
  for (auto& [id, resident] : residents_) {
    if (resident.definition) continue;
    resident.definition = world_.definition(resident.state->head.definition);
    if (resident.definition) enqueue(id, resident);
  }
}

void Shard::enqueue(const core::SagaId& id, Resident& resident) {
  if (resident.queued || resident.in_batch) return;
  if (resident.events.empty() && !resident.mail) return;
  resident.queued = true;
  const bool undo = resident.state->head.phase == core::Phase::compensating;
  (undo ? undo_ : running_).push_back(id);
}

void Shard::answer_view(Completion<SagaView>& done, const Resident& resident) {
  if (!done) return;
  effects_.answers.push_back(
      [done = std::move(done), view = SagaView{*resident.state, resident.definition}]() mutable {
        done(std::move(view));
      });
}

void Shard::answer_error(Completion<SagaView>& done, EngineError error) {
  if (!done) return;
  effects_.answers.push_back(
      [done = std::move(done), error = std::move(error)]() mutable { done(std::move(error)); });
}

// ---------------------------------------------------------------- time

void Shard::tick(core::Time now) {
  last_now_ = std::max(last_now_, now);
  tick_inbox(now);
  tick_locks(now);
  tick_calls(now);
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const core::SagaId id = timers_.begin()->second;
    Resident& resident = residents_.at(id);
    arm(id, resident, core::Time{});
    fire(id, resident, now);
  }
  if (plugin_waits_.empty() || now < next_plugin_look_) return;
  next_plugin_look_ = now + plugin_look;
  for (const core::SagaId& id : plugin_waits_) wake_for_plugins(id, residents_.at(id));
}

// Pushes an event for each timer that is due and was not fired since the state last changed.
void Shard::fire(const core::SagaId& id, Resident& resident, core::Time now) {
  core::Time next{};
  for (core::Command& command : core::open_commands(*resident.state)) {
    if (command.kind == core::Command::Kind::call ||
        command.kind == core::Command::Kind::subscription) {
      continue;
    }
    if (command.due > now) {
      if (next == core::Time{} || command.due < next) next = command.due;
      continue;
    }
    const auto fired = [&](const UnderWay& u) {
      return u.kind == command.kind && u.path == command.path && u.purpose == command.purpose &&
             u.occurrence == command.occurrence && u.number == command.number &&
             u.due == command.due;
    };
    if (std::any_of(resident.under_way.begin(), resident.under_way.end(), fired)) continue;
    core::Event event;
    event.kind = command.kind == core::Command::Kind::timer ? core::EventKind::timer
                                                            : core::EventKind::deadline;
    event.path = command.path;
    event.purpose = command.purpose;
    event.occurrence = command.occurrence;
    event.number = command.number;
    resident.under_way.push_back({command.kind,
                                  command.path,
                                  command.purpose,
                                  command.occurrence,
                                  command.number,
                                  command.due,
                                  now,
                                  {},
                                  true,
                                  false});
    push(id, resident, {std::move(event), nullptr});
  }
  arm(id, resident, next);
}

// One event says it all: the rules look at every step that waits. Whatever a step waits for is
// looked up here, and not remembered as missing: its plugin may have come between the decision and
// its commit, or while nobody owned the shard. What the rules were told once is not said again
// before the saga changes or the plugin goes.
void Shard::wake_for_plugins(const core::SagaId& id, Resident& resident) {
  if (!resident.definition || resident.queued || resident.in_batch) return;
  std::vector<std::string>& told = resident.told_installed;
  std::string installed;
  for (const auto& [path, step] : resident.state->steps) {
    if (!step.waiting_for_plugin) continue;
    std::string operation = core::awaited_operation(*resident.definition, path, step);
    const auto known = std::find(told.begin(), told.end(), operation);
    if (world_.missing && world_.missing(*resident.definition, operation)) {
      if (known != told.end()) told.erase(known);
    } else if (known == told.end()) {
      installed = operation;
      told.push_back(std::move(operation));
    }
  }
  if (installed.empty()) return;
  core::Event event;
  event.kind = core::EventKind::plugin_installed;
  event.code = std::move(installed);
  push(id, resident, {std::move(event), nullptr});
}

void Shard::note_plugin_wait(const core::SagaId& id, Resident& resident) {
  resident.waits_for_plugin = waits_for_plugin(*resident.state);
  if (resident.waits_for_plugin) {
    plugin_waits_.insert(id);
  } else {
    plugin_waits_.erase(id);
  }
}

void Shard::arm(const core::SagaId& id, Resident& resident, core::Time due) {
  if (resident.due == due) return;
  if (resident.due != core::Time{}) timers_.erase({resident.due, id});
  resident.due = due;
  if (due != core::Time{}) timers_.insert({due, id});
}

core::Time Shard::next_due() const {
  core::Time due = std::min(next_timer_read_, inbox_.next_expiry());
  due = std::min(due, locks_.next_due());
  if (!repeats_.empty()) due = std::min(due, repeats_.begin()->first);
  if (!mail_asked_ && !deliveries_.empty() && deliveries_.back().state == Waiting::State::fresh) {
    due = std::min(due, next_mail_);
  }
  if (!timers_.empty()) due = std::min(due, timers_.begin()->first);
  if (!plugin_waits_.empty()) due = std::min(due, next_plugin_look_);
  if (!in_flight_ && progress_moved_at_ != core::Time::max()) {
    due = std::min(due, finishing_ ? core::Time{} : progress_moved_at_ + core::Duration{1'000});
  }
  return due;
}

// ---------------------------------------------------------------- what a state asks for

// Compares what the state asks for with what is under way; the rest is handed out. `fresh`: the
// saga was just read from the store, so that answers of its open calls will never come.
void Shard::refresh(const core::SagaId& id, Resident& resident, core::Time now, bool fresh) {
  std::vector<core::Command> commands = core::open_commands(*resident.state);
  std::vector<bool> open(resident.under_way.size(), false);
  core::Time earliest{};
  resident.listens.clear();
  for (core::Command& command : commands) {
    if (command.kind == core::Command::Kind::subscription) {
      resident.listens.push_back(std::move(command.operation));
      continue;
    }
    std::size_t i = 0;
    while (i < open.size()) {
      const UnderWay& u = resident.under_way[i];
      const bool same = u.kind == command.kind && u.path == command.path &&
                        u.purpose == command.purpose && u.occurrence == command.occurrence &&
                        u.number == command.number;
      if (same && (command.kind == core::Command::Kind::call || u.due == command.due)) break;
      ++i;
    }
    if (i < open.size()) {
      open[i] = true;
    } else if (command.kind != core::Command::Kind::call) {
      if (earliest == core::Time{} || command.due < earliest) earliest = command.due;
    } else if (core::between_shards(command.operation)) {
      ask_for(id, resident, command);
    } else if (fresh) {
      interrupt(id, resident, command, now);
    } else {
      hand_out(id, resident, std::move(command), now);
    }
  }
  drop_finished(resident, open);
  arm(id, resident, earliest);
  note_plugin_wait(id, resident);
  const bool far = earliest == core::Time{} || earliest > now + options_.residence_horizon;
  const bool over = core::ended(resident.state->head.phase);
  resident.idle = resident.under_way.empty() && resident.events.empty() && !resident.mail &&
                  !resident.waits_for_plugin && (over || far);
}

// Forgets what is neither asked for any more nor expected to answer.
void Shard::drop_finished(Resident& resident, const std::vector<bool>& open) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < resident.under_way.size(); ++i) {
    UnderWay& u = resident.under_way[i];
    const bool is_open = i < open.size() ? open[i] : true;
    const bool expected = u.kind == core::Command::Kind::call && (!u.answered || u.running) &&
                          !core::between_shards(u.operation);
    if (!is_open && !expected) continue;
    if (kept != i) resident.under_way[kept] = std::move(u);
    ++kept;
  }
  resident.under_way.resize(kept);
}

void Shard::hand_out(const core::SagaId& id, Resident& resident, core::Command command,
                     core::Time now) {
  resident.under_way.push_back({command.kind, command.path, command.purpose, command.occurrence,
                                command.number, core::Time{}, now, command.operation, false,
                                false});
  ++calls_;
  const core::SagaRecord& head = resident.state->head;
  StepCall call;
  call.saga = id;
  call.workflow = head.workflow;
  call.version = head.version;
  call.tenant = head.tenant;
  call.epoch = owned_.epoch;
  call.time_left = command.deadline - now;
  call.command = std::move(command);
  effects_.calls.push_back(std::move(call));
}

void Shard::interrupt(const core::SagaId& id, Resident& resident, const core::Command& command,
                      core::Time now) {
  resident.under_way.push_back({command.kind, command.path, command.purpose, command.occurrence,
                                command.number, core::Time{}, now, command.operation, true, false});
  core::Event event;
  event.kind = core::EventKind::interrupted;
  event.path = command.path;
  event.purpose = command.purpose;
  event.occurrence = command.occurrence;
  event.number = command.number;
  push(id, resident, {std::move(event), nullptr});
}

}  // namespace sagaloom::engine
