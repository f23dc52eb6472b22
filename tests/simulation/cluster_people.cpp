// The people around the sagas: they send signals and answer tasks, sometimes wrongly, twice or too
// late. Once faults have stopped they end every wait that only a person can end.
#include <algorithm>

#include "runtime/engine/engine.h"
#include "tests/simulation/cluster.h"
#include "tests/simulation/node.h"

namespace sagaloom::simulation {

using core::Event;
using core::EventKind;
using core::Value;

namespace {

bool hears(const core::StepRecord& step, const std::string& name) {
  if (step.state != core::StepState::awaiting || !step.listens.is_list()) return false;
  const auto& names = step.listens.items();
  return std::find(names.begin(), names.end(), Value(name)) != names.end();
}

}  // namespace

void Cluster::schedule_people() {
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    const auto most = static_cast<std::int64_t>(knobs.signals * 2);
    for (auto left = world.random.between(0, most); left > 0; --left) {
      world.after(Duration(world.random.between(0, knobs.chaos.count())), [this, i] {
        if (orders_[i].saga.nil()) return;
        const bool good = world.random.chance(0.6);
        const double name = world.random.unit();
        signal(orders_[i].saga,
               name < 0.45  ? "nudge"
               : name < 0.9 ? "approve"
                            : "unheard",
               Value::object({{"good", good}}));
      });
    }
  }
  world.after(Duration(500), [this] { people(); });
  if (knobs.verb_every > Duration(0)) {
    world.after(knobs.verb_every, [this] { interfere(); });
  }
}

void Cluster::people() {
  world.after(Duration(healing_ ? 2'000 : world.random.between(100, 800)), [this] { people(); });
  for (const auto& [id, saga] : checker->sagas()) {
    if (!core::ended(saga.head.phase) && !saga.head.suspended) see_to(id, saga);
  }
}

void Cluster::see_to(const core::SagaId& id, const core::Saga& saga) {
  for (const auto& [path, step] : saga.steps) {
    if (hears(step, "task") && (healing_ || world.random.chance(0.2))) answer_task(id, path);
    for (const std::string name : {"nudge", "approve"}) {
      if (healing_ && hears(step, "signal:" + name)) {
        signal(id, name, Value::object({{"good", true}}));
      }
    }
  }
}

void Cluster::answer_task(const core::SagaId& saga, const core::Path& path) {
  const bool wrong = world.random.chance(knobs.wrong_answer);
  const int times = world.random.chance(knobs.second_answer) ? 2 : 1;
  for (int i = 0; i < times; ++i) {
    Event event;
    event.kind = EventKind::task_answered;
    event.path = path;
    event.by = "clerk";
    event.output = Value::object({{"approved", wrong ? Value("perhaps") : Value(true)}});
    say(saga, event, [this](const engine::EngineError* error) {
      if (error == nullptr) return sometimes.happened("a task was answered");
      if (error->code == "input.invalid") sometimes.happened("a wrong answer was refused");
      if (error->code == "task.closed") sometimes.happened("a second answer came too late");
    });
  }
}

void Cluster::signal(const core::SagaId& saga, const std::string& name, Value data) {
  Event event;
  event.kind = EventKind::signal;
  event.code = name;
  event.by = "clerk";
  event.output = data.with("number", Value(++written_));
  say(saga, event, [this](const engine::EngineError* error) {
    if (error == nullptr) return sometimes.happened("a signal was accepted");
    if (error->code == "saga.ended") sometimes.happened("a signal came after the end");
  });
}

// Sent again until somebody answers, so that it may be stored more than once.
void Cluster::signal_until_heard(const core::SagaId& saga, const Value& data) {
  const auto heard = std::make_shared<bool>(false);
  Event event;
  event.kind = EventKind::signal;
  event.code = "answered";
  event.by = "shop";
  event.output = data.with("number", Value(++written_));
  say(saga, event, [heard](const engine::EngineError* error) {
    *heard = *heard || error == nullptr || error->code == "saga.ended";
  });
  world.after(Duration(world.random.between(500, 3'000)), [this, saga, data, heard] {
    if (!*heard) signal_until_heard(saga, data);
  });
}

}  // namespace sagaloom::simulation
