#include "runtime/http/presentation_parts.h"

namespace sagaloom::http::parts {
namespace {

using core::EventKind;

core::Decision decision_on(const engine::SagaView& view, EventKind kind, const core::Path& path) {
  core::Event event;
  event.kind = kind;
  event.path = path;
  event.by = event.reason = "a question";
  if (kind == EventKind::resolve) event.output = Value(expression::Map{});
  core::Context context;
  context.now = view.saga.head.updated;
  return core::decide(*view.definition, view.saga, event, context);
}

}  // namespace

Value legal_saga_verbs(const engine::SagaView& view) {
  expression::List verbs;
  if (!view.definition) return Value(std::move(verbs));
  if (!decision_on(view, EventKind::cancel_operator, "").refusal) verbs.push_back(text("cancel"));
  for (const auto kind : {EventKind::suspend, EventKind::resume}) {
    if (decision_on(view, kind, "").record) verbs.push_back(text(core::name(kind)));
  }
  return Value(std::move(verbs));
}

Value legal_step_verbs(const engine::SagaView& view, const core::Path& path) {
  expression::List verbs;
  if (!view.definition) return Value(std::move(verbs));
  for (const auto kind :
       {EventKind::retry, EventKind::resolve, EventKind::abort_step, EventKind::skip_undo}) {
    if (decision_on(view, kind, path).record) verbs.push_back(text(core::name(kind)));
  }
  return Value(std::move(verbs));
}

}  // namespace sagaloom::http::parts
