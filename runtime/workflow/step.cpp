// Steps: their kind, what surrounds it, and the rules of the pivot that depend on the order of
// reading.
#include <algorithm>

#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {
namespace {

using core::Call;
using core::ErrorHandler;
using core::Step;

const std::vector<std::string> kKinds = {"call", "wait", "parallel", "foreach", "switch", "repeat",
                                         "saga", "do",   "set",      "fail",    "end"};
const std::vector<std::string> kOfCall = {"with",  "key",    "retry", "on_unknown",
                                          "pivot", "effect", "await", "retry_stable"};
const std::vector<std::string> kOfAny = {"id",         "title",          "when",    "status",
                                         "emit",       "output",         "timeout", "on_error",
                                         "compensate", "on_branch_error"};

std::vector<std::string> step_keys() {
  auto keys = kKinds;
  keys.insert(keys.end(), kOfCall.begin(), kOfCall.end());
  keys.insert(keys.end(), kOfAny.begin(), kOfAny.end());
  return keys;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The step's kind; "emit" for a step that only emits, empty when it has none or several.
std::string kind_of(Context& context, const Fields& fields) {
  std::vector<std::string> present;
  for (const auto& kind : kKinds) {
    if (fields.has(kind)) present.push_back(kind);
  }
  if (present.size() == 1) return present[0];
  if (present.size() > 1) {
    std::sort(present.begin(), present.end(), [&](const auto& a, const auto& b) {
      return fields.key_offset(a) < fields.key_offset(b);
    });
    context.report.error("S03", fields.key_offset(present[1]),
                         "`" + present[0] + "` and `" + present[1] + "` in one step",
                         "a step does one thing: make two steps");
  } else if (fields.has("emit")) {
    return "emit";
  } else if (fields.usable() && !fields.unknown_keys()) {
    context.error("S03", fields.node(), "the step does nothing",
                  "write one of `call`, `set`, `do`, `wait`, `parallel`, `foreach`, `switch`, "
                  "`repeat`, `saga`, `fail`, `end`, or `emit`");
  }
  return {};
}

void refuse(Context& context, const Fields& fields, const std::string& key, const char* belongs) {
  if (!fields.has(key)) return;
  context.report.error("S03", fields.key_offset(key), "`" + key + "` belongs to " + belongs,
                       "remove it");
}

void check_keys(Context& context, const Fields& fields, const std::string& kind) {
  if (kind.empty()) return;
  if (kind != "call") {
    for (const auto& key : kOfCall) refuse(context, fields, key, "`call`");
  }
  if (!one_of(kind, {"parallel", "foreach"})) {
    refuse(context, fields, "on_branch_error", "`parallel` or `foreach`");
  }
  if (kind == "wait" && fields.has("timeout")) {
    context.report.error("S03", fields.key_offset("timeout"),
                         "`timeout` does not stand beside `wait`", "put it inside the wait");
  } else if (one_of(kind, {"set", "fail", "end", "emit"})) {
    refuse(context, fields, "timeout", "`call`, blocks and `saga`");
  }
}

void read_id(Context& context, const Fields& fields, Step& step) {
  const Node* node = fields.require("id");
  if (!node) return;
  step.id = read_identifier(context, *node, "`id`").value_or("");
  if (step.id.empty()) return;
  if (reserved_word(step.id)) {
    context.error("S04", *node, "`" + step.id + "` is a reserved word", "choose another id");
  }
  const auto [place, added] = context.places.emplace(step.id, StepPlace{});
  if (!added || context.undo_ids.count(step.id) > 0) {
    const std::size_t other = added ? context.undo_ids[step.id] : place->second.node->offset;
    const Position before = context.source.position(other);
    context.error("S04", *node,
                  "id `" + step.id + "` is taken by the step at " + std::to_string(before.line) +
                      ":" + std::to_string(before.column),
                  "ids are unique in the whole definition: choose another");
  }
  if (!added) return;
  place->second = {&fields.node(), context.pivot_passed, context.handles_pivot,
                   context.undone_by_block, fields.has("compensate")};
}

void read_pivot(Context& context, const Fields& fields, Step& step) {
  const Node* node = fields.find("pivot");
  if (!node) return;
  step.pivot = read_flag(context, *node, "`pivot`").value_or(false);
  if (!step.pivot) return;
  const std::size_t at = fields.key_offset("pivot");
  if (context.pivot_seen) {
    context.report.error("C04", at, "a second pivot", "a definition has at most one",
                         "the first pivot succeeds, `" + step.id +
                             "` is refused: the saga can neither go on nor back");
  } else if (!context.pivot_allowed) {
    context.report.error("C04", at, "the pivot must stand at top level or in a plain `do`",
                         "move it out of the block, or remove the block's `compensate`",
                         "`" + step.id +
                             "` succeeds, another step of the block fails: the block is undone "
                             "although the saga only goes forward");
  }
  context.pivot_seen = true;
  const Call* call = step.call();
  if (call && call->operation && !call->operation->idempotent && !call->check) {
    context.report.error(
        "C05", at,
        "`" + call->operation->name +
            "` is neither idempotent nor has a check operation: a lost answer "
            "could never be resolved",
        "make another step the pivot, or mend the plugin",
        "the answer of `" + step.id + "` is lost: nobody can say whether the saga may be undone");
  }
  if (call && call->retry_stable) {
    context.report.error("C22", fields.key_offset("retry_stable"), "`retry_stable` on the pivot",
                         "remove it: the pivot is always committed first",
                         "the machine stops right after `" + step.id +
                             "`: the saga is undone although it had passed its pivot");
  }
}

void read_timeout(Context& context, const Fields& fields, const std::string& kind, Step& step) {
  const Node* node = fields.find("timeout");
  if (kind == "call") {
    step.timeout = read_call_timeout(context, node, context.path());
    fill_timeout(context, step.timeout, !step.call()->retry.max_attempts);
  } else if (node && node->is_map()) {
    context.error("S02", *node, "`timeout` of a block is one duration", "write `timeout: 5m`");
  } else if (node) {
    step.timeout.total = read_duration(context, *node, "`timeout`", context.path());
  }
}

std::string handler_action(Context& context, const Fields& fields) {
  std::string action;
  for (const char* form : {"steps", "ignore", "fail", "compensate"}) {
    if (!fields.has(form)) continue;
    if (action.empty()) {
      action = form;
      continue;
    }
    context.report.error("S03", fields.key_offset(form),
                         "`" + action + "` and `" + form + "` in one handler", "keep one");
    return action;
  }
  if (action.empty() && fields.usable() && !fields.unknown_keys()) {
    context.error("S03", fields.node(), "the handler does nothing",
                  "write one of `steps`, `ignore: true`, `fail`, `compensate: true`");
  }
  return action;
}

void read_action(Context& context, const std::string& action, const Node& node,
                 ErrorHandler& handler) {
  using Action = ErrorHandler::Action;
  if (action == "steps") {
    handler.action = Action::steps;
    handler.steps = read_steps(context, node, "`steps`");
  } else if (action == "ignore") {
    read_true(context, node, "`ignore`");
  } else if (action == "fail") {
    handler.action = Action::fail;
    handler.fail = read_failure(context, node, context.path());
  } else {
    handler.action = Action::compensate;
    read_true(context, node, "`compensate`");
  }
}

ErrorHandler read_handler(Context& context, const Node& node) {
  ErrorHandler handler;
  const Fields fields(context, node, "a handler of `on_error`",
                      {"code", "when", "steps", "ignore", "fail", "compensate", "output", "keep"});
  if (const Node* n = fields.find("code")) handler.codes = read_codes(context, *n, "`code`");
  if (const Node* n = fields.find("when")) {
    handler.when = read_condition(context, *n, "`when`", context.path());
  }
  const std::string action = handler_action(context, fields);
  if (const Node* n = action.empty() ? nullptr : fields.find(action)) {
    read_action(context, action, *n, handler);
  }
  if (one_of(action, {"fail", "compensate"})) {
    refuse(context, fields, "output", "`steps` or `ignore`");
    refuse(context, fields, "keep", "`steps` or `ignore`");
  }
  if (const Node* n = fields.find("output")) {
    handler.output = read_template(context, *n, context.path());
  }
  if (const Node* n = fields.find("keep")) handler.keep = read_true(context, *n, "`keep`");
  return handler;
}

// Handlers of the pivot, and of a block that holds it, count as before it.
void read_handlers(Context& context, const Fields& fields, bool holds_pivot, Step& step) {
  const Node* node = fields.find("on_error");
  if (!node) return;
  if (!node->is_list() || node->items.empty()) {
    return context.error("S02", *node, "`on_error` must be a list of handlers",
                         "write - code: … and what to do");
  }
  Within handler(context.in_handler, true);
  Within undone(context.undone_by_block, false);  // a block's undo does not cover handlers' steps
  Within pivot(context.pivot_allowed, false);
  Within handles(context.handles_pivot, context.handles_pivot || (holds_pivot && !step.pivot));
  Within passed(context.pivot_passed, context.pivot_passed && !holds_pivot);
  for (const auto& item : node->items) step.on_error.push_back(read_handler(context, item));
}

// What the step says to the world, and its output.
void read_words(Context& context, const Fields& fields, Step& step) {
  if (const Node* n = fields.find("title")) {
    step.title = read_text(context, *n, "`title`").value_or("");
  }
  if (const Node* n = fields.find("when")) {
    step.when = read_condition(context, *n, "`when`", context.path());
  }
  if (const Node* n = fields.find("status")) step.status = read_status(context, *n, context.path());
  if (const Node* n = fields.find("emit")) {
    step.emit = read_emits(context, *n, context.path() | see_self);
  }
  if (const Node* n = fields.find("output")) {
    step.output = read_template(context, *n, context.path() | see_self);
  }
}

// Before the pivot a step with an undo of its own is undone when in doubt; all others ask. So do
// those inside a block with a `compensate` of its own: the block's undo takes the place of theirs,
// and nothing would keep a late call of theirs out.
void read_on_unknown(Context& context, const Fields& fields, Step& step) {
  auto* call = std::get_if<Call>(&step.kind);
  if (!call) return;
  const bool before = !step.pivot && !context.pivot_passed;
  const bool undoable = step.compensate.kind == core::UndoKind::steps && !context.undone_by_block;
  call->on_unknown = before && undoable ? core::OnUnknown::compensate : core::OnUnknown::resolve;
  const Node* node = fields.find("on_unknown");
  if (!node) return;
  const auto choice =
      read_choice(context, *node, "`on_unknown`", {"resolve", "compensate", "park"});
  if (!choice) return;
  call->on_unknown = static_cast<core::OnUnknown>(*choice);
  if (call->on_unknown == core::OnUnknown::compensate && !before) {
    context.error("C16", *node, "`on_unknown: compensate` on the pivot or after it",
                  "the path only goes forward there: write `resolve` or `park`",
                  "the answer of `" + step.id +
                      "` is lost: it counts as to be undone, which is "
                      "not possible there");
  }
}

Step read_step(Context& context, const Node& node) {
  Step step;
  const Fields fields(context, node, "a step", step_keys());
  if (!fields.usable()) return step;
  const bool pivot_before = context.pivot_seen;
  read_id(context, fields, step);
  const std::string kind = kind_of(context, fields);
  check_keys(context, fields, kind);
  const Node* body = kind.empty() ? nullptr : fields.find(kind);
  if (kind == "emit") {
    step.kind = core::OnlyEmit{};
  } else if (body) {
    const bool own_undo = fields.has("compensate") && kind != "call";
    Within undone(context.undone_by_block, context.undone_by_block || own_undo);
    step.kind = read_kind(context, kind, *body, fields);
  }
  if (body) read_timeout(context, fields, kind, step);
  if (kind == "call") read_pivot(context, fields, step);
  step.compensate.on_exhausted = context.defaults.on_exhausted;  // of asking a child, too
  if (const Node* n = fields.find("compensate")) step.compensate = read_undo(context, *n, step);
  read_on_unknown(context, fields, step);
  read_words(context, fields, step);
  read_handlers(context, fields, context.pivot_seen && !pivot_before, step);
  if (step.pivot) context.pivot_passed = true;
  return step;
}

void read_effect(Context& context, const Node& node, Call& call) {
  const auto choice =
      read_choice(context, node, "`effect`", {"none", "reversible", "irreversible"});
  if (!choice) return;
  call.effect = static_cast<core::Effect>(*choice);
  if (call.operation && call.effect < call.operation->effect) {
    context.error(
        "C15", node,
        "`effect` is looser than what the manifest of `" + call.operation->name + "` says",
        "it may only be made stricter",
        "the call takes effect, a later step is refused: nothing undoes what is said to be "
        "nothing");
  }
}

void check_operation(Context& context, const Node& node, const Fields& step, const Call& call) {
  const auto& operation = *call.operation;
  if (operation.asynchronous && !step.has("await")) {
    context.error("C19", node,
                  "`" + operation.name + "` is asynchronous and nothing awaits its end",
                  "add `await`",
                  "`" + operation.name + "` answers `pending`: the saga has no end to wait for");
  }
  if (call.retry_stable && !operation.idempotent) {
    context.report.error("C22", step.key_offset("retry_stable"),
                         "`retry_stable` on an operation that is not idempotent", "remove it",
                         "the machine stops after the call: it is made a second time");
  }
}

}  // namespace

core::StepList read_steps(Context& context, const Node& node, const std::string& what) {
  core::StepList steps;
  if (node.is_broken()) return steps;
  if (!node.is_list() || node.items.empty()) {
    context.error("S02", node, what + " must be a list of at least one step", "write - id: …");
    return steps;
  }
  steps.reserve(node.items.size());
  for (const auto& item : node.items) {
    if (context.report.full()) break;
    steps.push_back(read_step(context, item));
  }
  return steps;
}

Call read_call(Context& context, const Node& node, const Fields& step) {
  Call call;
  call.operation = read_operation(context, node);
  if (call.operation) {
    call.effect = call.operation->effect;
    if (!call.operation->check.empty()) {
      call.check = named_operation(context, node, call.operation->check, call.operation->name);
    }
  }
  const unsigned sight = context.path();
  if (const Node* n = step.find("with")) {
    if (auto with = read_template(context, *n, sight | see_secrets)) call.with = std::move(*with);
  }
  if (const Node* n = step.find("key"))
    call.key = read_scalar_template(context, *n, "`key`", sight);
  call.retry = context.defaults.retry;
  if (const Node* n = step.find("retry")) call.retry = read_retry(context, *n, builtin_retry());
  if (const Node* n = step.find("effect")) read_effect(context, *n, call);
  if (const Node* n = step.find("retry_stable")) {
    call.retry_stable = read_true(context, *n, "`retry_stable`");
  }
  if (const Node* n = step.find("await")) {
    call.await = std::make_shared<const core::Wait>(read_wait(context, *n, WaitPlace::await));
  }
  if (call.operation) check_operation(context, node, step, call);
  return call;
}

}  // namespace sagaloom::workflow
