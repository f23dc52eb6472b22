#include "runtime/core/tree.h"

#include <charconv>

namespace sagaloom::core {

namespace {

bool numbered(const Step& step) {
  return step.as<Foreach>() || step.as<Repeat>();
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
  return step.as<Do>() || step.as<Switch>() || step.as<Parallel>() || numbered(step);
}

bool is_concurrent(const Step& step) {
  return step.as<Parallel>() || step.as<Foreach>();
}

std::string operation_of(const ChildSaga& child) {
  return "saga:" + child.workflow + "@" + std::to_string(child.version);
}

std::vector<Run> runs(const Step& block, const Path& path, const StepRecord& record) {
  std::vector<Run> out;
  const std::uint32_t first = block.as<Foreach>() ? 0 : 1;  // items count from 0, turns from 1
  const std::vector<const StepList*> lists = body_lists(block);
  for (std::uint32_t i = 0; numbered(block) && i < record.turn; ++i) {
    out.push_back({lists.front(), body_prefix(block, path, first + i)});
  }
  for (std::uint32_t i = 0; !numbered(block) && i < lists.size(); ++i) {
    const bool chosen = !block.as<Switch>() || i + 1 == record.turn;
    if (chosen) out.push_back({lists[i], prefix_of(path)});
  }
  return out;
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
    const bool turns = block->as<Repeat>();
    if (turns && one.number > 1) {
      prefixes.push_back(body_prefix(*block, one.path, one.number - 1));
    }
    prefixes.push_back(body_prefix(*block, one.path, one.number));
  }
  return prefixes;
}

}  // namespace sagaloom::core
