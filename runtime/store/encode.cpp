#include "runtime/store/codec.h"
#include "runtime/store/format.h"
#include "runtime/store/pack.h"
#include "runtime/store/text_writer.h"

namespace sagaloom::store {
namespace {

using core::Record;

// The output came in with the event and was kept by its step: the usual case, written once.
bool shares_output(const Record& record) {
  const auto* kept = kept_output(record);
  return kept != nullptr && record.event.output && kept->identical(*record.event.output);
}

void append_event(std::string& out, const Record& record) {
  const bool shared = shares_output(record);
  ObjectWriter object(out, record.now);
  std::size_t index = 0;
  visit_fields(record.event, [&](std::string_view name, const auto& value) {
    const bool skip = (shared && name == "output") || is_default<core::Event>(index, value);
    ++index;
    if (!skip) object.member(name, value);
  });
  if (!record.event.output && kept_output(record) != nullptr) {
    object.member("output", record.event.output);  // cleared, since it is not the step's
  }
  object.close();
}

// `updated` is nearly always the record's own time: then it is left out, and what is written is
// that it stayed.
void append_head(std::string& out, const Record& record) {
  const core::FieldMask bit = core::FieldMask{1} << updated_field();
  const bool moved = (record.head_changed & bit) != 0;
  const bool usual = moved && record.head.updated == record.now;
  ObjectWriter head(out, record.now);
  head.changed_members(record.head, usual ? record.head_changed & ~bit : record.head_changed);
  if (!moved) head.member("same_updated", true);
  head.close();
}

// Of the lifecycle what the head does not say in the same record.
void append_lifecycle(std::string& out, const Record& record) {
  const auto& lifecycle = *record.lifecycle;
  const auto implied = implied_lifecycle(record);
  ObjectWriter object(out, record.now);
  std::size_t index = 0;
  visit_fields(lifecycle, [&](std::string_view name, const auto& value) {
    using Member = std::remove_cvref_t<decltype(value)>;
    const void* expected = members_of(implied)[index++];
    if (value != *static_cast<const Member*>(expected)) object.member(name, value);
  });
  object.close();
}

template <typename List, typename AppendItem>
void append_list(std::string& out, const List& list, AppendItem&& append_item) {
  out += '[';
  bool first = true;
  for (const auto& item : list) {
    if (!first) out += ',';
    first = false;
    append_item(item);
  }
  out += ']';
}

void append_change(std::string& out, const core::StepChange& change, core::Time base) {
  ObjectWriter object(out, base);
  object.member("path", change.path);
  object.changed_members(change.step, change.changed);
  object.close();
}

void append_emitted(std::string& out, const core::Emitted& emitted, const std::string& saga) {
  ObjectWriter object(out, {});
  if (emitted.topic != default_topic) object.member("topic", emitted.topic);
  if (!emitted.type.empty()) object.member("type", emitted.type);
  if (emitted.key != saga) object.member("key", emitted.key);
  if (!emitted.data.is_null()) object.member("data", emitted.data);
  if (!emitted.headers.empty()) object.member("headers", emitted.headers);
  object.close();
}

template <typename Struct>
void append_sparse(std::string& out, const Struct& value, core::Time base) {
  ObjectWriter object(out, base);
  object.other_than_default(value);
  object.close();
}

void append_outgoing(std::string& out, ObjectWriter& object, const Record& record) {
  if (!record.emits.empty()) {
    object.key("emits");
    const std::string saga = core::to_string(record.saga);
    append_list(out, record.emits, [&](const auto& item) { append_emitted(out, item, saga); });
  }
  if (!record.notes.empty()) {
    object.key("notes");
    append_list(out, record.notes, [&](const auto& item) { append_sparse(out, item, {}); });
  }
  if (record.lifecycle) {
    object.key("lifecycle");
    append_lifecycle(out, record);
  }
}

}  // namespace

void append_record(std::string& out, const Record& record) {
  ObjectWriter object(out, {});
  if (record.rules != default_rules) object.member("rules", record.rules);
  object.member("now", record.now);
  if (record.jitter != 0) object.member("jitter", record.jitter);
  object.key("event");
  append_event(out, record);
  if (!record.steps.empty()) {
    object.key("steps");
    append_list(out, record.steps, [&](const auto& item) { append_change(out, item, record.now); });
  }
  if (record.head_changed != 0) {
    object.key("head");
    append_head(out, record);
  }
  append_outgoing(out, object, record);
  object.close();
}

std::string encode_record(const Record& record) {
  std::string out;
  out.reserve(512);
  append_record(out, record);
  return out;
}

std::string encode_saga(const core::Saga& saga) {
  return pack(saga_text(saga));
}

std::string saga_text(const core::Saga& saga) {
  std::string out;
  out.reserve(1024);
  const core::Time base = saga.head.updated;
  ObjectWriter object(out, {});
  object.member("format", record_format);
  object.member("now", base);
  object.key("head");
  append_sparse(out, saga.head, base);
  object.key("steps");
  append_list(out, saga.steps, [&](const auto& item) {
    ObjectWriter step(out, base);
    step.member("path", item.first);
    step.other_than_default(item.second);
    step.close();
  });
  object.close();
  return out;
}

}  // namespace sagaloom::store
