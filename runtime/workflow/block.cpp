// The kinds of a step other than `call`.
#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {
namespace {

using core::StepKind;

constexpr std::int64_t kMostParallel = 10'000;
constexpr std::int64_t kMostTurns = 10'000;
constexpr std::int64_t kMostVersions = 1'000'000'000;

bool read_finish(Context& context, const Fields& step) {
  const Node* node = step.find("on_branch_error");
  if (!node) return false;
  return read_choice(context, *node, "`on_branch_error`", {"drain", "finish"}) == 1u;
}

StepKind read_do(Context& context, const Node& node, const Fields& step) {
  Within pivot(context.pivot_allowed, context.pivot_allowed && !step.has("compensate"));
  return core::Do{read_steps(context, node, "`do`")};
}

StepKind read_set(Context& context, const Node& node) {
  core::Set set;
  if (!node.is_map()) context.error("S02", node, "`set` must be a mapping", "write name: value");
  if (auto values = read_template(context, node, context.path())) set.values = std::move(*values);
  return set;
}

StepKind read_end(Context& context, const Node& node) {
  core::End end;
  if (context.concurrent) {
    context.error("S04", node, "`end` inside `parallel` or `foreach`", "end after the block");
  }
  if (node.is_scalar() && node.text.empty()) return end;
  const Fields fields(context, node, "`end`", {"status", "output"});
  if (const Node* n = fields.find("status")) {
    end.status = read_scalar_template(context, *n, "`status`", context.path());
  }
  if (const Node* n = fields.find("output"))
    end.output = read_template(context, *n, context.path());
  return end;
}

StepKind read_parallel(Context& context, const Node& node, const Fields& step) {
  core::Parallel parallel;
  parallel.finish = read_finish(context, step);
  if (!node.is_map() || node.members.size() < 2) {
    context.error("S02", node, "`parallel` must be a mapping of at least two branches");
    return parallel;
  }
  Within pivot(context.pivot_allowed, false);
  Within concurrent(context.concurrent, true);
  for (const auto& member : node.members) {
    parallel.branches.emplace_back(
        member.key, read_steps(context, member.value, "branch `" + member.key.substr(0, 80) + "`"));
  }
  return parallel;
}

void read_as(Context& context, const Node& node, core::Foreach& foreach) {
  foreach
    .as = read_identifier(context, node, "`as`").value_or("");
  bool taken = reserved_word(foreach.as);
  for (const auto& name : context.as_names) taken = taken || name == foreach.as;
  if (taken)
    context.error("S04", node, "name `" + foreach.as + "` is taken", "choose another name");
}

StepKind read_foreach(Context& context, const Node& node, const Fields& step) {
  core::Foreach foreach;
  foreach
    .finish = read_finish(context, step);
  const Fields fields(context, node, "`foreach`", {"in", "as", "max_parallel", "steps"});
  if (const Node* n = fields.require("in")) {
    foreach
      .in = read_condition(context, *n, "`in`", context.path());
  }
  if (const Node* n = fields.require("as")) read_as(context, *n, foreach);
  if (const Node* n = fields.find("max_parallel")) {
    const auto most = read_integer(context, *n, "`max_parallel`", 1, kMostParallel);
    foreach
      .max_parallel = static_cast<std::uint32_t>(most.value_or(1));
  }
  Within pivot(context.pivot_allowed, false);
  Within concurrent(context.concurrent, true);
  auto names = context.as_names;
  if (!foreach.as.empty()) names.push_back(foreach.as);
  Within inside(context.as_names, std::move(names));
  if (const Node* n = fields.require("steps"))
    foreach
      .steps = read_steps(context, *n, "`steps`");
  return foreach;
}

StepKind read_switch(Context& context, const Node& node) {
  core::Switch choice;
  if (!node.is_list() || node.items.empty()) {
    context.error("S02", node, "`switch` must be a list of cases", "write - when: … and steps: …");
    return choice;
  }
  Within pivot(context.pivot_allowed, false);
  for (const auto& item : node.items) {
    core::SwitchCase one;
    const Fields fields(context, item, "a case of `switch`", {"when", "steps"});
    if (const Node* n = fields.find("when")) {
      one.when = read_condition(context, *n, "`when`", context.path());
    }
    if (const Node* n = fields.require("steps")) one.steps = read_steps(context, *n, "`steps`");
    choice.cases.push_back(std::move(one));
  }
  return choice;
}

StepKind read_repeat(Context& context, const Node& node) {
  core::Repeat repeat;
  const Fields fields(context, node, "`repeat`", {"max", "until", "delay", "steps"});
  if (const Node* n = fields.require("max")) {
    const auto most = read_integer(context, *n, "`max`", 1, kMostTurns);
    repeat.max = static_cast<std::uint32_t>(most.value_or(1));
  }
  if (const Node* n = fields.require("until")) {
    repeat.until = read_condition(context, *n, "`until`", context.path());
  }
  if (const Node* n = fields.find("delay")) {
    repeat.delay = read_duration(context, *n, "`delay`", context.path());
  }
  Within pivot(context.pivot_allowed, false);
  if (const Node* n = fields.require("steps")) repeat.steps = read_steps(context, *n, "`steps`");
  return repeat;
}

StepKind read_child(Context& context, const Node& node) {
  core::ChildSaga child;
  const Fields fields(context, node, "`saga`", {"workflow", "version", "id", "input"});
  if (const Node* n = fields.require("workflow")) {
    child.workflow = read_name(context, *n, "`workflow`").value_or("");
  }
  if (const Node* n = fields.require("version")) {
    const auto version = read_integer(context, *n, "`version`", 1, kMostVersions);
    child.version = static_cast<std::uint32_t>(version.value_or(1));
  }
  if (const Node* n = fields.find("id")) {
    child.id = read_scalar_template(context, *n, "`id`", context.path());
  }
  if (const Node* n = fields.find("input")) {
    if (auto input = read_template(context, *n, context.path())) child.input = std::move(*input);
  }
  return child;
}

}  // namespace

StepKind read_kind(Context& context, const std::string& kind, const Node& node,
                   const Fields& step) {
  if (kind == "call") return read_call(context, node, step);
  if (kind == "wait") return read_wait(context, node, WaitPlace::step);
  if (kind == "parallel") return read_parallel(context, node, step);
  if (kind == "foreach") return read_foreach(context, node, step);
  if (kind == "switch") return read_switch(context, node);
  if (kind == "repeat") return read_repeat(context, node);
  if (kind == "saga") return read_child(context, node);
  if (kind == "do") return read_do(context, node, step);
  if (kind == "set") return read_set(context, node);
  if (kind == "fail") return core::Fail{read_failure(context, node, context.path())};
  return read_end(context, node);
}

}  // namespace sagaloom::workflow
