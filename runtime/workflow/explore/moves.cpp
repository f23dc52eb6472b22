// Which moves there are: for each open command what may come of it, with and without a fault.
#include <algorithm>

#include "runtime/workflow/explore/heard.h"
#include "runtime/workflow/explore/move.h"

namespace sagaloom::explore {
namespace {

using core::Command;
using core::Purpose;

Move move_of(Move::Kind kind, const Command& command, Fault fault = Fault::none,
             std::string code = {}) {
  Move move;
  move.kind = kind;
  move.command = command;
  move.fault = fault;
  move.code = std::move(code);
  return move;
}

bool effectless(const Model& model, const Command& command) {
  const auto* step = model.step(command.path);
  return step && step->call() && step->call()->effect == core::Effect::none;
}

bool matches(const std::vector<std::string>& patterns, std::string_view code) {
  if (patterns.empty()) return true;
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (pattern.empty() || pattern.back() != '*') return pattern == code;
    return code.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  });
}

// Which handlers on the way up name this code: two codes with the same answer are one.
std::vector<bool> handlers_of(const core::Definition& definition, const core::Step* step,
                              std::string_view code) {
  std::vector<bool> matched;
  for (; step; step = definition.parent(step->id)) {
    for (const auto& handler : step->on_error) matched.push_back(matches(handler.codes, code));
  }
  return matched;
}

std::vector<std::string> refusals(const Model& model, const Command& command) {
  const auto* step = model.step(command.path);
  const auto* operation = model.operation(command.operation);
  std::vector<std::string> codes;
  if (!operation || !step) return codes;
  if (command.purpose == Purpose::undo) {
    for (const auto& code : operation->errors) {
      const auto& undo = step->compensate.steps;
      const bool nothing = std::any_of(undo.begin(), undo.end(), [&](const core::UndoStep& each) {
        return !each.nothing_to_undo.empty() && matches(each.nothing_to_undo, code);
      });
      if (!nothing && codes.empty()) codes.push_back(code);
    }
    return codes;
  }
  std::vector<std::vector<bool>> seen;
  for (const auto& code : operation->errors) {
    auto matched = handlers_of(model.definition, step, code);
    if (std::find(seen.begin(), seen.end(), matched) != seen.end()) continue;
    seen.push_back(std::move(matched));
    codes.push_back(code);
  }
  return codes;
}

// A key that was answered definitely is answered alike again, so that it cannot be refused anew.
bool may_refuse(const Model& model, const World& world, const Command& command) {
  if (command.purpose == Purpose::undo) return true;
  const auto* operation = model.operation(command.operation);
  const auto known = world.participant.effects().find(command.effect_key);
  if (known == world.participant.effects().end() || !operation->idempotent) return true;
  return known->second.made == 0 && known->second.refused.empty() && !known->second.tombstone;
}

void add_call_faults(const Model& model, const World& world, const Command& command,
                     std::vector<Move>& out) {
  const auto add = [&](Fault fault, std::string code = {}) {
    out.push_back(move_of(Move::Kind::call, command, fault, std::move(code)));
  };
  add(Fault::not_done);
  if (command.purpose == Purpose::question) return;
  add(Fault::not_done_ever);
  if (may_refuse(model, world, command)) {
    for (auto& code : refusals(model, command)) add(Fault::rejected, std::move(code));
  }
  if (effectless(model, command)) return;
  add(Fault::reply_lost);
  if (command.purpose != Purpose::forward) return;
  add(Fault::request_lost);
  add(Fault::late_effect);
  add(Fault::silent);
}

void add_crashes(const World& world, const Command& command, bool alone, std::vector<Move>& out) {
  for (const Fault fault : {Fault::crash_before, Fault::crash_after}) {
    if (fault == Fault::crash_after && command.purpose == Purpose::question) continue;
    for (const bool others : {false, true}) {
      if (others && alone) continue;
      Move move = move_of(Move::Kind::crash, command, fault);
      move.others_made = others;
      out.push_back(std::move(move));
    }
  }
}

