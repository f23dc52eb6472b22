// Records of the journal as history.
#include "runtime/http/json_text.h"
#include "runtime/http/presentation.h"
#include "runtime/http/presentation_parts.h"

namespace sagaloom::http {
namespace {

using core::StepRecord;
using expression::Value;
using parts::list_of;
using parts::number;
using parts::present_failure;
using parts::present_try;
using parts::text;

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

Value present_purpose(core::Purpose purpose) {
  static constexpr std::string_view names[] = {"forward", "question", "undo",   "wait",
                                               "lock",    "unlock",   "report", "release"};
  return text(names[static_cast<std::size_t>(purpose)]);
}

// What an operator or a client brought along: a verb's input, a signal's data, a task's answer. The
// output of a plugin's answer stands in the step that it changed.
void add_brought(Object& object, const core::Event& event) {
  if (event.input) object.set("input", *event.input);
  const bool shown_by_its_step = event.kind == core::EventKind::answered;
  if (event.output && !shown_by_its_step) object.set("output", *event.output);
  if (!event.details.is_null()) object.set("details", event.details);
  if (event.manual_undo) object.set("undo", text("manual"));
}

// Who, why, when (the record's time) and what: the audit record of a verb is this.
Value present_cause(const core::Event& event) {
  Object object;
  object.set("kind", text(core::name(event.kind)));
  object.set_text("step", event.path);
  if (event.kind == core::EventKind::answered) {
    object.set("outcome", text(core::name(event.outcome)));
  }
  if (event.purpose != core::Purpose::forward)
    object.set("purpose", present_purpose(event.purpose));
  const bool migrated = event.kind == core::EventKind::migrate;  // `occurrence`: records seen then
  if (event.occurrence > 1 && !migrated) object.set("occurrence", number(event.occurrence));
  if (event.number > 0) object.set("number", number(event.number));
  object.set_text("code", event.code).set_text("message", event.message);
  if (event.running) object.set("running", Value(true));
  if (event.crashed) object.set("crashed", Value(true));
  if (event.inbox > 0) object.set("inbox", Value(event.inbox));
  add_brought(object, event);
  object.set_text("by", event.by).set_text("reason", event.reason);
  return object.take();
}

// What changed in a step beside its state, input, output and calls.
void add_progress(Object& object, const core::StepChange& change) {
  static const auto listens = bit_of<StepRecord>("listens"), timers = bit_of<StepRecord>("timers"),
                    assignee = bit_of<StepRecord>("assignee"), turn = bit_of<StepRecord>("turn"),
                    collected = bit_of<StepRecord>("collected"),
                    accepted = bit_of<StepRecord>("accepted"),
                    draining = bit_of<StepRecord>("draining"),
                    handler = bit_of<StepRecord>("handler");
  const auto has = [&](core::FieldMask bit) { return (change.changed & bit) != 0; };
  const auto& step = change.step;
  if (has(listens)) object.set("waits_for", step.listens);
  if (has(timers)) object.set("timers", parts::present_timers(step.timers));
  if (has(assignee)) object.set("assignee", text(step.assignee));
  if (has(collected)) object.set("collected", number(step.collected));
  if (has(accepted)) object.set("accepted", step.accepted);
  if (has(turn)) object.set("turn", number(step.turn));
  if (has(draining)) object.set("draining", Value(step.draining));
  if (has(handler)) object.set("handler", number(step.handler));
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
  add_progress(object, change);
  if (has(undo_error) && change.step.undo_error) {
    object.set("undo_error", present_failure(*change.step.undo_error));
  }
  return object.take();
}

Value present_emit(const core::Emitted& emit) {
  Object object;
  object.set("topic", text(emit.topic)).set("type", text(emit.type)).set("key", text(emit.key));
  return object.set("data", emit.data).take();
}

Value present_note(const core::Note& note) {
  return Object().set("code", text(note.code)).set("details", note.details).take();
}

void add_standing_changes(Object& object, const core::Record& record) {
  static const auto noted = bit_of<core::SagaRecord>("noted"),
                    suspended = bit_of<core::SagaRecord>("suspended"),
                    held = bit_of<core::SagaRecord>("held"),
                    residue = bit_of<core::SagaRecord>("residue"),
                    version = bit_of<core::SagaRecord>("version"),
                    definition = bit_of<core::SagaRecord>("definition");
  const auto has = [&](core::FieldMask bit) { return (record.head_changed & bit) != 0; };
  const auto& head = record.head;
  if (has(noted)) object.set("noted", head.noted ? present_failure(*head.noted) : Value());
  if (has(suspended)) object.set("suspended", Value(head.suspended));
  if (has(held)) object.set("held", Value(head.held));
  if (has(residue)) object.set("residue", head.residue);
  if (has(version)) object.set("version", number(head.version));
  if (has(definition)) object.set("definition", text(head.definition));
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
  add_standing_changes(object, record);
  if (record.lifecycle) object.set("state", text(record.lifecycle->state));
}

}  // namespace

Value present_record(const engine::StoredRecord& row) {
  const auto& record = row.record;
  Object object;
  object.set("seq", Value(row.seq)).set("at", time_value(record.now));
  object.set("event", present_cause(record.event));
  add_saga_changes(object, record);
  if (!record.steps.empty()) object.set("steps", list_of(record.steps, present_change));
  if (!record.emits.empty()) object.set("emits", list_of(record.emits, present_emit));
  if (!record.notes.empty()) object.set("notes", list_of(record.notes, present_note));
  return object.take();
}

}  // namespace sagaloom::http
