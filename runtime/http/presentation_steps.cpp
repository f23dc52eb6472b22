#include <algorithm>

#include "runtime/http/json_text.h"
#include "runtime/http/presentation.h"
#include "runtime/http/presentation_parts.h"
#include "runtime/http/target.h"

namespace sagaloom::http {
namespace parts {
namespace {

using core::StepRecord;
using core::StepState;
using engine::SagaView;
using expression::List;

// The core looks at every step of a saga to decide one verb: the more steps there are, the fewer of
// them are asked about in one answer.
std::size_t steps_to_ask_about(std::size_t steps) {
  return std::clamp<std::size_t>(20'000 / std::max<std::size_t>(steps, 1), 1, 100);
}

// ---------------------------------------------------------------- what a step waits for

const core::Wait* task_in(const core::Wait& wait) {
  if (wait.kind == core::Wait::For::task) return &wait;
  for (const auto& member : wait.any) {
    if (const auto* task = task_in(member.wait)) return task;
  }
  return nullptr;
}

const core::Wait* wait_of(const core::Step* step) {
  if (!step) return nullptr;
  if (const auto* call = step->call()) return call->await.get();
  return std::get_if<core::Wait>(&step->kind);
}

bool listens_for_an_answer(const StepRecord& step) {
  const bool open = step.state == StepState::awaiting || step.state == StepState::resolving;
  if (!open || !step.listens.is_list()) return false;
  const auto& names = step.listens.items();
  return std::any_of(names.begin(), names.end(),
                     [](const Value& name) { return name.is_string() && name.string() == "task"; });
}

const core::Step* declared_step(const SagaView& view, const core::Path& path) {
  return view.definition ? view.definition->find(core::step_id(path)) : nullptr;
}

Value present_task(const SagaView& view, const core::Path& path, const StepRecord& step) {
  const auto* declared = declared_step(view, path);
  Object object;
  object.set("saga", text(core::to_string(view.saga.id)));
  object.set("workflow", text(view.saga.head.workflow));
  object.set_text("identity", view.saga.head.identity).set("step", text(path));
  if (declared) object.set_text("title", declared->title);
  object.set_text("assignee", step.assignee);
  if (const auto form = form_of_task(view, path)) object.set("form", form->source());
  if (!step.timers.is_null()) object.set("timers", present_timers(step.timers));
  object.set("answer", text(saga_link(view.saga.id) + "/tasks/" + percent_encode_path(path)));
  return object.take();
}

void add_waiting(Object& object, const SagaView& view, const core::Path& path,
                 const StepRecord& step) {
  if (!step.listens.is_null()) object.set("waits_for", step.listens);
  if (!step.timers.is_null()) object.set("timers", present_timers(step.timers));
  if (step.collected > 0) object.set("collected", number(step.collected));
  if (listens_for_an_answer(step)) {
    object.set("task", present_task(view, path, step));
  } else {
    object.set_text("assignee", step.assignee);
  }
}

// ---------------------------------------------------------------- blocks and children

std::string_view kind_of(const core::StepKind& kind) {
  static constexpr std::string_view names[] = {"call",    "do",     "set",    "emit",
                                               "fail",    "end",    "wait",   "parallel",
                                               "foreach", "switch", "repeat", "saga"};
  static_assert(std::size(names) == std::variant_size_v<core::StepKind>);
  return names[kind.index()];
}

void add_block(Object& object, const StepRecord& step, std::string_view kind) {
  if (step.items.is_list()) object.set("items", number(step.items.items().size()));
  if (step.turn > 0) {
    object.set(kind == "foreach"  ? "items_started"
               : kind == "switch" ? "case"
                                  : "turn",
               number(step.turn));
  }
  if (step.draining) object.set("draining", Value(true));
  if (step.handler > 0) object.set("handler", number(step.handler));
  if (step.undo_before) object.set("undo_before_handler", Value(true));
}

void add_child(Object& object, const core::ChildSaga& child, const StepRecord& step) {
  Object shown;
  shown.set("workflow", text(child.workflow)).set("version", number(child.version));
  const auto* saga = step.accepted.find("saga");
  if (saga && saga->is_string()) {
    shown.set("saga", *saga).set("link", text(saga_link(saga->string())));
  }
  object.set("child", shown.take());
  if (!step.residue.is_null()) object.set("residue", step.residue);
}

// ---------------------------------------------------------------- a step

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

// The states in which the core takes any verb (docs/semantics.md 14).
bool takes_verbs(const StepRecord& step) {
  switch (step.state) {
    case StepState::backoff:
    case StepState::awaiting:
    case StepState::resolving:
    case StepState::parked:
    case StepState::undo_backoff:
    case StepState::undo_stuck:
      return true;
    default:
      return false;
  }
}

void add_outcome(Object& object, const StepRecord& step) {
  if (step.forward.number > 0) object.set("attempts", present_try(step.forward));
  if (step.question.number > 0) object.set("questions", present_try(step.question));
  if (step.undo.number > 0 || step.undo_error) object.set("undo", present_undo(step));
  if (!step.input.is_null()) object.set("input", step.input);
  if (step.output) object.set("output", *step.output);
  if (step.error) object.set("error", present_failure(*step.error));
}

Value present_step(const SagaView& view, const core::Path& path, const StepRecord& step,
                   bool with_verbs) {
  const auto* declared = declared_step(view, path);
  const auto kind = declared ? kind_of(declared->kind) : std::string_view();
  Object object;
  object.set("path", text(path)).set("state", text(core::name(step.state)));
  if (declared) object.set("kind", text(kind));
  if (step.order > 0) object.set("order", number(step.order));
  if (declared) object.set_text("title", declared->title);
  object.set_text("operation", step.operation);
  if (!step.operation.empty()) {
    object.set("effect_key", text(core::effect_key(view.saga.id, path, step)));
  }
  add_standing(object, step);
  add_waiting(object, view, path, step);
  add_block(object, step, kind);
  if (const auto* child = declared ? std::get_if<core::ChildSaga>(&declared->kind) : nullptr) {
    add_child(object, *child, step);
  }
  add_outcome(object, step);
  if (with_verbs) object.set("verbs", legal_step_verbs(view, path));
  return object.take();
}

}  // namespace

Value present_steps(const SagaView& view) {
  std::vector<const std::pair<const core::Path, StepRecord>*> order;
  for (const auto& entry : view.saga.steps) order.push_back(&entry);
  const auto place = [](const StepRecord& step) { return step.order ? step.order : ~0u; };
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) {
    return place(a->second) < place(b->second);
  });
  std::size_t left = steps_to_ask_about(order.size());
  return list_of(order, [&](const auto* entry) {
    const bool ask = left > 0 && takes_verbs(entry->second);
    if (ask) --left;
    return present_step(view, entry->first, entry->second, ask);
  });
}

}  // namespace parts

core::SchemaPointer form_of_task(const engine::SagaView& view, const core::Path& path) {
  const auto* wait = parts::wait_of(parts::declared_step(view, path));
  const auto* task = wait ? parts::task_in(*wait) : nullptr;
  return task ? task->form : nullptr;
}

std::vector<expression::Value> open_tasks(const engine::SagaView& view) {
  std::vector<expression::Value> tasks;
  if (core::ended(view.saga.head.phase)) return tasks;
  for (const auto& [path, step] : view.saga.steps) {
    if (parts::listens_for_an_answer(step)) tasks.push_back(parts::present_task(view, path, step));
  }
  return tasks;
}

}  // namespace sagaloom::http
