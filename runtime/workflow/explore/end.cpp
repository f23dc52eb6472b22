// An end as the guarantee table shows it: the state, what is outstanding, what an operator may do.
#include <algorithm>
#include <array>

#include "runtime/workflow/explore/explorer.h"

namespace sagaloom::explore {
namespace {

using core::Event;
using core::EventKind;
using core::StepRecord;
using core::StepState;

struct Verb {
  EventKind kind;
  const char* name;
  bool of_step;
};
constexpr std::array<Verb, 6> verbs{{{EventKind::retry, "retry", true},
                                     {EventKind::resolve, "resolve", true},
                                     {EventKind::abort_step, "abort_step", true},
                                     {EventKind::skip_undo, "skip_undo", true},
                                     {EventKind::suspend, "suspend", false},
                                     {EventKind::cancel_operator, "cancel", false}}};

bool legal(const Model& model, const World& world, const Verb& verb, const core::Path& path) {
  Event event;
  event.kind = verb.kind;
  event.path = path;
  event.by = "operator";
  event.reason = "explored";
  const auto* step = model.step(path);
  if (verb.kind == EventKind::resolve && step && step->call()) {
    const auto it = model.scenario.outputs.find(step->call()->operation->name);
    if (it != model.scenario.outputs.end()) event.output = it->second;
  }
  const core::Context context{world.now, 0.5, {}};
  const auto decision = core::decide(model.definition, world.saga, event, context);
  return decision.record && !decision.refusal;
}

std::vector<std::string> legal_verbs(const Model& model, const World& world) {
  std::vector<std::string> found;
  if (core::ended(world.saga.head.phase)) return found;
  for (const auto& [path, record] : world.saga.steps) {
    for (const Verb& verb : verbs) {
      if (verb.of_step && legal(model, world, verb, path)) {
        found.push_back(std::string(verb.name) + " " + path);
      }
    }
  }
  for (const Verb& verb : verbs) {
    if (!verb.of_step && legal(model, world, verb, {})) found.emplace_back(verb.name);
  }
  return found;
}

std::string waiting(const core::Path& path, const StepRecord& record) {
  const auto code = [](const std::optional<core::Failure>& error) {
    return error ? " (" + error->code + ")" : std::string();
  };
  switch (record.state) {
    case StepState::parked:
      if (record.parked == core::Parked::doubt) return path + " in doubt" + code(record.error);
      return path + " not done" + code(record.error);
    case StepState::undo_stuck:
      return "undo of " + path + " stuck" + code(record.undo_error);
    case StepState::awaiting:
      return path + " waits";
    default:
      return {};
  }
}

std::string left(const core::Path& path, const StepRecord* record) {
  if (record && record->state == StepState::residue) return path + " stands, undo given up";
  if (record && record->state == StepState::kept) {
    return path + (record->doubt ? " kept, in doubt" : " kept");
  }
  return path + " stands";
}

}  // namespace

End end_of(const Model& model, const World& world) {
  End end;
  end.state = core::state_name(world.saga);
  std::vector<std::pair<std::uint32_t, std::string>> items;  // by start order
  for (const auto& [path, record] : world.saga.steps) {
    if (std::string text = waiting(path, record); !text.empty()) {
      items.emplace_back(record.order, std::move(text));
    }
    const bool in_doubt = record.state == StepState::kept && record.doubt;
    const auto known =
        world.participant.effects().find(core::effect_key(world.saga.id, path, record));
    const bool stands = known != world.participant.effects().end() && known->second.standing();
    const bool counted =
        world.saga.head.phase == core::Phase::completed || record.state == StepState::parked;
    if ((stands && !counted) || (in_doubt && !stands)) {
      items.emplace_back(record.order, left(path, &record));
    }
  }
  for (const auto& desk : world.endless) items.emplace_back(~0u, desk + " tried without end");
  std::sort(items.begin(), items.end());
  for (auto& [order, text] : items) end.outstanding.push_back(std::move(text));
  end.verbs = legal_verbs(model, world);
  return end;
}

}  // namespace sagaloom::explore
