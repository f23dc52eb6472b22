#include "runtime/core/definition.h"

namespace sagaloom::core {

std::vector<const StepList*> body_lists(const Step& step) {
  std::vector<const StepList*> lists;
  if (const auto* block = std::get_if<Do>(&step.kind)) lists.push_back(&block->steps);
  if (const auto* block = std::get_if<Foreach>(&step.kind)) lists.push_back(&block->steps);
  if (const auto* block = std::get_if<Repeat>(&step.kind)) lists.push_back(&block->steps);
  if (const auto* block = std::get_if<Parallel>(&step.kind)) {
    for (const auto& [name, branch] : block->branches) lists.push_back(&branch);
  }
  if (const auto* block = std::get_if<Switch>(&step.kind)) {
    for (const auto& one : block->cases) lists.push_back(&one.steps);
  }
  return lists;
}

std::vector<const StepList*> lists_inside(const Step& step) {
  std::vector<const StepList*> lists = body_lists(step);
  for (const auto& handler : step.on_error) {
    if (!handler.steps.empty()) lists.push_back(&handler.steps);
  }
  return lists;
}

void Definition::index() {
  places_.clear();
  step_ids_.clear();
  index_list(steps, nullptr, nullptr);
}

void Definition::index_list(const StepList& list, const Step* parent, const ErrorHandler* handler) {
  for (const Step& step : list) {
    places_.emplace(step.id, Place{&step, parent, &list, handler});
    step_ids_.push_back(step.id);
    for (const StepList* inner : body_lists(step)) index_list(*inner, &step, nullptr);
    for (const auto& one : step.on_error) index_list(one.steps, &step, &one);
  }
}

const Step* Definition::find(std::string_view id) const {
  const auto it = places_.find(id);
  return it == places_.end() ? nullptr : it->second.step;
}

const Step* Definition::parent(std::string_view id) const {
  const auto it = places_.find(id);
  return it == places_.end() ? nullptr : it->second.parent;
}

const StepList* Definition::list_of(std::string_view id) const {
  const auto it = places_.find(id);
  return it == places_.end() ? nullptr : it->second.list;
}

const ErrorHandler* Definition::handler_of(std::string_view id) const {
  const auto it = places_.find(id);
  return it == places_.end() ? nullptr : it->second.handler;
}

}  // namespace sagaloom::core
