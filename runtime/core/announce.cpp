// What a decision says to the outside: business status, events to publish, attributes.
#include "runtime/core/transition.h"

namespace sagaloom::core {

namespace {

constexpr std::string_view default_topic = "sagaloom.events";

std::string as_text(const Value& value) {
  if (value.is_string()) return value.string();
  if (value.is_integer()) return std::to_string(value.integer());
  if (value.is_boolean()) return value.boolean() ? "true" : "false";
  return {};
}

expression::Error too_large(const Emit& emit) {
  return {"message.too_large", "the event " + emit.type + " is larger than 900 kB", {}};
}

}  // namespace

Result<Value> Transition::render(const Template& text) {
  auto rendered = text.render(scope_);
  if (!rendered.ok()) return rendered.error();
  return rendered.value() ? std::move(*rendered.value()) : Value{};
}

// `problem` says why a condition could not be decided; it is then false.
bool Transition::holds(const Program& condition, std::string& problem) {
  const auto result = condition.evaluate(scope_);
  if (!result.ok()) {
    problem = result.error().message;
    return false;
  }
  if (!result->is_boolean()) {
    problem = "the condition `" + condition.text() + "` is not a boolean";
    return false;
  }
  return result->boolean();
}

void Transition::set_status(const std::optional<Template>& status) {
  if (!status) return;
  const auto rendered = render(*status);
  if (!rendered.ok()) {
    note("expression.failed", Value("status: " + rendered.error().message));
    return;
  }
  head_.status = as_text(*rendered);
  scope_.head_changed();
  changed_ = true;
}

Result<std::optional<Emitted>> Transition::render_emit(const Emit& emit) {
  if (emit.when) {
    std::string problem;
    const bool wanted = holds(*emit.when, problem);
    if (!problem.empty()) return expression::Error{"expression.failed", problem, {}};
    if (!wanted) return std::optional<Emitted>{};
  }
  Emitted out;
  out.topic = emit.topic.empty() ? std::string(default_topic) : emit.topic;
  out.type = emit.type;
  out.key = to_string(saga_.id);
  if (emit.key) {
    auto key = render(*emit.key);
    if (!key.ok()) return key.error();
    out.key = as_text(*key);
  }
  auto data = render(emit.data);
  if (!data.ok()) return data.error();
  if (expression::byte_size(*data) > max_message_bytes) return too_large(emit);
  out.data = std::move(*data);
  for (const auto& [name, text] : emit.headers) {
    auto header = render(text);
    if (!header.ok()) return header.error();
    out.headers.emplace_back(name, as_text(*header));
  }
  return std::optional<Emitted>(std::move(out));
}

Result<std::vector<Emitted>> Transition::render_emits(const std::vector<Emit>& emits) {
  std::vector<Emitted> out;
  for (const Emit& emit : emits) {
    auto one = render_emit(emit);
    if (!one.ok()) return one.error();
    if (*one) out.push_back(std::move(**one));
  }
  return out;
}

void Transition::publish(std::vector<Emitted> emitted) {
  for (Emitted& one : emitted) record_.emits.push_back(std::move(one));
}

// Hooks and what an undo says: a value that fails is left out with a note, nothing else changes.
void Transition::announce(const Announcement& announcement) {
  set_status(announcement.status);
  for (const Emit& emit : announcement.emit) {
    auto one = render_emit(emit);
    if (!one.ok()) {
      note(one.error().code, Value("emit " + emit.type + ": " + one.error().message));
    } else if (*one) {
      record_.emits.push_back(std::move(**one));
    }
  }
}

// An attribute that cannot be rendered yet is simply not there yet.
void Transition::refresh_attributes() {
  if (definition_.attributes.empty()) return;
  expression::Map known;
  for (const Attribute& attribute : definition_.attributes) {
    auto rendered = attribute.value.render(scope_);
    if (rendered.ok() && *rendered) known.push_back({attribute.name, std::move(**rendered)});
  }
  head_.attributes = Value(std::move(known));
}

}  // namespace sagaloom::core
