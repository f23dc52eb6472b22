// The top level of a workflow. What others refer to (retries, events, secrets, defaults) is read
// first, whatever its place in the file.
#include <algorithm>
#include <array>

#include "runtime/workflow/reading.h"
#include "runtime/workflow/routes.h"
#include "runtime/workflow/scalar.h"

namespace sagaloom::workflow {
namespace {

using core::Definition;

constexpr std::int64_t kMostVersions = 1'000'000'000;
constexpr unsigned see_accept = see_input | see_constants | see_now;

const std::vector<std::string> kTopKeys = {
    "dsl",      "workflow",    "version",  "title",      "description", "labels",
    "id",       "input",       "output",   "attributes", "constants",   "secrets",
    "deadline", "concurrency", "defaults", "retries",    "events",      "compensation",
    "hooks",    "steps",       "expose",   "start"};

void read_names(Context& context, const Fields& top) {
  Definition& definition = context.definition;
  if (const Node* n = top.require("dsl")) {
    const Resolved dsl = resolve(*n);
    if (!n->is_scalar() || !(dsl.value == expression::Value(1))) {
      context.error("S05", *n, "unknown language version", "write `dsl: 1`");
    }
  }
  if (const Node* n = top.require("workflow")) {
    definition.name = read_name(context, *n, "`workflow`").value_or("");
  }
  if (const Node* n = top.require("version")) {
    const auto version = read_integer(context, *n, "`version`", 1, kMostVersions);
    definition.version = static_cast<std::uint32_t>(version.value_or(1));
  }
  if (const Node* n = top.find("title")) {
    definition.title = read_text(context, *n, "`title`").value_or("");
  }
  if (const Node* n = top.find("description")) {
    definition.description = read_text(context, *n, "`description`").value_or("");
  }
}

// The node if it is a mapping; else reported.
const Node* mapping(Context& context, const Fields& top, const char* key) {
  const Node* node = top.find(key);
  if (!node || node->is_map()) return node;
  context.error("S02", *node, "`" + std::string(key) + "` must be a mapping");
  return nullptr;
}

void check_identifier(Context& context, const Member& member, const char* what) {
  Node name;
  name.style = Node::Style::quoted;
  name.text = member.key;
  name.offset = member.offset;
  read_identifier(context, name, what);
}

void read_labels(Context& context, const Fields& top) {
  const Node* node = mapping(context, top, "labels");
  if (!node) return;
  for (const auto& member : node->members) {
    if (auto text = read_text(context, member.value, "a label")) {
      context.definition.labels.emplace_back(member.key, std::move(*text));
    }
  }
}

void read_plain_values(Context& context, const Fields& top) {
  Definition& definition = context.definition;
  if (const Node* node = mapping(context, top, "constants")) {
    for (const auto& member : node->members) check_identifier(context, member, "a constant's name");
    definition.constants = to_value(*node, context.report);
  } else {
    definition.constants = expression::Value(expression::Map{});
  }
  const Node* secrets = top.find("secrets");
  if (!secrets) return;
  if (!secrets->is_list())
    return context.error("S02", *secrets, "`secrets` must be a list of names");
  for (const auto& item : secrets->items) {
    if (auto name = read_identifier(context, item, "a secret's name")) {
      definition.secrets.push_back(std::move(*name));
    }
  }
}

void read_defaults(Context& context, const Fields& top) {
  context.retries = mapping(context, top, "retries");
  if (context.retries) {
    for (const auto& member : context.retries->members) {
      check_identifier(context, member, "a policy's name");
      if (!member.value.is_map()) {
        context.error("S02", member.value, "a retry policy must be a mapping");
      } else {
        read_retry(context, member.value, builtin_retry());
      }
    }
  }
  Defaults& defaults = context.defaults;
  defaults.timeout = builtin_timeout();
  defaults.retry = builtin_retry();
  defaults.compensation_retry = builtin_compensation_retry();
  const Node* node = top.find("defaults");
  if (!node) return;
  const Fields fields(context, *node, "`defaults`", {"timeout", "retry", "compensation_retry"});
  if (const Node* n = fields.find("timeout")) {
    auto timeout = read_call_timeout(context, n, context.path());
    fill_timeout(context, timeout, false);
    defaults.timeout = std::move(timeout);
  }
  if (const Node* n = fields.find("retry"))
    defaults.retry = read_retry(context, *n, builtin_retry());
  if (const Node* n = fields.find("compensation_retry")) {
    defaults.compensation_retry = read_retry(context, *n, builtin_compensation_retry());
  }
}

void read_compensation(Context& context, const Fields& top) {
  const Node* node = top.find("compensation");
  if (!node) return;
  const Fields fields(context, *node, "`compensation`", {"order", "on_exhausted", "alert_after"});
  if (const Node* n = fields.find("order")) {
    context.definition.undo_in_parallel =
        read_choice(context, *n, "`order`", {"reverse", "parallel"}) == 1u;
  }
  if (const Node* n = fields.find("on_exhausted")) {
    const auto choice = read_choice(context, *n, "`on_exhausted`", {"park", "continue"});
    if (choice) context.defaults.on_exhausted = static_cast<core::OnExhausted>(*choice);
  }
  if (const Node* n = fields.find("alert_after")) {
    const auto after = read_constant_duration(context, *n, "`alert_after`");
    if (after) context.definition.alert_after = *after;
  }
}

void read_event_key(Context& context, const Node& node, core::EventSource& event) {
  auto key = read_scalar_template(context, node, "`key`", see_event | see_constants);
  if (!key) return;
  event.key = std::move(*key);
  bool over_event = false;
  for (const auto& part : event.key.parts()) {
    over_event = over_event || mentions(part.program->text(), "event");
  }
  if (!over_event) {
    context.error("W01", node, "`key` is not over `event`: no event could be told from another",
                  "write for example ${ event.data.order_id }");
  }
}

core::EventSource read_event(Context& context, const Member& member) {
  core::EventSource event;
  event.name = member.key;
  check_identifier(context, member, "an event's name");
  const Fields fields(context, member.value, "an event",
                      {"topic", "type", "key", "schema", "dedupe", "ttl"});
  if (const Node* n = fields.require("topic")) {
    event.topic = read_topic(context, *n, "`topic`").value_or("");
  }
  if (const Node* n = fields.find("type"))
    event.type = read_text(context, *n, "`type`").value_or("");
  if (const Node* n = fields.require("key")) read_event_key(context, *n, event);
  if (const Node* n = fields.find("schema")) event.schema = read_schema(context, *n, "`schema`");
  if (const Node* n = fields.find("dedupe")) {
    event.dedupe = read_scalar_template(context, *n, "`dedupe`", see_event | see_constants);
  }
  if (const Node* n = fields.find("ttl")) event.ttl = read_constant_duration(context, *n, "`ttl`");
  return event;
}

void read_events(Context& context, const Fields& top) {
  context.events = mapping(context, top, "events");
  if (!context.events) return;
  for (const auto& member : context.events->members) {
    context.definition.events.push_back(read_event(context, member));
  }
  if (!top.has("id")) {
    context.report.error("W04", top.key_offset("events"),
                         "`events` without `id`: events are matched with the business id",
                         "add `id`");
  }
}

void read_input(Context& context, const Fields& top) {
  context.definition.input_defaults = expression::Value(expression::Map{});
  const Node* node = top.find("input");
  if (!node) return;
  const Fields fields(context, *node, "`input`", {"schema", "defaults"});
  if (const Node* n = fields.find("schema")) {
    context.definition.input = read_schema(context, *n, "`schema`");
  }
  if (const Node* n = fields.find("defaults")) {
    if (!n->is_map()) return context.error("S02", *n, "`defaults` must be a mapping");
    context.definition.input_defaults = to_value(*n, context.report);
  }
}

void read_identity(Context& context, const Fields& top) {
  Definition& definition = context.definition;
  if (const Node* n = top.find("id")) {
    definition.id = read_scalar_template(context, *n, "`id`", see_accept);
  }
  if (const Node* n = top.find("concurrency")) {
    const Fields fields(context, *n, "`concurrency`", {"key", "limit", "policy"});
    core::ConcurrencyPolicy policy;
    if (const Node* k = fields.require("key")) {
      if (auto key = read_scalar_template(context, *k, "`key`", see_accept | see_saga)) {
        policy.key = std::move(*key);
      }
    }
    if (const Node* l = fields.find("limit")) {
      const auto limit = read_integer(context, *l, "`limit`", 1, 1'000'000);
      policy.limit = static_cast<std::uint32_t>(limit.value_or(1));
    }
    if (const Node* p = fields.find("policy")) {
      policy.reject = read_choice(context, *p, "`policy`", {"queue", "reject"}) == 1u;
    }
    definition.concurrency = std::move(policy);
  }
}

void read_deadline(Context& context, const Fields& top) {
  const Node* node = top.find("deadline");
  if (!node) return;
  core::DeadlinePolicy deadline;
  const unsigned sight = see_accept | see_saga;
  if (!node->is_map()) {
    deadline.after = read_duration(context, *node, "`deadline`", sight);
  } else {
    const Fields fields(context, *node, "`deadline`", {"after", "at", "on_expire"});
    if (fields.has("after") == fields.has("at")) {
      context.error("S03", *node, "`deadline` needs either `after` or `at`", "write one of them");
    }
    if (const Node* n = fields.find("after")) {
      deadline.after = read_duration(context, *n, "`after`", sight);
    }
    if (const Node* n = fields.find("at")) {
      deadline.at = read_scalar_template(context, *n, "`at`", sight);
    }
    if (const Node* n = fields.find("on_expire")) {
      deadline.alert_only = read_choice(context, *n, "`on_expire`", {"compensate", "alert"}) == 1u;
    }
  }
  context.definition.deadline = std::move(deadline);
}

void read_attributes(Context& context, const Fields& top) {
  const Node* node = mapping(context, top, "attributes");
  if (!node) return;
  for (const auto& member : node->members) {
    core::Attribute attribute;
    attribute.name = member.key;
    check_identifier(context, member, "an attribute's name");
    const Node* value = &member.value;
    if (value->is_map()) {
      const Fields fields(context, *value, "an attribute", {"value", "index"});
      if (const Node* n = fields.find("index")) {
        attribute.index = read_flag(context, *n, "`index`").value_or(false);
      }
      value = fields.require("value");
    }
    if (!value) continue;
    if (auto compiled = read_template(context, *value, see_path)) {
      attribute.value = std::move(*compiled);
    }
    context.definition.attributes.push_back(std::move(attribute));
  }
}

void read_hooks(Context& context, const Fields& top) {
  const Node* node = top.find("hooks");
  if (!node) return;
  core::Hooks& hooks = context.definition.hooks;
  const std::array<std::pair<const char*, core::Announcement*>, 7> all = {
      {{"accepted", &hooks.accepted},
       {"pivot", &hooks.pivot},
       {"compensating", &hooks.compensating},
       {"completed", &hooks.completed},
       {"compensated", &hooks.compensated},
       {"failed", &hooks.failed},
       {"parked", &hooks.parked}}};
  std::vector<std::string> names;
  for (const auto& [name, hook] : all) names.emplace_back(name);
  const Fields fields(context, *node, "`hooks`", names);
  for (const auto& [name, hook] : all) {
    const std::string key = name;
    const bool broken =
        key == "compensating" || key == "compensated" || key == "failed" || key == "parked";
    if (const Node* n = fields.find(key)) {
      *hook = read_announcement(context, *n, "`" + key + "`", see_path | (broken ? see_error : 0u));
    }
  }
}

void read_start(Context& context, const Fields& top) {
  const Node* node = top.find("start");
  if (!node) return;
  const Fields fields(context, *node, "`start`", {"topic", "key", "input", "on_invalid"});
  core::StartFrom start;
  if (const Node* n = fields.require("topic")) {
    start.topic = read_topic(context, *n, "`topic`").value_or("");
  }
  const unsigned sight = see_event | see_constants;
  if (const Node* n = fields.find("key")) {
    start.key = read_scalar_template(context, *n, "`key`", sight);
  }
  if (const Node* n = fields.find("input")) start.input = read_template(context, *n, sight);
  if (const Node* n = fields.find("on_invalid")) {
    read_choice(context, *n, "`on_invalid`", {"dead_letter"});
  }
  context.definition.start = std::move(start);
}

}  // namespace

void read_definition(Context& context, const Node& root) {
  const Fields top(context, root, "a workflow", kTopKeys);
  if (!top.usable()) return;
  read_names(context, top);
  read_labels(context, top);
  read_plain_values(context, top);
  read_defaults(context, top);
  read_compensation(context, top);
  read_events(context, top);
  read_input(context, top);
  read_identity(context, top);
  read_deadline(context, top);
  read_attributes(context, top);
  if (const Node* n = top.require("steps")) {
    context.definition.steps = read_steps(context, *n, "`steps`");
  }
  if (const Node* n = top.find("output")) {
    context.definition.output = read_template(context, *n, see_path);
  }
  read_hooks(context, top);
  if (const Node* n = top.find("expose")) context.definition.expose = read_expose(context, *n);
  read_start(context, top);
}

}  // namespace sagaloom::workflow
