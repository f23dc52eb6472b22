#include "runtime/workflow/explore/report.h"

#include <algorithm>

#include "runtime/workflow/explore/scenario.h"

namespace sagaloom::explore {
namespace {

std::size_t index_of(std::vector<End>& ends, const End& end) {
  const auto it = std::find(ends.begin(), ends.end(), end);
  if (it != ends.end()) return static_cast<std::size_t>(it - ends.begin());
  ends.push_back(end);
  return ends.size() - 1;
}

void add_new(std::vector<std::size_t>& to, std::size_t index) {
  if (std::find(to.begin(), to.end(), index) == to.end()) to.push_back(index);
}

void merge_row(Exploration& all, const Exploration& more, const Row& row) {
  const auto same = [&](const Row& each) {
    return each.step == row.step && each.purpose == row.purpose && each.fault == row.fault &&
           each.code == row.code;
  };
  auto it = std::find_if(all.rows.begin(), all.rows.end(), same);
  if (it == all.rows.end()) {
    Row empty = row;
    empty.ends.clear();
    empty.further.clear();
    it = all.rows.insert(all.rows.end(), std::move(empty));
  }
  for (const auto end : row.ends) add_new(it->ends, index_of(all.ends, more.ends[end]));
  for (const auto end : row.further) add_new(it->further, index_of(all.ends, more.ends[end]));
}

// Ends in their order, and what a row has alone is not told again.
void settle(Exploration& all, const core::Definition& definition) {
  std::vector<End> sorted = all.ends;
  std::sort(sorted.begin(), sorted.end());
  const auto place = [&](std::size_t old) {
    return static_cast<std::size_t>(std::find(sorted.begin(), sorted.end(), all.ends[old]) -
                                    sorted.begin());
  };
  for (Row& row : all.rows) {
    for (auto* list : {&row.ends, &row.further}) {
      for (auto& end : *list) end = place(end);
      std::sort(list->begin(), list->end());
    }
    std::erase_if(row.further, [&](std::size_t end) {
      return std::find(row.ends.begin(), row.ends.end(), end) != row.ends.end();
    });
  }
  all.ends = std::move(sorted);
  sort_rows(definition, all.rows);
}

void list_steps(const core::StepList& list, std::vector<std::string>& ids) {
  for (const auto& step : list) {
    ids.push_back(step.id);
    for (const auto* inner : core::lists_inside(step)) list_steps(*inner, ids);
  }
}

}  // namespace

void merge(Exploration& all, const Exploration& more) {
  for (const Row& row : more.rows) merge_row(all, more, row);
  for (const Story& story : more.violations) {
    const bool known =
        std::any_of(all.violations.begin(), all.violations.end(), [&](const Story& each) {
          return each.violation.kind == story.violation.kind &&
                 each.violation.step == story.violation.step;
        });
    if (!known) all.violations.push_back(story);
  }
  all.reached.insert(more.reached.begin(), more.reached.end());
  all.worlds += more.worlds;
  all.taken += more.taken;
  all.cut = all.cut || more.cut;
}

core::Result<Report> make_report(const core::Definition& definition, const Request& request) {
  Report report;
  report.workflow = definition.name;
  report.version = definition.version;
  report.faults = request.faults;
  auto first = first_scenario(definition, request.input);
  if (!first.ok()) return first.error();
  for (const Scenario& scenario : scenarios(definition, *first, !request.input)) {
    const auto found = explore(Model{definition, scenario}, {request.faults, request.max_worlds});
    if (!found.ok()) return found.error();
    report.scenarios.push_back(scenario.title);
    merge(report.found, *found);
  }
  settle(report.found, definition);
  report.assumptions = assumptions(definition, request.tested);
  for (const Row& row : report.found.rows) {
    report.rests_on.push_back(needed_by(definition, row, report.assumptions));
  }
  std::vector<std::string> ids;
  list_steps(definition.steps, ids);
  for (auto& id : ids) {
    if (!report.found.reached.contains(id + " started")) report.not_reached.push_back(id);
  }
  return report;
}

}  // namespace sagaloom::explore
