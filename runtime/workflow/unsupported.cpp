// What the language says and this runtime does not drive yet: one table, an entry is removed when
// the runtime learns it.
#include <unordered_map>

#include "runtime/workflow/load.h"
#include "runtime/workflow/source.h"

namespace sagaloom::workflow {
namespace {

using core::Step;

struct StepGap {
  const char* key;
  bool (*used)(const Step&);
};

const StepGap kStepGaps[] = {
    {"heartbeat", [](const Step& s) { return s.timeout.heartbeat.has_value(); }},
};

using Places = std::unordered_map<std::string, const Node*>;

void find_steps(const Node& node, Places& places) {
  for (const auto& item : node.items) {
    if (const Node* id = item.find("id"); id && id->is_scalar()) places.emplace(id->text, &item);
    find_steps(item, places);
  }
  for (const auto& member : node.members) find_steps(member.value, places);
}

std::size_t offset_of(const Node* map, const char* key) {
  const Member* member = map ? map->member(key) : nullptr;
  return member ? member->offset : map ? map->offset : 0;
}

void refuse(Report& report, const Node* map, const char* key, const std::string& where) {
  report.error("S06", offset_of(map, key),
               "`" + std::string(key) + "`" + where +
                   " is part of the language, but this version of "
                   "the runtime does not run it yet",
               "leave it out, or wait for a later version");
}

void check_steps(const core::StepList& steps, const Places& places, Report& report) {
  for (const auto& step : steps) {
    const auto place = places.find(step.id);
    const Node* map = place == places.end() ? nullptr : place->second;
    for (const auto& gap : kStepGaps) {
      if (gap.used(step)) refuse(report, map, gap.key, " of step `" + step.id + "`");
    }
    for (const auto* inner : core::lists_inside(step)) check_steps(*inner, places, report);
  }
}

}  // namespace

std::vector<Diagnostic> unsupported(const core::Definition& definition, const std::string& file) {
  const Source source(file, definition.text);
  Report ignored(source);
  const auto tree = parse_source(source, ignored);
  Report report(source);
  Places places;
  if (const Node* steps = tree ? tree->find("steps") : nullptr) find_steps(*steps, places);
  check_steps(definition.steps, places, report);
  return report.take();
}

}  // namespace sagaloom::workflow
