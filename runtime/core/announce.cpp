// What a decision says to the outside: business status, events to publish, attributes.
#include "runtime/core/transition.h"

namespace sagaloom::core {

namespace {

std::string as_text(const Value& value) {
  if (value.is_string()) return value.string();
  if (value.is_integer()) return std::to_string(value.integer());
  if (value.is_boolean()) return value.boolean() ? "true" : "false";
  return {};
}

}  // namespace

Result<Value> Transition::render(const Template& text) {
  auto rendered = text.render(scope_);
  if (!rendered.ok()) return rendered.error();
  return rendered.value() ? std::move(*rendered.value()) : Value{};
}

Result<std::string> Transition::render_text(const Template& text, const char* complaint) {
  const auto rendered = render(text);
  if (!rendered.ok()) return rendered.error();
  if (rendered->is_string() && !rendered->string().empty()) return rendered->string();
  return expression::Error{"expression.failed", complaint};
}

std::optional<Value> Transition::render_or_note(const Template& text, std::string_view where) {
  auto rendered = render(text);
  if (rendered.ok()) return std::move(*rendered);
  note_failed(where, rendered.error().message);
  return std::nullopt;
}

Result<bool> Transition::holds(const Program& condition) {
  const auto result = condition.evaluate(scope_);
  if (!result.ok()) return result.error();
  if (result->is_boolean()) return result->boolean();
  return expression::Error{"expression.failed",
                           "the condition `" + condition.text() + "` is not a boolean"};
}

Result<bool> Transition::holds(const std::optional<Program>& condition) {
  return condition ? holds(*condition) : true;
}

// What can't be decided is false, with a note.
bool Transition::holds_or_note(const Program& condition, std::string_view where) {
  const auto result = holds(condition);
  if (!result.ok()) note_failed(where, result.error().message);
  return result.ok() && *result;
}

void Transition::set_status(const std::optional<Template>& status) {
  const auto rendered = status ? render_or_note(*status, "status") : std::nullopt;
  if (!rendered) return;
  head_.status = as_text(without_nul(*rendered));
  scope_.head_changed();
  changed_ = true;
}

Result<std::optional<Emitted>> Transition::render_emit(const Emit& emit) {
  const Result<bool> wanted = holds(emit.when);
  if (!wanted.ok()) return expression::Error{"expression.failed", wanted.error().message};
  if (!*wanted) return std::optional<Emitted>{};
  const auto key = emit.key ? render(*emit.key) : Value(to_string(saga_.id));
  if (!key.ok()) return key.error();
  auto data = render(emit.data);
  if (!data.ok()) return data.error();
  if (expression::byte_size(*data) > max_message_bytes) {
    return expression::Error{"message.too_large",
                             "the event " + emit.type + " is larger than 900 kB"};
  }
  const std::string topic = emit.topic.empty() ? "sagaloom.events" : emit.topic;
  Emitted out{topic, emit.type, as_text(*key), std::move(*data), {}};
  for (const auto& [name, text] : emit.headers) {
    const auto header = render(text);
    if (!header.ok()) return header.error();
    out.headers.emplace_back(name, as_text(*header));
  }
  return std::optional(std::move(out));
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
    if (rendered.ok() && *rendered) known.push_back({attribute.name, without_nul(**rendered)});
  }
  head_.attributes = Value(std::move(known));
}

}  // namespace sagaloom::core