void add_call(const Model& model, const World& world, const Command& command, bool alone,
              std::vector<Move>& out) {
  out.push_back(move_of(Move::Kind::call, command));
  if (core::between_shards(command.operation)) return;  // repeated until it is answered
  const auto broken = world.broken.find(desk(command));
  if (broken != world.broken.end()) {
    const bool silent = broken->second == Broken::silent;
    out.back().fault = silent ? Fault::silent : Fault::not_done_ever;
    out.back().free = true;
    return;
  }
  if (world.faults_left == 0) return;
  add_call_faults(model, world, command, out);
  add_crashes(world, command, alone, out);
}

// What the late call may still change: its step listens, or waits for its return.
bool listens_to_late_reply(const World& world, const Command& late) {
  const auto* record = world.saga.find(late.path);
  if (!record || core::ended(world.saga.head.phase)) return false;
  using core::StepState;
  switch (record->state) {
    case StepState::running:
    case StepState::backoff:
    case StepState::awaiting:
    case StepState::resolving:
    case StepState::parked:
    case StepState::unknown:
      return true;
    default:
      return record->still_running > 0;
  }
}

void add_late(const World& world, const std::vector<Command>& open, std::vector<Move>& out) {
  for (const Command& late : world.late) {
    const bool same_key = std::any_of(open.begin(), open.end(), [&](const Command& command) {
      return command.kind == Command::Kind::call && command.effect_key == late.effect_key;
    });
    if (same_key) {
      out.push_back(move_of(Move::Kind::arrival, late));
      out.back().free = true;
    }
    if (listens_to_late_reply(world, late)) {
      out.push_back(move_of(Move::Kind::late_reply, late));
      out.back().free = true;
    }
  }
}

void add_cancel(const World& world, std::vector<Move>& out) {
  using core::Phase;
  const Phase phase = world.saga.head.phase;
  const bool possible = phase == Phase::queued || phase == Phase::running;
  if (world.faults_left > 0 && possible && !world.saga.head.noted) {
    out.push_back(move_of(Move::Kind::cancel, {}, Fault::cancel));
  }
}

}  // namespace

namespace {

bool goes_on(const Move& move) {
  return !move.optional() || (move.kind == Move::Kind::heard && !move.costs());
}

// When nothing else happens, what was kept back as a fault comes by itself: times pass.
void add_what_must_come(const Model& model, const World& world,
                        const std::vector<core::Command>& open, std::vector<Move>& out) {
  if (std::any_of(out.begin(), out.end(), goes_on) || !world.endless.empty()) return;
  if (core::shown(world.saga) == core::Shown::parked) return;
  for (const Command& command : open) {
    const bool deadline = command.kind == Command::Kind::deadline;
    if (!deadline && command.kind != Command::Kind::timer) continue;
    out.push_back(move_of(deadline ? Move::Kind::deadline : Move::Kind::timer, command,
                          deadline ? Fault::deadline : Fault::no_event));
    out.back().free = true;
    if (!deadline) return;
  }
}

}  // namespace

std::vector<Move> moves(const Model& model, const World& world) {
  std::vector<Move> out;
  if (core::ended(world.saga.head.phase)) return out;
  const auto open = core::open_commands(world.saga);
  const auto calls = std::count_if(open.begin(), open.end(), [](const Command& command) {
    return command.kind == Command::Kind::call;
  });
  for (const Command& command : open) {
    if (world.endless.contains(desk(command))) continue;
    switch (command.kind) {
      case Command::Kind::call:
        add_call(model, world, command, calls == 1, out);
        break;
      case Command::Kind::timer:
        add_timer(model, world, command, out);
        break;
      case Command::Kind::deadline:
        if (world.faults_left > 0) {
          out.push_back(move_of(Move::Kind::deadline, command, Fault::deadline));
        }
        break;
      case Command::Kind::subscription:
        add_heard(model, world, command, out);
        break;
    }
  }
  add_child_ends(model, world, out);
  add_late(world, open, out);
  add_cancel(world, out);
  add_what_must_come(model, world, open, out);
  return out;
}

}  // namespace sagaloom::explore
