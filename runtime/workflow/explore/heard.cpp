#include "runtime/workflow/explore/heard.h"

#include <algorithm>
#include <span>

#include "runtime/workflow/explore/example.h"

namespace sagaloom::explore {
namespace {

using core::Command;
using core::Event;
using core::EventKind;

constexpr std::size_t max_variants = 6;
// How many events of one kind a wait hears before only those count that end it.
constexpr std::uint32_t max_collected = 2;

std::string quoted(std::string_view path) {
  return "`" + std::string(path) + "`";
}

Move heard(const Command& command, Event event, std::string said) {
  Move move;
  move.kind = Move::Kind::heard;
  move.command = command;
  move.event = std::move(event);
  move.said = std::move(said);
  return move;
}

core::StepState state_of(const core::Saga& saga, std::string_view path) {
  const auto* record = saga.find(path);
  return record ? record->state : core::StepState::pending;
}

// The saga after this event; nullopt: it is not taken.
std::optional<core::Saga> after(const Model& model, const World& world, const Event& event,
                                core::Time now) {
  const core::Context context{now, 0.5, {}};
  const auto decision = core::decide(model.definition, world.saga, event, context);
  if (!decision.record) return std::nullopt;
  core::Saga saga = world.saga;
  core::apply(saga, *decision.record);
  return saga;
}

bool fails(const core::Saga& saga, const core::Path& path) {
  using core::StepState;
  const StepState state = state_of(saga, path);
  const auto* record = saga.find(path);
  return state == StepState::failed || state == StepState::unknown ||
         state == StepState::resolving || state == StepState::handling ||
         state == StepState::handled || state == StepState::undoing || state == StepState::parked ||
         (record && record->draining) || saga.head.phase == core::Phase::compensating ||
         saga.head.phase == core::Phase::failed || saga.head.phase == core::Phase::compensated;
}

const core::Wait* wait_of(const core::Step* step) {
  if (!step) return nullptr;
  if (const auto* call = step->call()) return call->await.get();
  return std::get_if<core::Wait>(&step->kind);
}

core::SchemaPointer schema_of(const Model& model, std::string_view path,
                              std::string_view listening) {
  if (listening.starts_with("event:")) {
    for (const auto& source : model.definition.events) {
      if (source.name == listening.substr(6)) return source.schema;
    }
  }
  const auto* wait = listening == "task" ? wait_of(model.step(path)) : nullptr;
  if (!wait) return nullptr;
  if (wait->form) return wait->form;
  for (const auto& member : wait->any) {
    if (member.wait.form) return member.wait.form;
  }
  return nullptr;
}

Event event_of(const Command& command, const Value& data) {
  Event event;
  const std::string& listening = command.operation;
  event.by = "explorer";
  if (listening.starts_with("event:")) {
    event.kind = EventKind::deliver;
    event.code = listening.substr(6);
    event.details = Value::object({{"data", data}});
  } else if (listening.starts_with("signal:")) {
    event.kind = EventKind::signal;
    event.code = listening.substr(7);
    event.output = data;
  } else {
    event.kind = EventKind::task_answered;
    event.path = command.path;
    event.output = data;
  }
  return event;
}

std::string said_of(const Command& command, std::string_view change) {
  const std::string& listening = command.operation;
  std::string text;
  if (listening == "task") {
    text = "the task " + quoted(command.path) + " is answered";
  } else if (listening.starts_with("event:")) {
    text = "the event " + quoted(listening.substr(6)) + " arrives for " + quoted(command.path);
  } else {
    text = "the signal " + quoted(listening.substr(7)) + " arrives for " + quoted(command.path);
  }
  if (!change.empty()) text += " (" + std::string(change) + ")";
  return text;
}

std::string as_text(const Value& value) {
  if (value.is_string()) return "\"" + value.string() + "\"";
  if (value.is_boolean()) return value.boolean() ? "true" : "false";
  if (value.is_integer()) return std::to_string(value.integer());
  return std::string(expression::kind_name(value.kind()));
}

struct Variant {
  Value data;
  std::string change;
};

// What may be heard: the scenario's data, and each other member of an enum or boolean in it.
std::vector<Variant> variants(const core::SchemaPointer& schema, const Value& base) {
  std::vector<Variant> all{{base, {}}};
  if (!schema) return all;
  for (const auto& each : alternatives(*schema, base)) {
    if (all.size() >= max_variants) break;
    if (!each.value.is_string() && !each.value.is_boolean()) continue;
    all.push_back({replaced(base, each.pointer, each.value),
                   each.pointer.substr(1) + " = " + as_text(each.value)});
  }
  return all;
}

Value base_of(const Model& model, const Command& command) {
  const auto& scenario = model.scenario;
  if (command.operation == "task") {
    const auto it = scenario.answers.find(std::string(core::step_id(command.path)));
    return it == scenario.answers.end() ? Value(expression::Map{}) : it->second;
  }
  const auto it = scenario.heard.find(command.operation);
  return it == scenario.heard.end() ? Value(expression::Map{}) : it->second;
}

// A participant that came to nothing does not tell of a success.
bool may_tell_of_success(const Model& model, const World& world, const Command& subscription) {
  const auto* step = model.step(subscription.path);
  const auto* record = world.saga.find(subscription.path);
  if (!step || !record || !step->call()) return true;
  const auto known =
      world.participant.effects().find(core::effect_key(world.saga.id, subscription.path, *record));
  return known != world.participant.effects().end() && known->second.made > 0;
}

}  // namespace

void add_timer(const Model& model, const World& world, const Command& timer,
               std::vector<Move>& out) {
  Move move;
  move.kind = Move::Kind::timer;
  move.command = timer;
  if (timer.purpose == core::Purpose::wait) {
    const auto next = after(model, world, timer_event(timer), std::max(world.now, timer.due));
    if (!next) return;
    if (fails(*next, timer.path)) {
      const bool waits = wait_of(model.step(timer.path)) != nullptr;
      move.fault = waits ? Fault::no_event : Fault::out_of_time;
      if (world.faults_left == 0) return;
    }
  }
  out.push_back(move);
  const auto* step = model.step(timer.path);
  if (move.fault != Fault::no_event || !step->call()) return;
  move.fault = Fault::came_to_nothing;  // accepted, and then not done
  out.push_back(std::move(move));
}

void add_heard(const Model& model, const World& world, const Command& subscription,
               std::vector<Move>& out) {
  const auto schema = schema_of(model, subscription.path, subscription.operation);
  const auto* before = world.saga.find(subscription.path);
  for (const auto& variant : variants(schema, base_of(model, subscription))) {
    const Event event = event_of(subscription, variant.data);
    const auto next = after(model, world, event, world.now);
    if (!next) continue;
    const auto* record = next->find(subscription.path);
    const bool goes_on = record && before && record->state == before->state;
    if (goes_on && record->collected > max_collected) continue;
    if (!may_tell_of_success(model, world, subscription) && !fails(*next, subscription.path)) {
      continue;
    }
    Move move = heard(subscription, event, said_of(subscription, variant.change));
    if (fails(*next, subscription.path)) {
      if (world.faults_left == 0) continue;
      move.fault = Fault::bad_event;
    }
    out.push_back(std::move(move));
  }
}

namespace {

struct ChildEnd {
  Fault fault;
  const char* state;
  const char* said;
};

Event child_ended(const Model& model, const Command& command, const char* state) {
  Event event;
  event.kind = EventKind::child_ended;
  event.path = command.path;
  event.occurrence = command.occurrence;
  event.code = state;
  const auto output =
      model.scenario.outputs.find("saga " + std::string(core::step_id(command.path)));
  if (event.code == "COMPLETED") {
    event.output =
        output == model.scenario.outputs.end() ? Value(expression::Map{}) : output->second;
  } else {
    event.details =
        Value::object({{"error", Value::object({{"code", "child.failed"}, {"kind", "business"}})}});
  }
  return event;
}

// A child that runs, and nobody has asked it to go back.
constexpr ChildEnd ends_forward[] = {{Fault::none, "COMPLETED", "ends COMPLETED"},
                                     {Fault::child_failed, "FAILED", "ends FAILED, nothing done"},
                                     {Fault::child_undone, "COMPENSATED", "ends COMPENSATED"}};
constexpr ChildEnd ends_back[] = {{Fault::none, "COMPENSATED", "has gone back: COMPENSATED"},
                                  {Fault::child_past, "COMPLETED", "has passed its own pivot"}};

}  // namespace

void add_child_ends(const Model& model, const World& world, std::vector<Move>& out) {
  for (const auto& [path, record] : world.saga.steps) {
    const bool runs =
        record.state == core::StepState::running || record.state == core::StepState::undoing;
    const bool asked_for = record.forward.in_flight || record.undo.in_flight;
    if (!runs || asked_for || record.operation != core::saga_start) continue;
    const bool back = record.undo.number > 0;
    if (record.state == core::StepState::undoing && record.undo_operation != core::saga_undo) {
      continue;
    }
    Command command;
    command.path = path;
    command.occurrence = record.occurrence;
    command.purpose = back ? core::Purpose::undo : core::Purpose::forward;
    command.effect_key = core::effect_key(world.saga.id, path, record);
    for (const ChildEnd& end :
         back ? std::span<const ChildEnd>(ends_back) : std::span<const ChildEnd>(ends_forward)) {
      if (end.fault != Fault::none && world.faults_left == 0) continue;
      Move move = heard(command, child_ended(model, command, end.state),
                        "the child saga of " + quoted(path) + " " + end.said);
      move.fault = end.fault;
      move.code = end.state;
      move.must = true;
      out.push_back(std::move(move));
    }
  }
}

}  // namespace sagaloom::explore
