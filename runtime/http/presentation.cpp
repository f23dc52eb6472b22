#include "runtime/http/presentation.h"

#include <algorithm>

#include "runtime/http/json_text.h"
#include "runtime/http/presentation_parts.h"

namespace sagaloom::http {
namespace {

using expression::List;
using expression::Value;
using parts::list_of;
using parts::number;
using parts::present_failure;
using parts::text;

// ---------------------------------------------------------------- sagas

void add_head(Object& object, const core::Saga& saga) {
  const auto& head = saga.head;
  object.set("id", text(core::to_string(saga.id))).set("workflow", text(head.workflow));
  object.set("version", number(head.version)).set("state", text(core::state_name(saga)));
  object.set_text("identity", head.identity).set_text("status", head.status);
  object.set_time("created_at", head.created).set_time("updated_at", head.updated);
  object.set_time("ended_at", head.ended).set_time("deadline_at", head.deadline);
  if (head.output) object.set("output", *head.output);
  if (head.error) object.set("error", present_failure(*head.error));
  if (!head.attributes.is_null()) object.set("attributes", head.attributes);
}

Value links(const core::Saga& saga) {
  const std::string self = parts::saga_link(saga.id);
  Object object;
  object.set("self", Value(self)).set("history", Value(self + "/history"));
  object.set("cancel", Value(self + "/cancel"));
  if (!saga.head.parent.empty()) object.set("parent", Value(parts::saga_link(saga.head.parent)));
  return object.take();
}

Value present_parent(const core::SagaRecord& head) {
  Object object;
  object.set("saga", text(head.parent)).set("step", text(head.parent_path));
  if (head.parent_occurrence > 1) object.set("occurrence", number(head.parent_occurrence));
  return object.set_text("root", head.root).take();
}

Value present_concurrency(const core::SagaRecord& head) {
  const bool over = core::ended(head.phase) && !head.held;
  const bool waiting = head.phase == core::Phase::queued;
  return Object()
      .set("key", text(head.lock_key))
      .set("limit", number(head.lock_limit))
      .set("state", text(waiting           ? "waiting"
                         : head.unlock_due ? "releasing"
                         : over            ? "released"
                                           : "held"))
      .take();
}

// What stands over the phase or beside it.
void add_standing(Object& object, const core::SagaRecord& head) {
  if (head.noted) object.set("noted", present_failure(*head.noted));
  if (!head.residue.is_null()) object.set("residue", head.residue);
  if (head.suspended) object.set("suspended", Value(true));
  if (!head.stored.empty()) object.set("stored_events", number(head.stored.size()));
  if (head.held) object.set("held", Value(true));
  if (!head.parent.empty()) object.set("parent", present_parent(head));
  if (!head.lock_key.empty()) object.set("concurrency", present_concurrency(head));
}

void add_body(Object& object, const engine::SagaView& view) {
  const auto& head = view.saga.head;
  object.set("phase", text(core::name(head.phase))).set_text("definition", head.definition);
  object.set("input", head.input).set("records", number(head.records));
  add_standing(object, head);
  object.set("verbs", parts::legal_saga_verbs(view));
  if (auto tasks = open_tasks(view); !tasks.empty()) object.set("tasks", Value(std::move(tasks)));
  object.set("steps", parts::present_steps(view));
  object.set("links", links(view.saga));
}

std::string business_status(const engine::SagaView& view) {
  if (view.definition) {
    const auto projection = core::project(*view.definition, view.saga, "status");
    if (projection && projection->ready && projection->value.is_string()) {
      return projection->value.string();
    }
  }
  return view.saga.head.status;
}

// ---------------------------------------------------------------- definitions

Value present_exposed(const core::Expose& expose) {
  List views;
  for (const auto& [name, view] : expose.views) views.push_back(text(name));
  return Object()
      .set("path", text(expose.path))
      .set("id", text(expose.id_name))
      .set("views", Value(std::move(views)))
      .take();
}

Value present_declared(const core::Step& step) {
  Object object;
  object.set("id", text(step.id)).set_text("title", step.title);
  if (const auto* call = step.call()) object.set("call", text(call->operation->name));
  if (step.pivot) object.set("pivot", Value(true));
  return object.take();
}

}  // namespace

Value present_saga(const engine::SagaView& view, Detail detail) {
  Object object;
  add_head(object, view.saga);
  if (detail == Detail::full) add_body(object, view);
  return object.take();
}

Value present_summary(const engine::SagaSummary& summary) {
  Object object;
  object.set("id", text(core::to_string(summary.id))).set("workflow", text(summary.workflow));
  object.set("version", number(summary.version)).set("state", text(summary.state));
  object.set_text("identity", summary.identity).set_text("status", summary.status);
  object.set_time("created_at", summary.created).set_time("ended_at", summary.ended);
  return object.take();
}

Value present_resource(const engine::SagaView& view, const core::Expose& expose) {
  if (view.definition) {
    auto projection = core::project(*view.definition, view.saga, "");
    if (projection && projection->ready) return std::move(projection->value);
  }
  const auto& head = view.saga.head;
  Object object;
  object.set("saga", text(core::to_string(view.saga.id)));
  object.set("state", text(core::state_name(view.saga)));
  object.set("status", Value(business_status(view)));
  object.set(expose.id_name.empty() ? "id" : expose.id_name, text(head.identity));
  if (head.output) object.set("output", *head.output);
  if (head.error) object.set("error", present_failure(*head.error));
  return object.take();
}

Value present_cancel(const engine::SagaView& view) {
  const bool noted = view.saga.head.noted && view.saga.head.phase == core::Phase::running;
  Object object;
  object.set("cancel", text(noted ? "noted" : "accepted"));
  object.set("id", text(core::to_string(view.saga.id)));
  object.set("state", text(core::state_name(view.saga)));
  return object.set_text("status", view.saga.head.status).take();
}

Value present_event(const engine::EventPage::Item& item) {
  const auto& message = item.message;
  Object object;
  object.set("specversion", text("1.0")).set("id", text(message.id));
  object.set("source", text("/sagaloom")).set("type", text(message.type));
  object.set("subject", text(message.subject)).set_time("time", message.time);
  object.set("sequence", text(message.sequence)).set("topic", text(message.topic));
  object.set("key", text(message.key)).set("cursor", text(item.cursor));
  if (const auto* data = std::get_if<Value>(&message.body)) return object.set("data", *data).take();
  const auto& change = std::get<core::Lifecycle>(message.body);
  Object data;
  data.set("workflow", text(change.workflow)).set("version", number(change.version));
  data.set("state", text(change.state)).set_text("identity", change.identity);
  data.set_text("status", change.status).set_text("error", change.error);
  return object.set("data", data.take()).take();
}

Value present_definition(const core::Definition& definition, Detail detail) {
  Object object;
  object.set("name", text(definition.name)).set("version", number(definition.version));
  object.set("hash", text(definition.hash)).set_text("title", definition.title);
  object.set_text("description", definition.description);
  if (definition.expose) object.set("expose", present_exposed(*definition.expose));
  if (detail == Detail::summary) return object.take();
  Object labels;
  for (const auto& [key, value] : definition.labels) labels.set(key, Value(value));
  object.set("labels", labels.take()).set("steps", list_of(definition.steps, present_declared));
  object.set("operations", list_of(definition.operations,
                                   [](const auto& operation) { return text(operation->name); }));
  if (definition.input) object.set("input_schema", definition.input->source());
  return object.set("text", Value(definition.text)).take();
}

bool has_ended(const engine::SagaView& view) {
  return core::ended(view.saga.head.phase);
}

const std::vector<std::string_view>& state_names() {
  static const std::vector<std::string_view> names = {
      "QUEUED",    "RUNNING",     "DECIDING", "COMMITTED", "COMPENSATING",
      "COMPLETED", "COMPENSATED", "FAILED",   "PARKED",    "SUSPENDED"};
  return names;
}

}  // namespace sagaloom::http
