#include "runtime/kafka/mapping.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "runtime/document/digest.h"
#include "runtime/document/json.h"
#include "runtime/expression/program.h"

namespace sagaloom::kafka {

namespace {

using core::Value;
using engine::SourceRecord;

constexpr std::size_t most_payload = 256u << 10;  // of a dead letter
constexpr std::size_t most_key = 128;

const std::string* header(const SourceRecord& record, std::string_view name) {
  for (const auto& [key, value] : record.headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

// What expressions see as `event`.
Value event_of(const SourceRecord& record, const Value& body) {
  const bool structured = body.is_map() && body.find("specversion") != nullptr;
  const auto member = [&](std::string_view name) -> std::optional<std::string> {
    const Value* found = body.is_map() ? body.find(name) : nullptr;
    if (found == nullptr || !found->is_string()) return std::nullopt;
    return found->string();
  };
  const std::string* type = header(record, "ce_type");
  const std::string* id = header(record, "ce_id");
  const Value* data = structured ? body.find("data") : &body;
  Value event = Value::object({{"data", data == nullptr ? Value{} : *data},
                               {"type", type != nullptr ? *type : member("type").value_or("")},
                               {"key", document::valid_utf8(record.key) ? record.key : ""},
                               {"topic", record.topic}});
  if (id != nullptr) {
    event = event.with("id", *id);
  } else if (structured && member("id")) {
    event = event.with("id", *member("id"));
  }
  Value headers{expression::Map{}};
  for (const auto& [name, value] : record.headers) {
    if (document::valid_utf8(name) && document::valid_utf8(value)) {
      headers = headers.with(name, Value(value));
    }
  }
  return event.with("headers", std::move(headers));
}

struct Problem {
  std::string text;
};

// The text that a template gives; a number is its digits.
std::optional<std::string> text_by(const expression::Template& text, const expression::Scope& scope,
                                   Problem& problem) {
  const auto rendered = text.render(scope);
  if (!rendered.ok()) {
    problem.text = rendered.error().message;
    return std::nullopt;
  }
  const Value value = rendered.value().value_or(Value{});
  std::string found;
  if (value.is_string()) found = value.string();
  if (value.is_integer()) found = std::to_string(value.integer());
  if (!found.empty() && found.size() <= most_key) return found;
  problem.text = "it must give a text of 1 to 128 bytes";
  return std::nullopt;
}

class Mapping {
 public:
  Mapping(const SourceRecord& record, Value event)
      : record_(record), event_(std::move(event)), type_(event_.find("type")->string()) {
    scope_.set("event", event_);
  }

  void look_at(const core::Definition& definition) {
    expression::MapScope scope = scope_;
    scope.set("constants", definition.constants);
    for (const core::EventSource& source : definition.events) {
      const bool meant =
          source.topic == record_.topic && (source.type.empty() || source.type == type_);
      if (meant) add_event(definition, source, scope);
    }
    const bool starts = definition.start && definition.start->topic == record_.topic;
    if (starts && started_.insert(definition.name).second) add_start(definition, scope);
  }

  Mapped take() { return std::move(mapped_); }

 private:
  void refuse(const core::Definition& definition, const std::string& problem) {
    mapped_.letters.push_back(invalid_letter(record_, definition.name, problem));
  }

  void add_event(const core::Definition& definition, const core::EventSource& source,
                 const expression::Scope& scope) {
    if (source.schema) {
      const auto violations = source.schema->validate(*event_.find("data"), 1);
      if (!violations.empty()) {
        return refuse(definition, "event '" + source.name + "': " + violations[0].pointer + " " +
                                      violations[0].message);
      }
    }
    Problem problem;
    const auto key = text_by(source.key, scope, problem);
    if (!key) return refuse(definition, "key of event '" + source.name + "': " + problem.text);
    engine::InboxMessage message;
    message.key = {"", definition.name, *key};
    message.event = "event:" + source.name;
    message.ttl = source.ttl;
    if (source.dedupe) {
      const auto name = text_by(*source.dedupe, scope, problem);
      if (!name)
        return refuse(definition, "dedupe of event '" + source.name + "': " + problem.text);
      message.dedupe = *name;
    }
    if (!seen_.insert({definition.name, source.name, *key}).second) return;
    message.data = event_;
    mapped_.messages.push_back(std::move(message));
  }

  void add_start(const core::Definition& definition, const expression::Scope& scope) {
    engine::StartRequest request;
    request.workflow = definition.name;
    request.version = definition.version;
    core::Submission& submission = request.submission;
    submission.input = *event_.find("data");
    if (definition.start->input) {
      const auto rendered = definition.start->input->render(scope);
      if (!rendered.ok()) return refuse(definition, "start.input: " + rendered.error().message);
      submission.input = rendered.value().value_or(Value{});
    }
    // Without a name of its own the record's place is one, so that it starts one saga.
    submission.header =
        record_.topic + "/" + std::to_string(record_.part) + "/" + std::to_string(record_.offset);
    if (definition.start->key) {
      Problem problem;
      const auto key = text_by(*definition.start->key, scope, problem);
      if (!key) return refuse(definition, "start.key: " + problem.text);
      submission.header = *key;
    }
    submission.fingerprint = document::hex(document::sha256(document::canonical(submission.input)));
    mapped_.starts.push_back(std::move(request));
  }

  const SourceRecord& record_;
  const Value event_;
  const std::string type_;
  expression::MapScope scope_;
  std::set<std::tuple<std::string, std::string, std::string>> seen_;
  std::set<std::string> started_;
  Mapped mapped_;
};

bool names_topic(const core::Definition& definition, const std::string& topic) {
  const auto is_it = [&](const core::EventSource& source) { return source.topic == topic; };
  return (definition.start && definition.start->topic == topic) ||
         std::any_of(definition.events.begin(), definition.events.end(), is_it);
}

}  // namespace

engine::DeadLetterRow invalid_letter(const SourceRecord& record, const std::string& workflow,
                                     const std::string& problem) {
  std::string payload = record.payload.substr(0, most_payload);
  if (!document::valid_utf8(payload))
    payload = "(" + std::to_string(record.payload.size()) + " bytes that are no UTF-8 text)";
  engine::DeadLetterRow letter;
  letter.reason = "event.invalid";
  letter.workflow = workflow;
  letter.content =
      Value::object({{"problem", problem},
                     {"topic", record.topic},
                     {"partition", static_cast<std::int64_t>(record.part)},
                     {"offset", record.offset},
                     {"record_key", document::valid_utf8(record.key) ? record.key : ""},
                     {"payload", std::move(payload)}});
  return letter;
}

Mapped map_record(const SourceRecord& record, const Definitions& definitions) {
  auto body = document::parse(record.payload);
  if (!body) {
    Mapped mapped;
    for (const core::DefinitionPointer& definition : definitions) {
      if (!names_topic(*definition, record.topic)) continue;
      mapped.letters.push_back(invalid_letter(record, definition->name,
                                              body.error().code + ": " + body.error().message));
      break;
    }
    return mapped;
  }
  Mapping mapping(record, event_of(record, *body));
  for (const core::DefinitionPointer& definition : definitions) mapping.look_at(*definition);
  return mapping.take();
}

std::vector<std::string> topics_of(const Definitions& definitions) {
  std::set<std::string> topics;
  for (const core::DefinitionPointer& definition : definitions) {
    for (const core::EventSource& source : definition->events) topics.insert(source.topic);
    if (definition->start) topics.insert(definition->start->topic);
  }
  topics.erase("");
  return {topics.begin(), topics.end()};
}

}  // namespace sagaloom::kafka
