// Operations and undos: `call`, `compensate`.
#include <charconv>
#include <set>

#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {
namespace {

using core::OperationPointer;
using core::Undo;
using core::UndoStep;

struct OperationName {
  std::string name;
  std::optional<std::uint32_t> major;
};

std::optional<OperationName> split(const std::string& text) {
  OperationName out;
  const auto at = text.find('@');
  out.name = text.substr(0, at);
  if (at == std::string::npos) return out;
  std::uint32_t major = 0;
  const char* end = text.data() + text.size();
  const auto [last, problem] = std::from_chars(text.data() + at + 1, end, major);
  if (problem != std::errc() || last != end || major == 0) return std::nullopt;
  out.major = major;
  return out;
}

std::string plugin_of(const std::string& operation) {
  return operation.substr(0, operation.find('.'));
}

// Without plugins an operation is taken as written, and nothing is known of it but its name.
OperationPointer taken_as_written(const OperationName& name) {
  auto operation = std::make_shared<core::Operation>();
  operation->name = name.name;
  operation->plugin = plugin_of(name.name);
  operation->major = name.major.value_or(1);
  operation->idempotent = true;
  operation->fences = core::Fencing::yes;
  operation->commutative = true;
  return operation;
}

void report_unknown(Context& context, const Node& node, const std::string& name) {
  if (context.report.full()) return;
  const auto names = context.catalog.names();
  std::set<std::string> plugins;
  for (const auto& known : names) plugins.insert(plugin_of(known));
  const std::string plugin = plugin_of(name);
  const bool installed = plugins.count(plugin) > 0;
  const std::string meant =
      installed ? nearest(name, names)
                : nearest(plugin, std::vector<std::string>(plugins.begin(), plugins.end()));
  context.error("P01", node,
                installed ? "plugin `" + plugin + "` has no operation `" + name + "`"
                          : "no plugin `" + plugin + "` is loaded",
                !meant.empty() ? "did you mean `" + meant + "`?"
                : installed    ? "see the operations in the plugin's manifest"
                               : "install it, or correct the name");
}

std::string display(const std::string& what) {
  return what.substr(0, 80);
}

void remember(Context& context, const OperationPointer& operation) {
  context.operations.emplace(operation->name, operation);
}

unsigned undo_sight() {
  return see_path | see_error | see_self;
}

// A code in `nothing_to_undo` is listed with the forward operation for the undo that it names.
std::vector<std::string> nothing_to_undo(const OperationPointer& forward,
                                         const OperationPointer& undo) {
  if (forward && forward->undo == undo->name) return forward->nothing_to_undo;
  return undo->nothing_to_undo;
}

void read_undo_call(Context& context, const Fields& fields, const OperationPointer& forward,
                    UndoStep& undo) {
  const Node* call = fields.find("call");
  if (call) undo.operation = read_operation(context, *call);
  if (undo.operation) {
    undo.nothing_to_undo = nothing_to_undo(forward, undo.operation);
    if (undo.operation->asynchronous) {
      context.error("C19", *call,
                    "`" + undo.operation->name + "` is asynchronous: no undo can await",
                    "use an operation that answers at once",
                    "the undo answers `pending`: nobody hears when it is done");
    }
  }
  if (const Node* n = fields.find("with"))
    undo.with = read_template(context, *n, undo_sight() | see_secrets);
  undo.timeout = read_call_timeout(context, fields.find("timeout"), undo_sight());
  fill_undo_timeout(context, undo.timeout);
  undo.retry = context.defaults.compensation_retry;
  if (const Node* n = fields.find("retry")) {
    undo.retry = read_retry(context, *n, builtin_compensation_retry());
  }
}

void refuse_without_call(Context& context, const Fields& fields,
                         std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (!fields.has(key)) continue;
    context.report.error("S03", fields.key_offset(key),
                         "`" + std::string(key) + "` belongs to `call`", "remove it");
  }
}

void take_undo_id(Context& context, const Node& node, UndoStep& undo) {
  undo.id = read_identifier(context, node, "`id`").value_or("");
  if (undo.id.empty()) return;
  if (reserved_word(undo.id)) {
    context.error("S04", node, "`" + undo.id + "` is a reserved word", "choose another id");
  }
  const bool taken =
      context.places.count(undo.id) > 0 || !context.undo_ids.emplace(undo.id, node.offset).second;
  if (taken) context.error("S04", node, "id `" + undo.id + "` is taken", "choose another id");
}

UndoStep read_undo_step(Context& context, const Node& node, const OperationPointer& forward) {
  UndoStep undo;
  const Fields fields(context, node, "a step of an undo",
                      {"id", "call", "with", "timeout", "retry", "set"});
  if (!fields.usable()) return undo;
  if (const Node* n = fields.require("id")) take_undo_id(context, *n, undo);
  if (fields.has("call") == fields.has("set")) {
    context.error("S03", node, "a step of an undo needs either `call` or `set`",
                  "write one of them");
  }
  if (fields.has("call")) {
    read_undo_call(context, fields, forward, undo);
  } else if (const Node* set = fields.find("set")) {
    refuse_without_call(context, fields, {"with", "timeout", "retry"});
    if (!set->is_map()) context.error("S02", *set, "`set` must be a mapping");
    undo.with = read_template(context, *set, undo_sight());
  }
  return undo;
}

