#include "runtime/schema/references.h"

namespace sagaloom::schema {
namespace {

enum class Mark { open, done };

// Whether walking from a node over schemas that see the same value comes back to an open one.
bool goes_in_circles(const Schema::Node* start,
                     std::unordered_map<const Schema::Node*, Mark>& marks) {
  std::vector<std::pair<const Schema::Node*, bool>> stack = {{start, false}};
  while (!stack.empty()) {
    const auto [node, leaving] = stack.back();
    stack.pop_back();
    if (leaving) {
      marks[node] = Mark::done;
      continue;
    }
    const auto [mark, fresh] = marks.try_emplace(node, Mark::open);
    if (!fresh && mark->second == Mark::open) return true;
    if (!fresh) continue;
    stack.push_back({node, true});
    for (const auto* next : node->in_place()) stack.push_back({next, false});
  }
  return false;
}

}  // namespace

std::vector<const Schema::Node*> Schema::Node::in_place() const {
  std::vector<const Node*> nodes;
  const auto add = [&](const Node* node) {
    if (node != nullptr) nodes.push_back(node);
  };
  add(reference);
  for (const auto* group : {&all_of, &any_of, &one_of}) {
    for (const auto& node : *group) add(node.get());
  }
  for (const auto* node : {&none_of, &condition, &then, &otherwise}) add(node->get());
  if (map) {
    for (const auto& dependent : map->dependent_schemas) add(dependent.node.get());
  }
  return nodes;
}

std::optional<expression::Error> resolve(const std::vector<Reference>& references,
                                         const Places& places) {
  const auto error = [](std::string message, const std::string& pointer) {
    return expression::Error{"schema.invalid", std::move(message), pointer};
  };
  for (const auto& [node, target, pointer] : references) {
    const auto found = places.find(target);
    if (found == places.end()) return error("there is no schema at `#" + target + "`", pointer);
    node->reference = found->second;
  }
  std::unordered_map<const Schema::Node*, Mark> marks;
  for (const auto& [node, target, pointer] : references) {
    if (goes_in_circles(node, marks)) {
      return error("this reference leads back to itself without end", pointer);
    }
  }
  return std::nullopt;
}

}  // namespace sagaloom::schema
