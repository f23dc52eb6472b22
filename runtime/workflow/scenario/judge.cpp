#include "runtime/workflow/scenario/judge.h"

#include <algorithm>

#include "runtime/document/json.h"
#include "runtime/workflow/scalar.h"

namespace sagaloom::workflow::scenario {
namespace {

using core::Event;
using core::EventKind;
using expression::List;
using expression::Map;
using Differences = std::vector<Difference>;
using Texts = std::vector<std::string>;

std::string shown(const Value& value) {
  return document::write_plain(value);
}

std::string shown(const std::optional<Value>& value) {
  return value ? shown(*value) : "none";
}

// The saga's UUID is `<saga>` in every expectation.
std::string masked(std::string text, const std::string& id) {
  for (std::size_t at = text.find(id); at != std::string::npos; at = text.find(id, at)) {
    text.replace(at, id.size(), "<saga>");
  }
  return text;
}

Value masked(const Value& value, const std::string& id) {
  if (value.is_string()) return Value(masked(value.string(), id));
  if (value.is_list()) {
    List items;
    for (const Value& item : value.items()) items.push_back(masked(item, id));
    return Value(std::move(items));
  }
  if (!value.is_map()) return value;
  Map members;
  for (const auto& [key, member] : value.members()) members.push_back({key, masked(member, id)});
  return Value(std::move(members));
}

std::string duration_text(Duration span) {
  const auto ms = span.count();
  if (ms % 1000 != 0 || ms == 0) return std::to_string(ms) + "ms";
  return std::to_string(ms / 1000) + "s";
}

Texts texts(const Value& list) {
  Texts out;
  for (const Value& item : list.items())
    out.push_back(item.is_string() ? item.string() : shown(item));
  return out;
}

Texts sorted(Texts list) {
  std::sort(list.begin(), list.end());
  return list;
}

void compare(Differences& out, const std::string& where, const std::string& expected,
             const std::string& actual) {
  if (expected != actual) out.push_back(differ(where, expected, actual));
}

void compare(Differences& out, const std::string& where, const Value& expected,
             const std::optional<Value>& actual) {
  if (!actual || !(*actual == expected))
    out.push_back(differ(where, shown(expected), shown(actual)));
}

void compare(Differences& out, const std::string& where, const Texts& expected,
             const Texts& actual) {
  if (auto difference = differ(where, expected, actual)) out.push_back(std::move(*difference));
}

std::string code_of(const std::optional<core::Failure>& failure) {
  return failure ? failure->code : "none";
}

// ---- the saga

void judge_error(Differences& out, const Value& expect,
                 const std::optional<core::Failure>& actual) {
  if (expect.is_string()) return compare(out, "error", expect.string(), code_of(actual));
  const core::Failure known = actual.value_or(core::Failure{});
  for (const auto& [key, value] : expect.members()) {
    const std::string& name = key.string();
    Value is = known.code;
    if (name == "kind") is = known.kind;
    if (name == "step") is = known.step;
    if (name == "message") is = known.message;
    if (name == "details") is = known.details;
    compare(out, "error." + name, value, is);
  }
}

void judge_values(Differences& out, const std::string& where, const Value& expect,
                  const Value& actual) {
  for (const auto& [key, value] : expect.members()) {
    const Value* is = actual.find(key.string());
    compare(out, where + "." + key.string(), value, is ? std::optional<Value>(*is) : std::nullopt);
  }
}

void judge_views(Differences& out, const Value& expect, const Drive& drive) {
  for (const auto& [key, value] : expect.members()) {
    const auto view = core::project(drive.definition(), drive.saga(), key.string());
    const bool ready = view && view->ready;
    compare(out, "views." + key.string(), value,
            ready ? std::optional<Value>(view->value) : std::nullopt);
  }
}

Texts residue_steps(const Value& residue) {
  Texts steps;
  if (!residue.is_list()) return steps;
  for (const Value& each : residue.items()) {
    const Value* step = each.find("step");
    steps.push_back(step && step->is_string() ? step->string() : shown(each));
  }
  return steps;
}

// ---- calls and emits

std::string role_name(core::Role role) {
  switch (role) {
    case core::Role::execute:
      return "execute";
    case core::Role::compensate:
      return "compensate";
    case core::Role::check:
      return "check";
  }
  return "execute";
}

std::string line_of(const Called& call) {
  return call.operation + " " + role_name(call.role) + " " + call.key;
}

std::string full_line(const Called& call) {
  return "{call: " + line_of(call) + ", input: " + shown(call.input) +
         ", at: " + duration_text(call.at) + ", attempt: " + std::to_string(call.attempt) +
         ", forward: " + (call.forward_known ? "known}" : "unknown}");
}

bool fits(const Value& expect, const Called& call) {
  if (expect.is_string()) return expect.string() == line_of(call);
  for (const auto& [key, value] : expect.members()) {
    const std::string& name = key.string();
    bool same = true;
    if (name == "call") same = value.is_string() && value.string() == line_of(call);
    if (name == "input") same = value == call.input;
    if (name == "at") same = value.is_string() && parse_duration(value.string()) == call.at;
    if (name == "attempt") same = value == Value(std::int64_t{call.attempt});
    if (name == "forward") same = value == Value(call.forward_known ? "known" : "unknown");
    if (!same) return false;
  }
  return true;
}

bool fits(const Value& expect, const core::Emitted& emit) {
  if (expect.is_string()) return expect.string() == emit.type;
  for (const auto& [key, value] : expect.members()) {
    const std::string& name = key.string();
    bool same = true;
    if (name == "type") same = value == Value(emit.type);
    if (name == "topic") same = value == Value(emit.topic);
    if (name == "key") same = value == Value(emit.key);
    if (name == "data") same = value == emit.data;
    if (name == "headers") {
      Map headers;
      for (const auto& [header, text] : emit.headers) headers.push_back({header, text});
      same = value == Value(std::move(headers));
    }
    if (!same) return false;
  }
  return true;
}

std::string full_line(const core::Emitted& emit) {
  return "{topic: " + emit.topic + ", type: " + emit.type + ", key: " + emit.key +
         ", data: " + shown(emit.data) + "}";
}

bool all_short(const Value& expect) {
  return std::all_of(expect.items().begin(), expect.items().end(),
                     [](const Value& item) { return item.is_string(); });
}

template <typename Seen, typename Short>
void judge_list(Differences& out, const std::string& where, const Value& expect,
                const std::vector<Seen>& actual, Short short_line) {
  const bool brief = all_short(expect);
  Texts lines;
  for (const Seen& each : actual) lines.push_back(brief ? short_line(each) : full_line(each));
  const auto same = [&](std::size_t i, std::size_t j) {
    return fits(expect.items()[i], actual[j]);
  };
  if (auto difference = differ(where, texts(expect), lines, same)) {
    out.push_back(std::move(*difference));
  }
}

// ---- steps and verbs

void judge_step(Differences& out, const std::string& path, const Value& expect,
                const core::StepRecord* step) {
  const std::string where = "steps." + path;
  const core::StepRecord known = step ? *step : core::StepRecord{};
  const std::string state(core::name(known.state));
  if (expect.is_string()) return compare(out, where, expect.string(), state);
  for (const auto& [key, value] : expect.members()) {
    const std::string& name = key.string();
    const std::string at = where + "." + name;
    if (name == "state") compare(out, at, value, Value(state));
    if (name == "output") compare(out, at, value, known.output);
    if (name == "error") compare(out, at, value, Value(code_of(known.error)));
    if (name == "undo_error") compare(out, at, value, Value(code_of(known.undo_error)));
    if (name == "doubt") compare(out, at, value, Value(known.doubt));
    if (name == "occurrence") compare(out, at, value, Value(std::int64_t{known.occurrence}));
  }
}

struct Verb {
  const char* name;
  EventKind kind;
};

constexpr Verb kStepVerbs[] = {{"retry", EventKind::retry},
                               {"resolve", EventKind::resolve},
                               {"abort_step", EventKind::abort_step},
                               {"skip_undo", EventKind::skip_undo}};
constexpr Verb kSagaVerbs[] = {{"cancel", EventKind::cancel_operator},
                               {"suspend", EventKind::suspend},
                               {"resume", EventKind::resume}};

template <std::size_t N>
Texts legal(const Verb (&verbs)[N], const Drive& drive, const core::Path& path) {
  Texts names;
  for (const Verb& verb : verbs) {
    Event event = drive.event_about(verb.kind, path);
    event.reason = "scenario";
    if (verb.kind == EventKind::resolve) event.output = Value(Map{});
    const auto decision = core::decide(drive.definition(), drive.saga(), event, drive.context());
    if (!decision.refusal) names.emplace_back(verb.name);
  }
  return names;
}

void judge_verbs(Differences& out, const Value& expect, const Drive& drive) {
  for (const auto& [key, value] : expect.members()) {
    const std::string& subject = key.string();
    const Texts possible =
        subject == "saga" ? legal(kSagaVerbs, drive, {}) : legal(kStepVerbs, drive, subject);
    compare(out, "verbs." + subject, sorted(texts(value)), sorted(possible));
  }
}

// ---- the parts of an expectation

Texts standing(const Outcome& outcome) {
  Texts keys = outcome.participants.standing();
  for (std::string& key : keys) key = outcome.drive.short_key(key);
  return keys;
}

Texts kept(const Drive& drive) {
  Texts names;
  for (const Kept& each : drive.inbox()) names.push_back(each.event.code);
  return names;
}

std::string saga_id(const Outcome& outcome) {
  return core::to_string(outcome.drive.saga().id);
}

using Part = void (*)(Differences& out, const Value& expect, const Outcome& outcome);

const std::pair<const char*, Part> kParts[] = {
    {"refused",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "refused", expect.string(), outcome.refused ? outcome.refused->code : "none");
     }},
    {"state",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "state", expect.string(), std::string(core::state_name(outcome.drive.saga())));
     }},
    {"phase",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "phase", expect.string(),
               std::string(core::name(outcome.drive.saga().head.phase)));
     }},
    {"status",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "status", expect.string(), outcome.drive.saga().head.status);
     }},
    {"error",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       judge_error(out, expect, outcome.drive.saga().head.error);
     }},
    {"noted",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "noted", expect.string(), code_of(outcome.drive.saga().head.noted));
     }},
    {"output",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "output", expect, outcome.drive.saga().head.output);
     }},
    {"attributes",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       judge_values(out, "attributes", expect, outcome.drive.saga().head.attributes);
     }},
    {"views", [](Differences& out, const Value& expect,
                 const Outcome& outcome) { judge_views(out, expect, outcome.drive); }},
    {"steps",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       for (const auto& [key, value] : expect.members()) {
         judge_step(out, key.string(), value, outcome.drive.saga().find(key.string()));
       }
     }},
    {"calls",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       auto calls = outcome.drive.trace().calls;
       for (Called& call : calls) call.input = masked(call.input, saga_id(outcome));
       judge_list(out, "calls", expect, calls, line_of);
     }},
    {"emits",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       auto emits = outcome.drive.trace().emits;
       for (core::Emitted& emit : emits) {
         emit.key = masked(emit.key, saga_id(outcome));
         emit.data = masked(emit.data, saga_id(outcome));
       }
       judge_list(out, "emits", expect, emits, [](const core::Emitted& emit) { return emit.type; });
     }},
    {"notes",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "notes", texts(expect), outcome.drive.trace().notes);
     }},
    {"states",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "states", texts(expect), outcome.drive.trace().states);
     }},
    {"statuses",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "statuses", texts(expect), outcome.drive.trace().statuses);
     }},
    {"residue",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "residue", texts(expect), residue_steps(outcome.drive.saga().head.residue));
     }},
    {"effects",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "effects", sorted(texts(expect)), sorted(standing(outcome)));
     }},
    {"inbox",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       compare(out, "inbox", texts(expect), kept(outcome.drive));
     }},
    {"verbs", [](Differences& out, const Value& expect,
                 const Outcome& outcome) { judge_verbs(out, expect, outcome.drive); }},
    {"ends_at",
     [](Differences& out, const Value& expect, const Outcome& outcome) {
       const core::SagaRecord& head = outcome.drive.saga().head;
       const bool ended = head.ended != Time{};
       compare(out, "ends_at", duration_text(parse_duration(expect.string()).value_or(Duration{})),
               ended ? duration_text(head.ended - outcome.drive.started_at()) : "not ended");
     }},
};

}  // namespace

std::vector<Difference> judge(const Value& expect, const Outcome& outcome) {
  Differences out;
  const bool refusal_expected = expect.find("refused") != nullptr;
  if (outcome.refused && !refusal_expected) {
    out.push_back(
        differ("refused", "none", outcome.refused->code + ": " + outcome.refused->message));
    return out;
  }
  for (const auto& [name, part] : kParts) {
    if (const Value* wanted = expect.find(name)) part(out, *wanted, outcome);
  }
  return out;
}

}  // namespace sagaloom::workflow::scenario
