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
constexpr const char* about_start = "start";

const std::string* text_header(const SourceRecord& record, std::string_view name) {
  for (const auto& [key, value] : record.headers) {
    if (key == name && document::valid_utf8(value)) return &value;
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
  const std::string* type = text_header(record, "ce_type");
  const std::string* id = text_header(record, "ce_id");
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

// What of a workflow could not take the record, and why.
struct Refusal {
  std::string workflow, about, problem;
  std::vector<schema::Violation> violations;
};

struct Meant {
  std::vector<engine::InboxMessage> messages;
  std::vector<engine::StartRequest> starts;
  std::vector<Refusal> refusals;
};

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

  // Of what no version takes one refusal, that of the newest.
  Meant take() {
    std::set<std::pair<std::string, std::string>> told;
    for (const engine::InboxMessage& message : meant_.messages) {
      told.insert({message.key.workflow, message.event});
    }
    std::erase_if(meant_.refusals, [&](const Refusal& refusal) {
      return !told.insert({refusal.workflow, refusal.about}).second;
    });
    return std::move(meant_);
  }

 private:
  void refuse(const core::Definition& definition, std::string about, std::string problem,
              std::vector<schema::Violation> violations = {}) {
    meant_.refusals.push_back(
        {definition.name, std::move(about), std::move(problem), std::move(violations)});
  }

  void add_event(const core::Definition& definition, const core::EventSource& source,
                 const expression::Scope& scope) {
    const std::string about = "event:" + source.name;
    if (source.schema) {
      auto violations = source.schema->validate(*event_.find("data"));
      if (!violations.empty()) {
        std::string problem =
            "event '" + source.name + "': " + violations[0].pointer + " " + violations[0].message;
        return refuse(definition, about, std::move(problem), std::move(violations));
      }
    }
    Problem problem;
    const auto key = text_by(source.key, scope, problem);
    if (!key) {
      return refuse(definition, about, "key of event '" + source.name + "': " + problem.text);
    }
    engine::InboxMessage message;
    message.key = {"", definition.name, *key};
    message.event = about;
    message.ttl = source.ttl;
    if (source.dedupe) {
      const auto name = text_by(*source.dedupe, scope, problem);
      if (!name) {
        return refuse(definition, about, "dedupe of event '" + source.name + "': " + problem.text);
      }
      message.dedupe = *name;
    }
    if (!seen_.insert({definition.name, source.name, *key}).second) return;
    message.data = event_;
    meant_.messages.push_back(std::move(message));
  }

  void add_start(const core::Definition& definition, const expression::Scope& scope) {
    engine::StartRequest request;
    request.workflow = definition.name;
    request.version = definition.version;
    core::Submission& submission = request.submission;
    submission.input = *event_.find("data");
    if (definition.start->input) {
      const auto rendered = definition.start->input->render(scope);
      if (!rendered.ok()) {
        return refuse(definition, about_start, "start.input: " + rendered.error().message);
      }
      submission.input = rendered.value().value_or(Value{});
    }
    // Without a name of its own the record's place is one, so that it starts one saga.
    submission.header =
        record_.topic + "/" + std::to_string(record_.part) + "/" + std::to_string(record_.offset);
    if (definition.start->key) {
      Problem problem;
      const auto key = text_by(*definition.start->key, scope, problem);
      if (!key) return refuse(definition, about_start, "start.key: " + problem.text);
      submission.header = *key;
    }
    submission.fingerprint = document::hex(document::sha256(document::canonical(submission.input)));
    meant_.starts.push_back(std::move(request));
  }

  const SourceRecord& record_;
  const Value event_;
  const std::string type_;
  expression::MapScope scope_;
  std::set<std::tuple<std::string, std::string, std::string>> seen_;
  std::set<std::string> started_;
  Meant meant_;
};

// The record that a letter holds; none: not the whole of it.
std::optional<SourceRecord> record_of(const Value& content) {
  const auto text = [&](std::string_view name) {
    const Value* found = content.find(name);
    return found != nullptr && found->is_string() ? found->string() : std::string{};
  };
  const auto number = [&](std::string_view name) {
    const Value* found = content.find(name);
    return found != nullptr && found->is_integer() ? found->integer() : std::int64_t{-1};
  };
  SourceRecord record;
  record.topic = text("topic");
  record.part = static_cast<std::int32_t>(number("partition"));
  record.offset = number("offset");
  record.key = text("record_key");
  record.payload = text("payload");
  if (number("bytes") != static_cast<std::int64_t>(record.payload.size())) return std::nullopt;
  const Value* headers = content.find("headers");
  if (headers == nullptr || !headers->is_map()) return record;
  for (const auto& [name, value] : headers->members()) {
    if (name.is_string() && value.is_string()) {
      record.headers.emplace_back(name.string(), value.string());
    }
  }
  return record;
}

engine::EngineError reread_error(engine::EngineError::Kind kind, std::string code,
                                 std::string message) {
  engine::EngineError error;
  error.kind = kind;
  error.code = std::move(code);
  error.message = std::move(message);
  return error;
}

bool names_topic(const core::Definition& definition, const std::string& topic) {
  const auto is_it = [&](const core::EventSource& source) { return source.topic == topic; };
  return (definition.start && definition.start->topic == topic) ||
         std::any_of(definition.events.begin(), definition.events.end(), is_it);
}

}  // namespace

