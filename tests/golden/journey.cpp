#include "tests/golden/journey.h"

#include <stdexcept>
#include <utility>

namespace sagaloom::tests {
namespace {

using core::Command;
using core::EventKind;

constexpr core::Duration latency{10};
constexpr int most_steps = 10'000;

std::string request_of(const Command& command) {
  if (core::between_shards(command.operation)) return command.operation;
  if (command.role == core::Role::check) return command.path + "/check";
  return command.path + (command.role == core::Role::compensate ? "/undo" : "");
}

bool is_this(const Command& command, const std::string& request) {
  if (command.kind == Command::Kind::subscription) return command.operation == request;
  return command.kind == Command::Kind::call && request_of(command) == request;
}

core::Event about(const Command& command, EventKind kind) {
  core::Event event;
  event.kind = kind;
  event.path = command.path;
  event.purpose = command.purpose;
  event.occurrence = command.occurrence;
  event.number = command.number;
  return event;
}

}  // namespace

Journey::Journey(core::DefinitionPointer definition, core::Value input, const std::string& key)
    : definition_(std::move(definition)) {
  saga_.id = core::make_saga_id(now_.time_since_epoch().count(), 3, 42);
  core::Submission submission;
  submission.input = std::move(input);
  submission.header = key;
  core::Context context;
  context.now = now_;
  auto head = core::admit(*definition_, submission, context);
  if (!head.ok()) throw std::runtime_error("not admitted: " + head.error().message);
  core::Event event;
  event.start = std::make_shared<core::SagaRecord>(std::move(*head));
  now_ += latency;
  take(std::move(event));
}

Journey& Journey::answer(const std::string& request, core::Outcome outcome, std::string code) {
  core::Event event;
  event.outcome = outcome;
  event.code = std::move(code);
  return answer(request, std::move(event));
}

Journey& Journey::answer(const std::string& request, core::Event event) {
  event.kind = EventKind::answered;
  script_[request].push_back(std::move(event));
  return *this;
}

core::Decision Journey::take(core::Event event) {
  core::Context context;
  context.now = now_;
  context.jitter = 0.25;
  context.missing = [this](std::string_view name) { return missing_.contains(std::string(name)); };
  core::Decision decision = core::decide(*definition_, saga_, event, context);
  if (!decision.record) return decision;
  decision.record->saga = saga_.id;
  core::apply(saga_, *decision.record);
  journal_.push_back({++seq_, *decision.record});
  return decision;
}

core::Event Journey::verb(EventKind kind, const core::Path& path) const {
  core::Event event;
  event.kind = kind;
  event.path = path;
  event.by = "ada";
  event.reason = "a test";
  return event;
}

void Journey::deliver(const std::string& name, core::Value data) {
  core::Event event;
  event.kind = EventKind::deliver;
  event.code = name;
  event.details = core::Value::object({{"type", core::Value(name)}, {"data", std::move(data)}});
  event.inbox = ++inbox_;
  now_ += latency;
  take(std::move(event));
}

void Journey::signal(const std::string& name) {
  core::Event event;
  event.kind = EventKind::signal;
  event.code = name;
  event.output = core::Value::object({{"by", core::Value("ada")}});
  event.inbox = ++inbox_;
  now_ += latency;
  take(std::move(event));
}

void Journey::answer_call(const Command& command) {
  const std::string request = request_of(command);
  calls_.push_back(request);
  core::Event event = about(command, EventKind::answered);
  auto& script = script_[request];
  if (!script.empty()) {
    core::Event scripted = std::move(script.front());
    script.pop_front();
    scripted.path = event.path;
    scripted.purpose = event.purpose;
    scripted.occurrence = event.occurrence;
    scripted.number = event.number;
    event = std::move(scripted);
  }
  if (event.outcome == core::Outcome::ok && !event.output)
    event.output = core::Value::object({{"from", core::Value(request)}});
  now_ += latency;
  take(std::move(event));
}

bool Journey::fire_timer(const std::vector<Command>& open) {
  const Command* first = nullptr;
  for (const Command& command : open) {
    const bool timed = command.kind == Command::Kind::timer;
    if (timed && (!first || command.due < first->due)) first = &command;
  }
  if (!first) return false;
  now_ = std::max(now_, first->due);
  take(about(*first, EventKind::timer));
  return true;
}

bool Journey::step() {
  const auto open = core::open_commands(saga_);
  for (const Command& command : open) {
    if (command.kind != Command::Kind::call) continue;
    const Identity identity{command.path, command.purpose, command.occurrence, command.number};
    if (!answered_.insert(identity).second) continue;
    answer_call(command);
    return true;
  }
  return fire_timer(open);
}

void Journey::run() {
  for (int i = 0; i < most_steps; ++i)
    if (!step()) return;
  throw std::runtime_error("the saga has no end");
}

void Journey::run_until(const std::string& call) {
  for (int i = 0; i < most_steps; ++i) {
    for (const Command& command : core::open_commands(saga_))
      if (is_this(command, call)) return;
    if (!step()) break;
  }
  throw std::runtime_error("the saga never calls " + call);
}

}  // namespace sagaloom::tests
