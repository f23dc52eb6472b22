#include "tests/simulation/participant.h"

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

}  // namespace

Event Participant::perform(const core::SagaId& saga, const core::Command& command,
                           std::int64_t epoch, bool idempotent, bool refuse, bool broken) {
  std::int64_t& seen = epochs_[command.effect_key];
  if (epoch < seen) {
    ++stale_owner_;
    return answer_to(command, Outcome::unknown, "call.stale_owner");
  }
  seen = epoch;
  switch (command.role) {
    case core::Role::execute:
      return execute(saga, command, idempotent, refuse, broken);
    case core::Role::compensate:
      return compensate(saga, command);
    case core::Role::check:
      break;
  }
  return check(command);
}

Event Participant::execute(const core::SagaId& saga, const core::Command& command, bool idempotent,
                           bool refuse, bool broken) {
  if (const auto it = answers_.find(command.request_key); idempotent && it != answers_.end()) {
    ++repeated_;
    return for_this_call(it->second, command);
  }
  Effect& effect = effects_[command.effect_key];
  effect.saga = saga;
  effect.path = command.path;
  effect.operation = command.operation;
  if (effect.tombstone || effect.undone) {
    ++fenced_;
    return answer_to(command, Outcome::business, "call.fenced");
  }
  Event answer = answer_to(command, Outcome::ok);
  if (refuse) {
    answer = answer_to(command, Outcome::business, "shop.refused");
  } else {
    ++effect.made;
    effect.made_at = ++order_;
    answer.output = broken ? Value("broken") : Value::object({{"key", command.effect_key}});
  }
  answers_[command.request_key] = answer;
  return answer;
}

void Participant::make_by_hand(const core::SagaId& saga, const core::Command& command) {
  Effect& effect = effects_[command.effect_key];
  effect.saga = saga;
  effect.path = command.path;
  effect.operation = command.operation;
  if (effect.made > 0) return;
  ++effect.made;
  effect.made_at = ++order_;
  answers_[command.request_key] = answer_to(command, Outcome::ok);
}

Event Participant::compensate(const core::SagaId& saga, const core::Command& command) {
  Effect& effect = effects_[command.effect_key];
  effect.saga = saga;
  effect.path = command.path;
  if (effect.made == 0) {
    if (!effect.tombstone) effect.undone_at = ++order_;
    effect.tombstone = true;
    return answer_to(command, Outcome::no_effect);
  }
  if (!effect.undone) {
    effect.undone = true;
    effect.undone_at = ++order_;
  }
  return answer_to(command, Outcome::ok);
}

Event Participant::check(const core::Command& command) {
  const std::string forward = command.effect_key;
  if (const auto it = answers_.find(forward); it != answers_.end()) {
    Event answer = for_this_call(it->second, command);
    return answer;
  }
  const auto effect = effects_.find(forward);
  if (effect != effects_.end() && effect->second.made > 0) {
    Event answer = answer_to(command, Outcome::ok);
    answer.output = Value::object({{"key", forward}});
    return answer;
  }
  return answer_to(command, Outcome::no_effect);
}

}  // namespace sagaloom::simulation
