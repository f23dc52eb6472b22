#include "runtime/workflow/scenario/script.h"

namespace sagaloom::workflow::scenario {
namespace {

using core::Command;
using core::Role;

// Under which names a script may answer the call, the nearest first.
std::vector<std::string> names_of(const Command& call, const core::Saga& saga) {
  if (call.path.empty()) return {call.operation};
  const std::string id(core::step_id(call.path));
  std::vector<std::string> suffixes = {""};
  if (call.purpose == core::Purpose::undo) suffixes = {"/undo"};
  if (call.role == Role::check) suffixes = {"/check"};
  if (call.role == Role::compensate) {
    const core::StepRecord* step = saga.find(call.path);
    suffixes = {"/undo"};
    if (step && !step->undo_id.empty()) suffixes.insert(suffixes.begin(), "/undo/" + step->undo_id);
  }
  std::vector<std::string> names;
  for (const std::string& suffix : suffixes) {
    names.push_back(call.path + suffix);
    names.push_back(id + suffix);
  }
  names.push_back(call.operation);
  return names;
}

}  // namespace

const Answer* ScriptedParticipants::scripted(const Command& call, const core::Saga& saga) {
  for (const std::string& name : names_of(call, saga)) {
    const auto script = scenario_.answers.find(name);
    if (script == scenario_.answers.end()) continue;
    const auto& answers = script->second.answers;
    std::size_t& used = used_[name];
    if (script->second.always) return &answers.front();
    if (used < answers.size()) return &answers[used++];
  }
  return nullptr;
}

Answer ScriptedParticipants::answer(const Command& call, const core::Saga& saga) {
  const Answer* said = scripted(call, saga);
  return said ? *said : by_itself(call);
}

Answer ScriptedParticipants::by_itself(const Command& call) const {
  const auto effect = effects_.find(call.effect_key);
  const bool made = effect != effects_.end() && effect->second.made;
  Answer answer;
  if (call.operation == core::saga_start) return answer.word = "completed", answer;
  if (call.operation == core::saga_undo) return answer.word = "compensated", answer;
  answer.word = call.role == Role::check && !made ? "absent" : "ok";
  if (made && call.role != Role::compensate) answer.output = effect->second.output;
  return answer;
}

void ScriptedParticipants::happened(const Command& call, const Answer& answer) {
  if (core::between_shards(call.operation)) return;
  const bool ok = answer.word == "ok";
  if (call.role == Role::compensate) {
    if (ok) effects_[call.effect_key].undone = true;
    return;
  }
  if (call.role != Role::execute || (!ok && answer.word != "lost_after_effect")) return;
  const auto operation = scenario_.operations.find(call.operation);
  if (operation != scenario_.operations.end() && operation->second->effect == core::Effect::none) {
    return;
  }
  Effect& effect = effects_[call.effect_key];
  if (effect.made) return;
  effect.made = true;
  effect.output = answer.output.value_or(Value(expression::Map{}));
}

std::vector<std::string> ScriptedParticipants::standing() const {
  std::vector<std::string> keys;
  for (const auto& [key, effect] : effects_) {
    if (effect.made && !effect.undone) keys.push_back(key);
  }
  return keys;
}

}  // namespace sagaloom::workflow::scenario
