// Waits: a step's `wait`, a call's `await`, and the members of `any`.
#include <algorithm>

#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {
namespace {

using core::Wait;

const std::vector<std::string> kForms = {"for", "until", "event", "signal", "task", "any"};
const std::vector<std::string> kOfMessages = {"where", "fail", "collect_until", "each"};

std::vector<std::string> wait_keys() {
  auto keys = kForms;
  keys.insert(keys.end(), kOfMessages.begin(), kOfMessages.end());
  keys.push_back("timeout");
  return keys;
}

void refuse(Context& context, const Fields& fields, const std::string& key, const char* why,
            const char* fix) {
  if (fields.has(key)) {
    context.report.error("S03", fields.key_offset(key), "`" + key + "` " + why, fix);
  }
}

// The one form of the wait; empty: none or several, reported.
std::string form_of(Context& context, const Fields& fields) {
  std::vector<std::string> present;
  for (const auto& form : kForms) {
    if (fields.has(form)) present.push_back(form);
  }
  if (present.size() == 1) return present[0];
  if (present.size() > 1) {
    context.report.error("S03", fields.key_offset(present[1]),
                         "`" + present[0] + "` and `" + present[1] + "` in one wait",
                         "keep one; to wait for the first of several use `any`");
  } else if (fields.usable() && !fields.unknown_keys()) {
    context.error("S03", fields.node(), "the wait does not say what it waits for",
                  "write one of `for`, `until`, `event`, `signal`, `task`, `any`");
  }
  return {};
}

void check_members(Context& context, const Fields& fields, const std::string& form,
                   WaitPlace place) {
  const bool message = form == "event" || form == "signal";
  for (const auto& key : kOfMessages) {
    if (message) break;
    refuse(context, fields, key, "belongs to a wait for an event or signal", "remove it");
  }
  if (place == WaitPlace::any) {
    refuse(context, fields, "timeout", "is not legal inside `any`",
           "add a member with `for`, or a `timeout` beside `any`");
    refuse(context, fields, "collect_until", "is not legal inside `any`", "use a wait of its own");
    refuse(context, fields, "any", "is not legal inside `any`", "merge the two");
  }
  if (place == WaitPlace::await) {
    refuse(context, fields, "collect_until", "is not legal in `await`", "use a `wait` step");
    refuse(context, fields, "each", "is not legal in `await`", "use a `wait` step");
    if (!form.empty() && !message) {
      refuse(context, fields, form, "cannot end a call", "await an event or a signal");
    }
  }
  if (fields.has("each") && !fields.has("collect_until")) {
    refuse(context, fields, "each", "belongs to `collect_until`", "add `collect_until`");
  }
}

void read_event_name(Context& context, const Node& node, Wait& wait) {
  const auto name = read_identifier(context, node, "`event`");
  if (!name) return;
  wait.name = *name;
  context.used_events.insert(*name);
  if (context.events && context.events->find(*name)) return;
  if (context.report.full()) return;
  std::vector<std::string> names;
  if (context.events) {
    for (const auto& member : context.events->members) names.push_back(member.key);
  }
  const std::string meant = nearest(*name, names);
  context.error("W01", node, "event `" + *name + "` is not declared under `events`",
                meant.empty() ? "declare it there" : "did you mean `" + meant + "`?");
}

void read_task(Context& context, const Node& node, Wait& wait) {
  const Fields fields(context, node, "`task`",
                      {"assignee", "form", "escalate_after", "escalate_to"});
  if (const Node* n = fields.require("assignee")) {
    wait.assignee = read_scalar_template(context, *n, "`assignee`", context.path());
  }
  if (const Node* n = fields.find("form")) wait.form = read_schema(context, *n, "`form`");
  if (const Node* n = fields.find("escalate_after")) {
    wait.escalate_after = read_duration(context, *n, "`escalate_after`", context.path());
  }
  if (const Node* n = fields.find("escalate_to")) {
    wait.escalate_to = read_scalar_template(context, *n, "`escalate_to`", context.path());
  }
}

void read_any(Context& context, const Node& node, Wait& wait) {
  if (!node.is_map() || node.members.size() < 2) {
    return context.error("S02", node, "`any` must be a mapping of at least two waits");
  }
  for (const auto& member : node.members) {
    wait.any.push_back({member.key, read_wait(context, member.value, WaitPlace::any)});
  }
}

void read_form(Context& context, const std::string& form, const Node& node, Wait& wait) {
  const auto index = std::find(kForms.begin(), kForms.end(), form) - kForms.begin();
  wait.kind = static_cast<Wait::For>(index);
  if (form == "for") wait.duration = read_duration(context, node, "`for`", context.path());
  if (form == "until") wait.until = read_scalar_template(context, node, "`until`", context.path());
  if (form == "event") read_event_name(context, node, wait);
  if (form == "signal") wait.name = read_identifier(context, node, "`signal`").value_or("");
  if (form == "task") read_task(context, node, wait);
  if (form == "any") read_any(context, node, wait);
}

void read_filters(Context& context, const Fields& fields, Wait& wait, unsigned sight) {
  if (const Node* n = fields.find("where")) {
    wait.where = read_condition(context, *n, "`where`", sight);
  }
  if (const Node* n = fields.find("fail")) {
    const Fields fail(context, *n, "`fail`", {"when", "code"});
    if (const Node* when = fail.require("when")) {
      wait.fail_when = read_condition(context, *when, "`when`", sight);
    }
    if (const Node* code = fail.require("code")) {
      wait.fail_code = read_code(context, *code, "`code`", false).value_or("");
    }
  }
  if (const Node* n = fields.find("collect_until")) {
    wait.collect_until = read_condition(context, *n, "`collect_until`", sight);
  }
  if (const Node* n = fields.find("each")) {
    wait.each = read_announcement(context, *n, "`each`", sight);
  }
}

}  // namespace

Wait read_wait(Context& context, const Node& node, WaitPlace place) {
  Wait wait;
  const Fields fields(context, node, place == WaitPlace::await ? "`await`" : "a wait", wait_keys());
  if (!fields.usable()) return wait;
  const std::string form = form_of(context, fields);
  check_members(context, fields, form, place);
  if (const Node* n = form.empty() ? nullptr : fields.find(form)) {
    read_form(context, form, *n, wait);
  }
  const unsigned self = place == WaitPlace::await ? see_self : 0u;
  read_filters(context, fields, wait, context.path() | see_event | self);
  if (const Node* n = fields.find("timeout")) {
    wait.timeout = read_duration(context, *n, "`timeout`", context.path());
  }
  return wait;
}

}  // namespace sagaloom::workflow
