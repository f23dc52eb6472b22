#include "tests/simulation/participant.h"

#include "tests/simulation/random_calls.h"

namespace sagaloom::simulation {

using core::Event;
using core::Outcome;
using core::Value;

Event answer_to(const core::Command& command, Outcome outcome, std::string code) {
  Event event;
  event.kind = core::EventKind::answered;
  event.path = command.path;
  event.purpose = command.purpose;
  event.occurrence = command.occurrence;
  event.number = command.number;
  event.outcome = outcome;
  event.code = std::move(code);
  return event;
}

namespace {

Event for_this_call(Event stored, const core::Command& command) {
  stored.occurrence = command.occurrence;
  stored.number = command.number;
  stored.purpose = command.purpose;
  return stored;
}

bool answers_later(const std::string& operation) {
  return operation.starts_with(answering_later) || operation.starts_with(surely_later);
}

Value output_of(const core::Command& command) {
  return Value::object({{"key", command.effect_key}});
}

}  // namespace

Event Participant::perform(const core::SagaId& saga, const core::Command& command,
                           std::int64_t epoch, const Fate& fate) {
  std::int64_t& seen = epochs_[command.effect_key];
  if (epoch < seen) {
    ++stale_owner_;
    return answer_to(command, Outcome::unknown, "call.stale_owner");
  }
  seen = epoch;
  switch (command.role) {
    case core::Role::execute:
      return execute(saga, command, fate);
    case core::Role::compensate:
      return compensate(saga, command, fate);
    case core::Role::check:
      break;
  }
  return check(command);
}

Effect& Participant::effect_of(const core::SagaId& saga, const core::Command& command) {
  Effect& effect = effects_[command.effect_key];
  effect.saga = saga;
  effect.path = command.path;
  if (effect.operation.empty()) effect.operation = command.operation;
  return effect;
}

void Participant::compare_input(const core::Command& command) {
  const auto [it, fresh] = inputs_.emplace(command.request_key, command.input);
  if (!fresh && !(it->second == command.input)) changed_input_ = command.request_key;
}

Event Participant::execute(const core::SagaId& saga, const core::Command& command,
                           const Fate& fate) {
  compare_input(command);
  if (const auto it = answers_.find(command.request_key); fate.idempotent && it != answers_.end()) {
    ++repeated_;
    return for_this_call(it->second, command);
  }
  Event answer = answer_to(command, Outcome::ok);
  answer.output = fate.broken ? Value("broken") : output_of(command);
  if (command.operation.starts_with(looking)) {
    return fate.refuse ? answer_to(command, Outcome::business, "shop.refused") : answer;
  }
  Effect& effect = effect_of(saga, command);
  if (effect.tombstone || effect.undone) {
    ++fenced_;
    return answer_to(command, Outcome::business, "call.fenced");
  }
  if (effect.accepted && fate.idempotent) return answer_to(command, Outcome::pending);
  if (fate.refuse) {
    answer = answer_to(command, Outcome::business, "shop.refused");
  } else if (answers_later(command.operation)) {
    effect.accepted = true;
    ++effect.made;
    effect.made_at = ++order_;
    on_accepted(saga, command);
    answer = answer_to(command, Outcome::pending);
    answer.output = Value::object({{"ticket", command.effect_key}});
    return answer;
  } else {
    ++effect.made;
    effect.made_at = ++order_;
  }
  answers_[command.request_key] = answer;
  return answer;
}

std::optional<bool> Participant::decide(const core::Command& command, bool refuse) {
  Effect& effect = effects_.at(command.effect_key);
  if (effect.undone || effect.tombstone) return std::nullopt;
  if (const auto known = answers_.find(command.request_key); known != answers_.end()) {
    return known->second.outcome != Outcome::ok;
  }
  Event answer = answer_to(command, Outcome::ok);
  answer.output = output_of(command);
  if (refuse) {
    effect.made = 0;
    answer = answer_to(command, Outcome::business, "shop.refused_later");
  }
  answers_[command.request_key] = answer;
  return refuse;
}

bool Participant::make_by_hand(const core::SagaId& saga, const core::Command& command,
                               bool anyway) {
  Effect& effect = effect_of(saga, command);
  const auto known = answers_.find(command.request_key);
  const bool refused = known != answers_.end() && known->second.outcome != Outcome::ok;
  if (!anyway && (effect.tombstone || effect.undone || refused)) return false;
  effect.tombstone = false;
  Event answer = answer_to(command, Outcome::ok);
  answer.output = output_of(command);
  answers_[command.request_key] = answer;
  if (effect.made > 0) return true;
  ++effect.made;
  effect.made_at = ++order_;
  return true;
}

void Participant::undo_by_hand(const core::SagaId& saga, const core::Command& command) {
  core::Command undo = command;
  undo.operation = "by hand";
  compensate(saga, undo, {});
}

Event Participant::compensate(const core::SagaId& saga, const core::Command& command,
                              const Fate& fate) {
  if (fate.refuse) return answer_to(command, Outcome::business, "shop.cannot_undo");
  Effect& effect = effect_of(saga, command);
  if (command.operation.starts_with(telling)) {
    ++effect.told;
    return answer_to(command, Outcome::ok);
  }
  // Like the guard: what is done under a request key is not done again under it.
  if (command.operation != "by hand" && !undone_keys_.insert(command.request_key).second) {
    return answer_to(command, Outcome::ok);
  }
  if (effect.made == 0) {
    if (!effect.tombstone) effect.undone_at = ++order_;
    effect.tombstone = true;
    if (fate.broken) return answer_to(command, Outcome::business, "shop.nothing_there");
    return answer_to(command, Outcome::no_effect);
  }
  if (!effect.undone) {
    effect.undone = true;
    effect.undone_at = ++order_;
  }
  return answer_to(command, Outcome::ok);
}

Event Participant::check(const core::Command& command) {
  const std::string& forward = command.effect_key;
  if (const auto it = answers_.find(forward); it != answers_.end()) {
    return for_this_call(it->second, command);
  }
  const auto effect = effects_.find(forward);
  const bool made = effect != effects_.end() && effect->second.made > 0;
  if (made && effect->second.accepted) return answer_to(command, Outcome::pending);
  if (made) {
    Event answer = answer_to(command, Outcome::ok);
    answer.output = output_of(command);
    return answer;
  }
  if (command.operation.starts_with(fencing_check)) {
    ++fenced_by_check_;
    effects_[forward].tombstone = true;
  }
  return answer_to(command, Outcome::no_effect);
}

}  // namespace sagaloom::simulation
