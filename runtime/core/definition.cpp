#include "runtime/core/definition.h"

namespace sagaloom::core {

std::vector<const StepList*> body_lists(const Step& step) {
  std::vector<const StepList*> lists;
  if (const auto* block = step.as<Do>()) lists.push_back(&block->steps);
  if (const auto* block = step.as<Foreach>()) lists.push_back(&block->steps);
  if (const auto* block = step.as<Repeat>()) lists.push_back(&block->steps);
  if (const auto* block = step.as<Parallel>()) {
    for (const auto& [name, branch] : block->branches) lists.push_back(&branch);
  }
  if (const auto* block = step.as<Switch>()) {
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

Definition::Place Definition::place_of(std::string_view id) const {
  const auto it = places_.find(id);
  return it == places_.end() ? Place{} : it->second;
}

}  // namespace sagaloom::core
