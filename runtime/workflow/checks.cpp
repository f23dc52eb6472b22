#include "runtime/workflow/checks.h"

#include <algorithm>

namespace sagaloom::workflow {

using core::Step;
using core::UndoKind;

Checked::Checked(Context& c, const Node& node) : context(c), root(node), definition(c.definition) {
  each_step([this](const Step& step, const Trail& trail) {
    if (!step.pivot) return;
    pivot = &step;
    around_pivot_.clear();
    for (const Enclosing& around : trail) around_pivot_.push_back(around.block);
  });
}

bool Checked::holds_pivot(const Step& step) const {
  return std::find(around_pivot_.begin(), around_pivot_.end(), &step) != around_pivot_.end();
}

void Checked::each_step(const Visit& visit) const {
  Trail trail;
  walk(definition.steps, trail, visit);
}

void Checked::walk(const core::StepList& list, Trail& trail, const Visit& visit) const {
  for (const Step& step : list) {
    if (context.report.full()) return;
    visit(step, trail);
    for (const auto* inner : core::lists_inside(step)) {
      const auto handler = std::find_if(step.on_error.begin(), step.on_error.end(),
                                        [&](const auto& h) { return &h.steps == inner; });
      trail.push_back({&step, handler == step.on_error.end() ? nullptr : &*handler, inner});
      walk(*inner, trail, visit);
      trail.pop_back();
    }
  }
}

const StepPlace& Checked::place(const Step& step) const {
  static const StepPlace unknown;
  const auto it = context.places.find(step.id);
  return it == context.places.end() ? unknown : it->second;
}

bool Checked::before_pivot(const Step& step) const {
  return !step.pivot && !place(step).after_pivot;
}

std::size_t Checked::at(const Step& step, const char* key) const {
  const Node* node = place(step).node;
  if (!node) return root.offset;
  const Member* member = node->member(key);
  return member ? member->offset : node->offset;
}

void Checked::error(const char* code, const Step& step, const char* key, std::string message,
                    std::string fix, std::string example) const {
  context.report.error(code, at(step, key), std::move(message), std::move(fix), std::move(example));
}

void Checked::warning(const char* code, const Step& step, const char* key, std::string message,
                      std::string fix, std::string example) const {
  context.report.warning(code, at(step, key), std::move(message), std::move(fix),
                         std::move(example));
}

bool has_effect(const Step& step) {
  const auto* call = step.call();
  return call && call->operation && call->effect != core::Effect::none;
}

std::string undone_after(const Checked& checked, const Step& step) {
  std::string cause = ", then the saga is cancelled";
  bool behind = false, found = false;
  checked.each_step([&](const Step& other, const Trail&) {
    if (&other == &step) behind = true;
    if (&other == &step || !behind || found) return;
    const bool refuses = other.call() && checked.before_pivot(other);
    if (!refuses && !std::holds_alternative<core::Fail>(other.kind) && !other.pivot) return;
    found = true;
    cause = std::holds_alternative<core::Fail>(other.kind) ? ", then `" + other.id + "` fails"
                                                           : ", then `" + other.id + "` is refused";
  });
  return "`" + step.id + "` succeeds" + cause;
}

std::string lost(const Step& step) {
  return "the answer of `" + step.id + "` is lost";
}

bool has_undo(const Step& step) {
  return step.compensate.kind == UndoKind::steps;
}

bool holds_undo(const Step& step) {
  if (has_undo(step)) return true;
  const auto lists = core::lists_inside(step);
  return std::any_of(lists.begin(), lists.end(), [](const auto* list) {
    return std::any_of(list->begin(), list->end(), holds_undo);
  });
}

bool covers(const std::string& pattern, const std::string& code) {
  if (pattern == "*" || pattern == code) return true;
  const bool starred = pattern.size() > 2 && pattern.compare(pattern.size() - 2, 2, ".*") == 0;
  return starred && code.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
}

namespace {

bool takes(const core::ErrorHandler& handler, const std::string& code) {
  if (handler.when) return false;
  if (handler.codes.empty()) return true;
  return std::any_of(handler.codes.begin(), handler.codes.end(), [&](const auto& pattern) {
    return code.empty() ? pattern == "*" : covers(pattern, code);
  });
}

bool takes(const Step& step, const std::string& code) {
  return std::any_of(step.on_error.begin(), step.on_error.end(),
                     [&](const auto& handler) { return takes(handler, code); });
}

}  // namespace

bool handled(const Step& step, const Trail& trail, const std::string& code) {
  if (takes(step, code)) return true;
  return std::any_of(trail.begin(), trail.end(), [&](const Enclosing& around) {
    return !around.handler && takes(*around.block, code);
  });
}

void check_definition(Context& context, const Node& root) {
  if (!root.is_map()) return;
  const Checked checked(context, root);
  check_undos(checked);
  check_pivot(checked);
  check_times(checked);
  check_flow(checked);
  check_events(checked);
  check_use(checked);
  check_children(checked);
  check_versions(checked);
  check_types(checked);
}

}  // namespace sagaloom::workflow