engine::DeadLetterRow invalid_letter(const SourceRecord& record, const std::string& workflow,
                                     const std::string& about, const std::string& problem) {
  std::string payload = record.payload.substr(0, most_payload);
  if (!document::valid_utf8(payload))
    payload = "(" + std::to_string(record.payload.size()) + " bytes that are no UTF-8 text)";
  Value headers{expression::Map{}};
  for (const auto& [name, value] : record.headers) {
    if (document::valid_utf8(name) && document::valid_utf8(value)) {
      headers = headers.with(name, Value(value));
    }
  }
  engine::DeadLetterRow letter;
  letter.reason = "event.invalid";
  letter.workflow = workflow;
  letter.content =
      Value::object({{"problem", problem},
                     {"about", about},
                     {"topic", record.topic},
                     {"partition", static_cast<std::int64_t>(record.part)},
                     {"offset", record.offset},
                     {"record_key", document::valid_utf8(record.key) ? record.key : ""},
                     {"headers", std::move(headers)},
                     {"bytes", static_cast<std::int64_t>(record.payload.size())},
                     {"payload", std::move(payload)}});
  return letter;
}

Mapped map_record(const SourceRecord& record, const Definitions& definitions) {
  Mapped mapped;
  auto body = document::parse(record.payload);
  if (!body) {
    for (const core::DefinitionPointer& definition : definitions) {
      if (!names_topic(*definition, record.topic)) continue;
      mapped.letters.push_back(invalid_letter(record, definition->name, "",
                                              body.error().code + ": " + body.error().message));
      break;
    }
    return mapped;
  }
  Mapping mapping(record, event_of(record, *body));
  for (const core::DefinitionPointer& definition : definitions) mapping.look_at(*definition);
  Meant meant = mapping.take();
  mapped.messages = std::move(meant.messages);
  mapped.starts = std::move(meant.starts);
  for (const Refusal& refusal : meant.refusals) {
    mapped.letters.push_back(
        invalid_letter(record, refusal.workflow, refusal.about, refusal.problem));
  }
  return mapped;
}

engine::Answer<engine::Reread> reread_letter(const engine::DeadLetter& letter,
                                             const Definitions& definitions) {
  using Kind = engine::EngineError::Kind;
  const Value* about = letter.content ? letter.content->find("about") : nullptr;
  const auto record = letter.content ? record_of(*letter.content) : std::nullopt;
  const auto body =
      record ? document::parse(record->payload) : expression::Result<Value>(expression::Error{});
  if (about == nullptr || *about == Value("") || !record || !body) {
    return reread_error(Kind::conflict, "dead_letter.unreadable",
                        "the letter does not hold a whole record that is JSON; correct its source "
                        "and send it again, then discard this");
  }
  Mapping mapping(*record, event_of(*record, *body));
  for (const core::DefinitionPointer& definition : definitions) {
    if (definition->name == letter.workflow) mapping.look_at(*definition);
  }
  Meant meant = mapping.take();
  std::erase_if(meant.messages,
                [&](const auto& message) { return Value(message.event) != *about; });
  if (*about != Value(about_start)) meant.starts.clear();
  if (!meant.messages.empty() || !meant.starts.empty()) {
    return engine::Reread{std::move(meant.messages), std::move(meant.starts)};
  }
  auto error = reread_error(Kind::invalid, "event.invalid",
                            "no version of " + letter.workflow + " takes this record");
  for (Refusal& refusal : meant.refusals) {
    if (Value(refusal.about) != *about) continue;
    error.message = std::move(refusal.problem);
    error.violations = std::move(refusal.violations);
  }
  return error;
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