void read_undo_steps(Context& context, const Node& node, const OperationPointer& forward,
                     Undo& undo) {
  if (!node.is_list() || node.items.empty()) {
    return context.error("S02", node, "`steps` of an undo must be a list of steps");
  }
  for (const auto& item : node.items) {
    undo.steps.push_back(read_undo_step(context, item, forward));
  }
}

void read_automatic(Context& context, const Node& node, const core::Call* call, Undo& undo) {
  if (!call) {
    return context.error("S03", node, "`auto` needs a `call` whose manifest names the undo",
                         "write `{call: …}`, `{steps: …}` or `none`");
  }
  if (!call->operation) return;
  undo.kind = core::UndoKind::steps;
  UndoStep step;
  if (context.options.no_plugins) {
    step.operation = call->operation;
    undo.steps.push_back(std::move(step));
    return;
  }
  if (call->operation->undo.empty()) {
    return context.error("P01", node,
                         "`" + call->operation->name + "` names no undo in its manifest",
                         "write `compensate: {call: …}` or `none`");
  }
  step.operation = named_operation(context, node, call->operation->undo, call->operation->name);
  step.nothing_to_undo = call->operation->nothing_to_undo;
  step.retry = context.defaults.compensation_retry;
  fill_undo_timeout(context, step.timeout);
  undo.steps.push_back(std::move(step));
}

void read_written(Context& context, const Node& node, const OperationPointer& forward, Undo& undo) {
  const Fields fields(context, node, "`compensate`",
                      {"call", "steps", "with", "key", "when", "timeout", "retry", "on_exhausted",
                       "status", "emit"});
  if (!fields.usable()) return;
  undo.kind = core::UndoKind::steps;
  if (fields.has("call") == fields.has("steps")) {
    context.error("S03", node, "`compensate` needs either `call` or `steps`", "write one of them");
  }
  if (fields.has("call")) {
    UndoStep step;
    read_undo_call(context, fields, forward, step);
    if (const Node* n = fields.find("key")) {
      step.key = read_scalar_template(context, *n, "`key`", undo_sight());
    }
    undo.steps.push_back(std::move(step));
  } else if (const Node* steps = fields.find("steps")) {
    refuse_without_call(context, fields, {"with", "key", "timeout", "retry"});
    read_undo_steps(context, *steps, forward, undo);
  }
  if (const Node* n = fields.find("when")) {
    undo.when = read_condition(context, *n, "`when`", undo_sight());
  }
  if (const Node* n = fields.find("on_exhausted")) {
    const auto choice = read_choice(context, *n, "`on_exhausted`", {"park", "continue"});
    if (choice) undo.on_exhausted = static_cast<core::OnExhausted>(*choice);
  }
  if (const Node* n = fields.find("status")) {
    undo.announce.status = read_scalar_template(context, *n, "`status`", undo_sight());
  }
  if (const Node* n = fields.find("emit")) {
    undo.announce.emit = read_emits(context, *n, undo_sight());
  }
}

}  // namespace

OperationPointer read_operation(Context& context, const Node& node) {
  const auto text = read_text(context, node, "`call`");
  if (!text) return nullptr;
  const auto parts = split(*text);
  const auto dot = parts ? parts->name.find('.') : std::string::npos;
  const bool sound =
      dot != std::string::npos && dot > 0 && dot + 1 < parts->name.size() &&
      parts->name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string::npos;
  if (!sound || text->size() > 200) {
    context.error("S02", node, "`" + display(*text) + "` is not the name of an operation",
                  "write plugin.operation or plugin.operation@major");
    return nullptr;
  }
  auto operation =
      context.options.no_plugins ? taken_as_written(*parts) : context.catalog.find(parts->name);
  if (!operation) return report_unknown(context, node, parts->name), nullptr;
  if (parts->major && *parts->major != operation->major) {
    context.error("P01", node,
                  "major version " + std::to_string(*parts->major) + " of `" + parts->name +
                      "` is not installed",
                  "version " + std::to_string(operation->major) + " is");
    return nullptr;
  }
  remember(context, operation);
  return operation;
}

OperationPointer named_operation(Context& context, const Node& node, const std::string& name,
                                 const std::string& by) {
  auto operation = context.catalog.find(name);
  if (operation) {
    remember(context, operation);
  } else {
    context.error("P01", node, "`" + by + "` names `" + name + "`, which no loaded plugin offers",
                  "mend the plugin's manifest or load the plugin");
  }
  return operation;
}

Undo read_undo(Context& context, const Node& node, const core::Step& step) {
  Undo undo;
  undo.on_exhausted = context.defaults.on_exhausted;
  const core::Call* call = step.call();
  const OperationPointer forward = call ? call->operation : nullptr;
  if (!node.is_scalar()) {
    read_written(context, node, forward, undo);
    return undo;
  }
  const auto choice = read_choice(context, node, "`compensate`", {"none", "auto"});
  if (choice == 0u) undo.kind = core::UndoKind::none;
  if (choice == 1u) read_automatic(context, node, call, undo);
  return undo;
}

}  // namespace sagaloom::workflow
