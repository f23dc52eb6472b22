#include "runtime/core/definition.h"

namespace sagaloom::core {

std::vector<const StepList*> lists_inside(const Step& step) {
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
  for (const auto& handler : step.on_error) {
    if (!handler.steps.empty()) lists.push_back(&handler.steps);
  }
  return lists;
}

void Definition::index() {
  places_.clear();
  index_list(steps, nullptr);
}

void Definition::index_list(const StepList& list, const Step* parent) {
  for (const Step& step : list) {
    places_.emplace(step.id, Place{&step, parent, &list});
    for (const StepList* inner : lists_inside(step)) index_list(*inner, &step);
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

}  // namespace sagaloom::core
