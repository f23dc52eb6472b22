#include "runtime/core/tree.h"

#include <charconv>

namespace sagaloom::core {

namespace {

bool numbered(const Step& step) {
  return std::holds_alternative<Foreach>(step.kind) || std::holds_alternative<Repeat>(step.kind);
}

}  // namespace

std::string prefix_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string{} : std::string(path.substr(0, slash + 1));
}

Path parent_path(const Definition& definition, std::string_view path) {
  const std::string_view id = step_id(path);
  const Step* parent = definition.parent(id);
  if (!parent) return {};
  const std::string prefix = prefix_of(path);
  if (numbered(*parent) && !definition.handler_of(id)) return prefix.substr(0, prefix.rfind('['));
  return prefix + parent->id;
}

bool lies_inside(const Definition& definition, std::string_view inner, std::string_view outer) {
  if (outer.empty()) return true;
  Path path = parent_path(definition, inner);
  while (!path.empty() && path != outer) path = parent_path(definition, path);
  return !path.empty();
}

std::string body_prefix(const Step& block, const Path& path, std::uint32_t number) {
  if (!numbered(block)) return prefix_of(path);
  return path + "[" + std::to_string(number) + "]/";
}

bool is_block(const Step& step) {
  return std::holds_alternative<Do>(step.kind) || std::holds_alternative<Switch>(step.kind) ||
         std::holds_alternative<Parallel>(step.kind) || numbered(step);
}

std::vector<Around> around(std::string_view prefix) {
  std::vector<Around> blocks;
  for (std::size_t open = prefix.find('['); open != std::string_view::npos;
       open = prefix.find('[', open + 1)) {
    Around& one = blocks.emplace_back();
    one.path = prefix.substr(0, open);
    std::from_chars(prefix.data() + open + 1, prefix.data() + prefix.size(), one.number);
  }
  return blocks;
}

std::vector<std::string> visible_prefixes(const Definition& definition, std::string_view prefix) {
  std::vector<std::string> prefixes{""};
  for (const Around& one : around(prefix)) {
    const Step* block = definition.find(step_id(one.path));
    if (!block) continue;
    const bool turns = std::holds_alternative<Repeat>(block->kind);
    if (turns && one.number > 1) {
      prefixes.push_back(body_prefix(*block, one.path, one.number - 1));
    }
    prefixes.push_back(body_prefix(*block, one.path, one.number));
  }
  return prefixes;
}

}  // namespace sagaloom::core
