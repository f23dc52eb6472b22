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
  for (const auto& [path, step] : saga.steps) {
    if (!at_rest(step)) live_.insert(live_.end(), path);
  }
  shown_before_ = shown_now();
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
  if (known) live_.insert(path);
  return edited_.emplace(path, known ? *known : StepRecord{}).first->second;
}

void Transition::visit(Among among,
                       const std::function<void(const Path&, const StepRecord&)>& visitor) const {
  if (among == Among::live) {
    for (const Path& path : live_) visitor(path, *find(path));
  } else {
    for (const auto& [path, step] : saga_.steps) visitor(path, *find(path));
  }
  for (const auto& [path, step] : edited_) {
    if (!saga_.find(path)) visitor(path, step);
  }
}

std::vector<Path> Transition::paths(Among among, const Fits& fits) const {
  std::vector<Path> found;
  visit(among, [&](const Path& path, const StepRecord& step) {
    if (fits(path, step)) found.push_back(path);
  });
  return found;
}

bool Transition::any(Among among, const Fits& fits) const {
  return !paths(among, fits).empty();
}

std::vector<Path> Transition::paths(bool (*fits)(const StepRecord&)) const {
  return paths(Among::live, [&](const Path&, const StepRecord& step) { return fits(step); });
}

bool Transition::any(bool (*fits)(const StepRecord&)) const {
  return !paths(fits).empty();
}

const StepRecord* Transition::nearest(Path path, bool (*fits)(const StepRecord&)) const {
  for (; !path.empty(); path = parent_path(definition_, path)) {
    if (const StepRecord* record = find(path); record && fits(*record)) return record;
  }
  return nullptr;
}

bool Transition::is_parked() const {
  return any([](const StepRecord& step) { return needs_operator.has(step.state); });
}

bool Transition::is_deciding() const {
  return head_.phase == Phase::running &&
         any([](const StepRecord& step) { return step.pivot && deciding(step); });
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

void Transition::note_failed(std::string_view where, const std::string& message) {
  note("expression.failed", Value(std::string(where) + ": " + message));
}

void Transition::refuse(std::string code, std::string message) {
  refusal_ = Refusal{std::move(code), std::move(message)};
}

void Transition::no_such_step() {
  refuse("step_unknown", "the saga has no step `" + event_.path + "`");
}

bool Transition::fits_state(const Value& value) const {
  return head_.bytes + expression::byte_size(value) <= max_state_bytes;
}

void Transition::keep_bytes(const Value& value) {
  head_.bytes += expression::byte_size(value);
}

void Transition::drop_output(StepRecord& record) {
  if (!record.output) return;
  head_.bytes -= std::min<std::uint64_t>(head_.bytes, expression::byte_size(*record.output));
  record.output.reset();
}

std::string_view Transition::shown_now() const {
  return state_name(head_.phase, shown(head_, is_parked(), is_deciding()));
}

std::optional<Lifecycle> Transition::lifecycle() const {
  const std::string_view state = shown_now();
  const bool same_phase = saga_.exists() && head_.phase == saga_.head.phase;
  if (same_phase && state == shown_before_) return std::nullopt;
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
    StepChange change{path};
    change.changed = difference(before ? *before : unseen, step, change.step);
    if (change.changed || !before) record_.steps.push_back(std::move(change));
  }
  decision.record = std::move(record_);
  return decision;
}

Failure expression_failed(const Path& path, const expression::Error& error) {
  const std::string code = error.code.empty() ? "expression.failed" : error.code;
  return {code, "internal", error.message, path};
}

Failure expression_failed(const Path& path, std::string message) {
  return {"expression.failed", "internal", std::move(message), path};
}

std::optional<std::string> misfit(const SchemaPointer& schema, const Value& value,
                                  std::size_t limit) {
  std::string text;
  if (!schema) return std::nullopt;
  for (const auto& violation : schema->validate(value, limit)) {
    if (!text.empty()) text += "; ";
    text += violation.pointer + ": " + violation.message;
  }
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace sagaloom::core
