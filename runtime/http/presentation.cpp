#include "runtime/http/presentation.h"

#include <algorithm>

#include "runtime/http/json_text.h"
#include "runtime/http/target.h"

namespace sagaloom::http {
namespace {

using core::Failure;
using core::StepRecord;
using core::StepState;
using expression::List;
using expression::Value;

Value text(std::string_view value) {
  return Value(value);
}
Value number(std::uint64_t value) {
  return Value(static_cast<std::int64_t>(value));
}

Value present_failure(const Failure& failure) {
  Object object;
  object.set("code", text(failure.code)).set("kind", text(failure.kind));
  object.set_text("message", failure.message).set_text("step", failure.step);
  if (failure.attempt > 0) object.set("attempt", number(failure.attempt));
  if (!failure.details.is_null()) object.set("details", failure.details);
  return object.take();
}

// The member of `fields` with this name as a bit of a record's mask.
template <typename T>
core::FieldMask bit_of(std::string_view wanted) {
  core::FieldMask bit = 0;
  int index = 0;
  T empty;
  T::fields(empty, [&](std::string_view name, const auto&) {
    if (name == wanted) bit = core::FieldMask{1} << index;
    ++index;
  });
  return bit;
}

// ---------------------------------------------------------------- steps

Value present_try(const core::Try& attempts) {
  Object object;
  object.set("number", number(attempts.number)).set("counted", number(attempts.counted));
  object.set("in_flight", Value(attempts.in_flight));
  object.set_time("first_at", attempts.first_at).set_time("started_at", attempts.started_at);
  object.set_time("deadline_at", attempts.deadline).set_time("next_at", attempts.due);
  return object.take();
}

Value present_undo(const StepRecord& step) {
  Object object;
  object.set("tries", present_try(step.undo)).set_text("operation", step.undo_operation);
  object.set_text("step", step.undo_id);
  if (!step.undo_input.is_null()) object.set("input", step.undo_input);
  if (step.undo_error) object.set("error", present_failure(*step.undo_error));
  if (step.state == StepState::undo_stuck) object.set("stuck", Value(true));
  return object.take();
}

// What an operator wants to know of a step that stands still.
void add_standing(Object& object, const StepRecord& step) {
  if (step.pivot) object.set("pivot", Value(true));
  if (step.doubt) object.set("doubt", Value(true));
  if (step.unusable) object.set("unusable", Value(true));
  if (step.manual_undo) object.set("manual_undo", Value(true));
  if (step.waiting_for_plugin) object.set("waiting_for_plugin", Value(true));
  if (step.occurrence > 1) object.set("occurrence", number(step.occurrence));
  if (step.parked == core::Parked::doubt) object.set("parked", text("doubt"));
  if (step.parked == core::Parked::no_doubt) object.set("parked", text("no_doubt"));
  if (step.parked == core::Parked::done) object.set("parked", text("done"));
}

Value present_step(const core::Saga& saga, const core::Path& path, const StepRecord& step,
                   const core::Definition* definition) {
  Object object;
  object.set("path", text(path)).set("state", text(core::name(step.state)));
  if (step.order > 0) object.set("order", number(step.order));
  const auto* declared = definition ? definition->find(core::step_id(path)) : nullptr;
  if (declared) object.set_text("title", declared->title);
  object.set_text("operation", step.operation);
  if (!step.operation.empty()) {
    object.set("effect_key", text(core::effect_key(saga.id, path, step)));
  }
  add_standing(object, step);
  if (step.forward.number > 0) object.set("attempts", present_try(step.forward));
  if (step.question.number > 0) object.set("questions", present_try(step.question));
  if (step.undo.number > 0 || step.undo_error) object.set("undo", present_undo(step));
  if (!step.input.is_null()) object.set("input", step.input);
  if (step.output) object.set("output", *step.output);
  if (step.error) object.set("error", present_failure(*step.error));
  return object.take();
}

Value present_steps(const core::Saga& saga, const core::Definition* definition) {
  std::vector<const std::pair<const core::Path, StepRecord>*> order;
  for (const auto& entry : saga.steps) order.push_back(&entry);
  const auto place = [](const StepRecord& step) { return step.order ? step.order : ~0u; };
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) {
    return place(a->second) < place(b->second);
  });
  List list;
  for (const auto* entry : order) {
    list.push_back(present_step(saga, entry->first, entry->second, definition));
  }
  return Value(std::move(list));
}

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

