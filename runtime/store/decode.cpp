#include <array>

#include "runtime/document/json.h"
#include "runtime/store/codec.h"
#include "runtime/store/format.h"
#include "runtime/store/pack.h"
#include "runtime/store/text_reader.h"

namespace sagaloom::store {
namespace {

using core::Record;
using expression::Result;

// Far above what decide lets into a saga: what was once stored must be readable. Tags of maps with
// a `$` key double the depth that a client may send (32).
constexpr document::Limits stored_limits{160, 256u << 20};

// An output that is neither there nor cleared is that of the step.
void read_event(Reading& reading, const Value& from, Record& to) {
  const auto mask = reading.members("event", from, to.event);
  static const auto output = core::FieldMask{1} << field_number<core::Event>("output");
  if (mask & output) return;
  if (const Value* kept = kept_output(to)) to.event.output = *kept;
}

void read_head(Reading& reading, const Value& from, Record& to) {
  const core::FieldMask bit = core::FieldMask{1} << updated_field();
  to.head_changed = reading.members("head", from, to.head, {"same_updated"});
  if (to.head_changed & bit || from.find("same_updated") != nullptr) return;
  to.head.updated = to.now;
  to.head_changed |= bit;
}

void read_lifecycle(Reading& reading, const Value& from, Record& to) {
  to.lifecycle = implied_lifecycle(to);
  reading.members("lifecycle", from, *to.lifecycle);
}

void read_steps(Reading& reading, const Value& from, Record& to) {
  for (const auto& item : reading.list("steps", from)) {
    auto& change = to.steps.emplace_back();
    change.changed = reading.members("steps", item, change.step, {"path"});
    const Value* path = item.find("path");
    if (path == nullptr) return reading.damaged("steps", "has an entry without a path");
    reading.read("path", *path, change.path);
  }
}

void read_emits(Reading& reading, const Value& from, Record& to) {
  for (const auto& item : reading.list("emits", from)) {
    auto& emitted = to.emits.emplace_back();
    emitted.topic = default_topic;
    emitted.key = core::to_string(to.saga);
    reading.members("emits", item, emitted);
  }
}

void read_notes(Reading& reading, const Value& from, Record& to) {
  for (const auto& item : reading.list("notes", from)) {
    reading.members("notes", item, to.notes.emplace_back());
  }
}

struct Part {
  std::string_view name;
  void (*read)(Reading&, const Value&, Record&);
};

void read_now(Reading& reading, const Value& from, Record& to) {
  reading.read("now", from, to.now);
  reading.set_base(to.now);
}

// `now` first, since the other times count from it; `steps` before `event` and `head` before
// `lifecycle`, which leave out what is said there.
constexpr std::array<Part, 9> parts = {{
    {"now", read_now},
    {"rules", [](Reading& r, const Value& v, Record& to) { r.read("rules", v, to.rules); }},
    {"jitter", [](Reading& r, const Value& v, Record& to) { r.read("jitter", v, to.jitter); }},
    {"steps", read_steps},
    {"event", read_event},
    {"head", read_head},
    {"emits", read_emits},
    {"notes", read_notes},
    {"lifecycle", read_lifecycle},
}};

Result<Value> parse_object(std::string_view text) {
  auto parsed = document::parse_tagged(text, stored_limits);
  if (!parsed) {
    return Error{
        "record.unreadable", "not JSON: " + parsed.error().message, {}, parsed.error().offset};
  }
  if (!parsed->is_map()) return Error{"record.unreadable", "not a JSON object", {}, Error::npos};
  return parsed;
}

Error newer_format(std::int64_t format) {
  return {"record.newer",
          "format " + std::to_string(format) + " was written by a newer program; start that one",
          {},
          Error::npos};
}

void read_saga_steps(Reading& reading, const Value& from, core::Saga& saga) {
  for (const auto& item : reading.list("steps", from)) {
    core::StepRecord step;
    reading.members("steps", item, step, {"path"});
    const Value* path = item.find("path");
    if (path == nullptr || !path->is_string()) {
      return reading.damaged("steps", "has an entry without a path");
    }
    saga.steps.insert_or_assign(path->string(), std::move(step));
  }
}

}  // namespace

Result<Record> decode_record(std::int16_t format, const core::SagaId& saga, std::string_view text) {
  if (format > record_format) return newer_format(format);
  const auto parsed = parse_object(text);
  if (!parsed) return parsed.error();
  Record record;
  record.saga = saga;
  record.rules = default_rules;
  Reading reading;
  std::size_t known = 0;
  for (const auto& part : parts) {
    const Value* value = parsed->find(part.name);
    if (value == nullptr) continue;
    ++known;
    part.read(reading, *value, record);
  }
  if (known != parsed->members().size()) reading.newer("record");
  if (reading.failed()) return reading.error();
  return record;
}

Result<core::Saga> decode_saga(const core::SagaId& id, std::string_view bytes) {
  const auto text = unpack(bytes);
  if (!text) return Error{"record.unreadable", "the snapshot's bytes are damaged", {}, Error::npos};
  const auto parsed = parse_object(*text);
  if (!parsed) return parsed.error();
  const Value* format = parsed->find("format");
  const Value* now = parsed->find("now");
  const Value* head = parsed->find("head");
  const Value* steps = parsed->find("steps");
  Reading reading;
  if (format == nullptr || now == nullptr || head == nullptr || steps == nullptr ||
      !format->is_integer()) {
    reading.damaged("snapshot", "lacks format, now, head or steps");
    return reading.error();
  }
  if (format->integer() > record_format) return newer_format(format->integer());
  core::Saga saga;
  saga.id = id;
  core::Time base{};
  reading.read("now", *now, base);
  reading.set_base(base);
  reading.members("head", *head, saga.head);
  read_saga_steps(reading, *steps, saga);
  if (parsed->members().size() != 4) reading.newer("snapshot");
  if (reading.failed()) return reading.error();
  return saga;
}

std::int16_t state_number(std::string_view state) {
  for (std::int16_t number = 0; !state_text(number).empty(); ++number) {
    if (state_text(number) == state) return number;
  }
  return -1;
}

std::string_view state_text(std::int16_t number) {
  static constexpr std::array<std::string_view, 10> states = {
      "QUEUED",      "RUNNING", "COMMITTED", "COMPENSATING", "COMPLETED",
      "COMPENSATED", "FAILED",  "SUSPENDED", "PARKED",       "DECIDING"};
  const auto index = static_cast<std::size_t>(number);
  return index < states.size() ? states[index] : std::string_view();
}

bool publishable(const Record& record) {
  return record.lifecycle.has_value() || !record.emits.empty();
}

}  // namespace sagaloom::store
