#include "runtime/core/transition.h"

#include <algorithm>

#include "runtime/core/difference.h"

namespace sagaloom::core {

namespace {

// A timer without a path: the first of the events that were stored while SUSPENDED is due.
bool asks_for_stored(const Saga& saga, const Event& event) {
  return event.kind == EventKind::timer && event.path.empty() && !saga.head.suspended &&
         !saga.head.stored.empty();
}

}  // namespace

Transition::Transition(const Definition& definition, const Saga& saga, const Event& event,
                       const Context& context)
    : definition_(definition),
      saga_(saga),
      journaled_(event),
      event_(asks_for_stored(saga, event) ? saga.head.stored.front() : event),
      context_(context),
      replays_(asks_for_stored(saga, event)),
      now_(std::max(context.now, saga.head.updated)),
      head_(saga.head),
      scope_(definition, saga.id, head_, now_,
             [this](std::string_view path) { return find(path); }) {
  record_.saga = saga.id;
  record_.now = now_;
  if (!replays_) return;
  head_.stored.erase(head_.stored.begin());
  changed_ = true;
}

const StepRecord* Transition::find(std::string_view path) const {
  if (const auto it = edited_.find(path); it != edited_.end()) return &it->second;
  return saga_.find(path);
}

StepRecord& Transition::edit(const Path& path) {
  changed_ = true;
  scope_.steps_changed();
  if (const auto it = edited_.find(path); it != edited_.end()) return it->second;
  const StepRecord* known = saga_.find(path);
  return edited_.emplace(path, known ? *known : StepRecord{}).first->second;
}

void Transition::visit(const std::function<void(const Path&, const StepRecord&)>& visitor) const {
  for (const auto& [path, step] : saga_.steps) {
    const auto it = edited_.find(path);
    visitor(path, it == edited_.end() ? step : it->second);
  }
  for (const auto& [path, step] : edited_) {
    if (!saga_.find(path)) visitor(path, step);
  }
}

bool Transition::is_parked() const {
  return any([](const StepRecord& step) {
    return step.state == StepState::parked || step.state == StepState::undo_stuck;
  });
}

bool Transition::is_deciding() const {
  if (head_.phase != Phase::running) return false;
  return any([](const StepRecord& step) {
    if (!step.pivot) return false;
    switch (step.state) {
      case StepState::running:
      case StepState::backoff:
      case StepState::awaiting:
      case StepState::resolving:
        return true;
      case StepState::parked:
        return step.parked == Parked::doubt;
      default:
        return false;
    }
  });
}

bool Transition::is_missing(const std::string& operation) {
  if (!context_.missing || !context_.missing(operation)) return false;
  note("plugin.missing", Value(operation));
  return true;
}

double Transition::draw() {
  drew_ = true;
  return context_.jitter;
}

void Transition::note(std::string code, Value details) {
  record_.notes.push_back({std::move(code), std::move(details)});
}

void Transition::refuse(std::string code, std::string message) {
  refusal_ = Refusal{std::move(code), std::move(message)};
}

void Transition::keep_bytes(const Value& value) {
  head_.bytes += expression::byte_size(value);
}

std::optional<Lifecycle> Transition::lifecycle() const {
  Saga after;
  after.head.phase = head_.phase;
  after.head.suspended = head_.suspended;
  visit([&](const Path& path, const StepRecord& step) {
    StepRecord& seen = after.steps[path];
    seen.state = step.state;
    seen.parked = step.parked;
    seen.pivot = step.pivot;
  });
  const std::string_view state = state_name(after);
  const bool same_phase = saga_.exists() && head_.phase == saga_.head.phase;
  if (same_phase && state == state_name(saga_)) return std::nullopt;
  return Lifecycle{head_.workflow,     head_.version, head_.identity,
                   std::string(state), head_.status,  head_.error ? head_.error->code : ""};
}

Decision Transition::finish() {
  Decision decision;
  if (refusal_ && replays_) {  // nobody waits for the answer any more
    note(refusal_->code, Value(refusal_->message));
    refusal_.reset();
  }
  decision.refusal = std::move(refusal_);
  if (decision.refusal || (!changed_ && record_.notes.empty())) return decision;
  if (step_succeeded_ || !saga_.exists()) refresh_attributes();
  record_.lifecycle = lifecycle();
  ++head_.records;
  head_.updated = now_;
  record_.event = journaled_;
  record_.event.start.reset();
  record_.jitter = drew_ ? context_.jitter : 0;
  record_.head_changed = difference(saga_.head, head_, record_.head);
  static const StepRecord unseen;
  for (const auto& [path, step] : edited_) {
    const StepRecord* before = saga_.find(path);
    StepChange change{path, 0, {}};
    change.changed = difference(before ? *before : unseen, step, change.step);
    if (change.changed || !before) record_.steps.push_back(std::move(change));
  }
  decision.record = std::move(record_);
  return decision;
}

Failure expression_failed(const Path& path, const expression::Error& error) {
  Failure failure;
  failure.code =
      error.code == "expression.failed" || error.code.empty() ? "expression.failed" : error.code;
  failure.kind = "internal";
  failure.message = error.message;
  failure.step = path;
  return failure;
}

}  // namespace sagaloom::core