Value links(const core::SagaId& id) {
  const std::string self = "/api/v1/sagas/" + core::to_string(id);
  return Object()
      .set("self", Value(self))
      .set("history", Value(self + "/history"))
      .set("cancel", Value(self + "/cancel"))
      .take();
}

void add_body(Object& object, const engine::SagaView& view) {
  const auto& head = view.saga.head;
  object.set("phase", text(core::name(head.phase))).set_text("definition", head.definition);
  object.set("input", head.input).set("records", number(head.records));
  if (head.noted) object.set("noted", present_failure(*head.noted));
  if (!head.residue.is_null()) object.set("residue", head.residue);
  if (head.suspended) object.set("suspended", Value(true));
  object.set("steps", present_steps(view.saga, view.definition.get()));
  object.set("links", links(view.saga.id));
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

// ---------------------------------------------------------------- records

Value present_cause(const core::Event& event) {
  Object object;
  object.set("kind", text(core::name(event.kind)));
  object.set_text("step", event.path);
  if (event.kind == core::EventKind::answered) {
    object.set("outcome", text(core::name(event.outcome)));
  }
  if (event.purpose == core::Purpose::question) object.set("purpose", text("question"));
  if (event.purpose == core::Purpose::undo) object.set("purpose", text("undo"));
  if (event.number > 0) object.set("number", number(event.number));
  object.set_text("code", event.code).set_text("message", event.message);
  object.set_text("by", event.by).set_text("reason", event.reason);
  return object.take();
}

Value present_change(const core::StepChange& change) {
  static const auto state = bit_of<StepRecord>("state"), output = bit_of<StepRecord>("output"),
                    input = bit_of<StepRecord>("input"), error = bit_of<StepRecord>("error"),
                    forward = bit_of<StepRecord>("forward"), undo = bit_of<StepRecord>("undo"),
                    undo_error = bit_of<StepRecord>("undo_error");
  const auto has = [&](core::FieldMask bit) { return (change.changed & bit) != 0; };
  Object object;
  object.set("path", text(change.path));
  if (has(state)) object.set("state", text(core::name(change.step.state)));
  if (has(input)) object.set("input", change.step.input);
  if (has(output) && change.step.output) object.set("output", *change.step.output);
  if (has(error) && change.step.error) object.set("error", present_failure(*change.step.error));
  if (has(forward)) object.set("attempts", present_try(change.step.forward));
  if (has(undo)) object.set("undo", present_try(change.step.undo));
  if (has(undo_error) && change.step.undo_error) {
    object.set("undo_error", present_failure(*change.step.undo_error));
  }
  return object.take();
}

template <typename Items, typename Present>
Value present_list(const Items& items, Present present) {
  List list;
  for (const auto& item : items) list.push_back(present(item));
  return Value(std::move(list));
}

Value present_emit(const core::Emitted& emit) {
  Object object;
  object.set("topic", text(emit.topic)).set("type", text(emit.type)).set("key", text(emit.key));
  return object.set("data", emit.data).take();
}

Value present_note(const core::Note& note) {
  return Object().set("code", text(note.code)).set("details", note.details).take();
}

void add_saga_changes(Object& object, const core::Record& record) {
  static const auto phase = bit_of<core::SagaRecord>("phase"),
                    status = bit_of<core::SagaRecord>("status"),
                    error = bit_of<core::SagaRecord>("error"),
                    output = bit_of<core::SagaRecord>("output");
  const auto has = [&](core::FieldMask bit) { return (record.head_changed & bit) != 0; };
  if (has(phase)) object.set("phase", text(core::name(record.head.phase)));
  if (has(status)) object.set("status", text(record.head.status));
  if (has(error) && record.head.error) object.set("error", present_failure(*record.head.error));
  if (has(output) && record.head.output) object.set("output", *record.head.output);
  if (record.lifecycle) object.set("state", text(record.lifecycle->state));
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

Value present_record(const engine::StoredRecord& row) {
  const auto& record = row.record;
  Object object;
  object.set("seq", Value(row.seq)).set("at", time_value(record.now));
  object.set("event", present_cause(record.event));
  add_saga_changes(object, record);
  if (!record.steps.empty()) object.set("steps", present_list(record.steps, present_change));
  if (!record.emits.empty()) object.set("emits", present_list(record.emits, present_emit));
  if (!record.notes.empty()) object.set("notes", present_list(record.notes, present_note));
  return object.take();
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
  object.set("labels", labels.take())
      .set("steps", present_list(definition.steps, present_declared));
  object.set("operations", present_list(definition.operations, [](const auto& operation) {
               return text(operation->name);
             }));
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
