#include "runtime/core/scope.h"

#include "runtime/core/tree.h"
#include "runtime/expression/time.h"

namespace sagaloom::core {

Value to_value(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::nanoseconds(time - seconds);
  return Value(expression::Timestamp{seconds.time_since_epoch().count(),
                                     static_cast<std::int32_t>(rest.count())});
}

std::optional<Time> to_time(const Value& value) {
  std::optional<expression::Timestamp> time;
  if (value.kind() == Value::Kind::timestamp) time = value.timestamp();
  if (value.is_string()) time = expression::parse_timestamp(value.string());
  if (!time) return std::nullopt;
  return Time(Duration(time->seconds * 1000 + time->nanos / 1'000'000));
}

std::optional<Duration> to_duration(const Value& value) {
  std::optional<expression::TimeSpan> span;
  if (value.kind() == Value::Kind::time_span) span = value.time_span();
  if (value.is_string()) span = expression::parse_duration(value.string());
  if (!span || span->seconds < 0) return std::nullopt;
  return Duration(span->seconds * 1000 + span->nanos / 1'000'000);
}

Value to_value(const Failure& failure) {
  return Value::object({{"code", failure.code},
                        {"kind", failure.kind},
                        {"message", failure.message},
                        {"step", failure.step},
                        {"attempt", std::int64_t{failure.attempt}},
                        {"details", failure.details}});
}

const Value* SagaScope::find(std::string_view root) const {
  if (root == "input") return &head_.input;
  if (root == "steps") return steps();
  if (root == "constants") return &definition_.constants;
  if (root == "saga") return saga();
  if (root == "self") return self_ ? &*self_ : nullptr;
  if (root == "error") return error_ ? &*error_ : nullptr;
  if (root == "event") return event_ ? &*event_ : nullptr;
  if (root == "now") {
    if (!time_) time_ = to_value(now_);
    return &*time_;
  }
  if (root == "secrets") return secrets();
  const auto name = names_.find(root);
  return name == names_.end() ? nullptr : &name->second;
}

const Value* SagaScope::secrets() const {
  if (secrets_) return &*secrets_;
  expression::Map names;
  for (const auto& name : definition_.secrets) names.push_back({Value(name), Value::secret(name)});
  secrets_ = Value(std::move(names));
  return &*secrets_;
}

void SagaScope::look_from(const std::string& prefix) {
  if (prefix == prefix_) return;
  prefix_ = prefix;
  steps_.reset();
  names_.clear();
  for (const Around& one : around(prefix)) {
    const Step* block = definition_.find(step_id(one.path));
    const auto* loop = block ? block->as<Foreach>() : nullptr;
    const StepRecord* record = loop ? find_step_(one.path) : nullptr;
    if (!record || !record->items.is_list()) continue;
    const auto& items = record->items.items();
    if (one.number < items.size()) names_[loop->as] = items[one.number];
  }
}

void SagaScope::set_error(const std::optional<Failure>& error) {
  error_.reset();
  if (error) error_ = to_value(*error);
}

void SagaScope::hide_step(std::string_view id, std::uint32_t order, const Value& outputs) {
  hidden_ = id;
  undone_order_ = order;
  undoing_ = true;
  undo_outputs_ = outputs;
  steps_.reset();
}

void SagaScope::show_all_steps() {
  if (!undoing_) return;
  hidden_.clear();
  undoing_ = false;
  undo_outputs_ = Value{};
  steps_.reset();
}

// The nearest occurrence of each step that has an output.
const Value* SagaScope::steps() const {
  if (steps_) return &*steps_;
  std::map<std::string_view, const Value*> nearest;
  for (const std::string& prefix : visible_prefixes(definition_, prefix_)) {
    for (const std::string& id : definition_.step_ids()) {
      const StepRecord* step = find_step_(prefix.empty() ? id : prefix + id);
      if (!step || id == hidden_) continue;
      if (undoing_ && step->order > undone_order_ && nearest.contains(id)) continue;
      const bool skipped = step->state == StepState::skipped;
      const bool absent = !undoing_ && step->state == StepState::undone;
      if (skipped || absent) nearest.erase(id);
      const bool none = step->output && step->output->is_null() && is_block(*definition_.find(id));
      if (step->output && !absent && !none) nearest[id] = &*step->output;  // none: its last SKIPPED
    }
  }
  expression::Map entries;
  for (const auto& [id, output] : nearest) {
    entries.push_back({Value(id), Value::object({{"output", *output}})});
  }
  if (undo_outputs_.is_map()) {
    for (const auto& [id, output] : undo_outputs_.members()) {
      entries.push_back({id, Value::object({{"output", output}})});
    }
  }
  steps_ = Value(std::move(entries));
  return &*steps_;
}

const Value* SagaScope::saga() const {
  if (saga_) return &*saga_;
  const std::string instance = to_string(id_);
  expression::Map members{{"id", head_.identity.empty() ? instance : head_.identity},
                          {"instance", instance},
                          {"name", head_.workflow},
                          {"version", std::int64_t{head_.version}},
                          {"status", head_.status},
                          {"started_at", to_value(head_.created)}};
  if (head_.deadline != Time{}) members.push_back({"deadline_at", to_value(head_.deadline)});
  saga_ = Value(std::move(members));
  return &*saga_;
}

}  // namespace sagaloom::core
