#include "runtime/expression/paths.h"

#include <algorithm>

#include "runtime/expression/node.h"

namespace sagaloom::expression {
namespace {

using Kind = Node::Kind;

bool is_step(const Node& node) {
  return node.kind == Kind::member || node.kind == Kind::has || node.kind == Kind::index;
}

// The member that a node adds to the path of its operand; nullptr: not known from the text.
const std::string* member_name(const Node& node) {
  if (node.kind != Kind::index) return &node.name;
  const Node& key = node.children[1];
  const bool named = key.kind == Kind::literal && key.literal.is_string();
  return named ? &key.literal.string() : nullptr;
}

// Reads a row of members down to its root; false: it begins elsewhere.
bool read_path(const Node& node, UsedPath& path) {
  if (node.kind == Kind::root) {
    path.root = node.name;
    path.offset = node.offset;
    return true;
  }
  if (!is_step(node) || !read_path(node.children[0], path)) return false;
  path.guarded = path.guarded || node.optional || node.kind == Kind::has;
  return true;
}

// Adds the names behind the root; false once one of them is not known.
bool add_members(const Node& node, UsedPath& path) {
  if (node.kind == Kind::root) return true;
  if (!add_members(node.children[0], path)) return false;
  const std::string* name = member_name(node);
  if (name != nullptr) path.members.push_back(*name);
  return name != nullptr;
}

// Dynamic keys inside a path are expressions of their own.
void collect(const Node& node, std::vector<UsedPath>& paths) {
  UsedPath path;
  if (!read_path(node, path)) {
    for (const auto& child : node.children) collect(child, paths);
    return;
  }
  add_members(node, path);
  paths.push_back(std::move(path));
  for (const Node* at = &node; is_step(*at); at = &at->children[0]) {
    if (at->kind == Kind::index) collect(at->children[1], paths);
  }
}

}  // namespace

std::vector<UsedPath> used_paths(const Program& program) {
  std::vector<UsedPath> paths;
  collect(program.root(), paths);
  std::stable_sort(paths.begin(), paths.end(),
                   [](const UsedPath& a, const UsedPath& b) { return a.offset < b.offset; });
  UsedPath whole;
  if (paths.size() == 1) paths[0].whole_text = read_path(program.root(), whole);
  return paths;
}

}  // namespace sagaloom::expression
