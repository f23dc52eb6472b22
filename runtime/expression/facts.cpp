#include "runtime/expression/facts.h"

#include "runtime/expression/functions.h"

namespace sagaloom::expression {
namespace {

// A path that is there, and all it goes through, which then are maps.
void add_path(Facts& facts, const Node& node) {
  const auto path = path_of(node);
  if (!path) return;
  facts.insert(*path);
  for (auto point = path->rfind('.'); point != std::string::npos && point > 0;
       point = path->rfind('.', point - 1)) {
    facts.insert(path->substr(0, point));
    facts.insert(path->substr(0, point) + "!");
  }
}

bool is_null(const Node& node) {
  return node.kind == Node::Kind::literal && node.literal.is_null();
}

// `path != null` that holds, `path == null` that does not.
void add_not_null(Facts& facts, const Node& node, bool outcome) {
  const bool differs = node.operation == Operator::not_equal;
  if (!differs && node.operation != Operator::equal) return;
  if (differs != outcome) return;
  const bool left_null = is_null(node.children[0]);
  if (left_null == is_null(node.children[1])) return;
  const Node& other = node.children[left_null ? 1 : 0];
  add_path(facts, other);
  if (const auto path = path_of(other)) facts.insert(*path + "!");
}

void collect(Facts& facts, const Node& node, bool outcome) {
  switch (node.kind) {
    case Node::Kind::has:
      if (outcome) add_path(facts, node);
      return;
    case Node::Kind::all_of:
    case Node::Kind::any_of:
      if (outcome != (node.kind == Node::Kind::all_of)) return;
      for (const auto& operand : node.children) collect(facts, operand, outcome);
      return;
    case Node::Kind::logical_not:
      collect(facts, node.children[0], !outcome);
      return;
    case Node::Kind::call:
      if (outcome && node.function->name == "hasValue") add_path(facts, node.children[0]);
      return;
    case Node::Kind::binary:
      add_not_null(facts, node, outcome);
      return;
    default:
      return;
  }
}

}  // namespace

std::optional<std::string> path_of(const Node& node) {
  if (node.kind == Node::Kind::root) return node.name;
  // A variable's name may hide a root's, so it stands apart.
  if (node.kind == Node::Kind::variable) return "#" + std::to_string(node.slot);
  if (node.kind != Node::Kind::member && node.kind != Node::Kind::has) return std::nullopt;
  auto path = path_of(node.children[0]);
  if (path) *path += "." + node.name;
  return path;
}

Facts facts_of(const Node& condition, bool outcome) {
  Facts facts;
  collect(facts, condition, outcome);
  return facts;
}

}  // namespace sagaloom::expression
