// The report for programs.
#include "runtime/workflow/explore/report.h"

namespace sagaloom::explore {
namespace {

template <typename Items, typename Each>
Value list_of(const Items& items, Each each) {
  expression::List list;
  for (const auto& item : items) list.push_back(each(item));
  return Value(std::move(list));
}

Value texts(const std::vector<std::string>& items) {
  return list_of(items, [](const std::string& item) { return Value(item); });
}

Value number(std::uint64_t count) {
  return Value(static_cast<std::int64_t>(count));
}

Value of_end(const End& end) {
  return Value::object(
      {{"state", end.state}, {"outstanding", texts(end.outstanding)}, {"verbs", texts(end.verbs)}});
}

std::string_view purpose_name(core::Purpose purpose) {
  if (purpose == core::Purpose::undo) return "undo";
  return purpose == core::Purpose::question ? "question" : "forward";
}

Value of_row(const Report& report, std::size_t at) {
  const Row& row = report.found.rows[at];
  const auto end = [&](std::size_t index) { return of_end(report.found.ends[index]); };
  Value value = Value::object({{"step", row.step},
                               {"of", purpose_name(row.purpose)},
                               {"fault", name(row.fault)},
                               {"title", title(row.fault, row.purpose, row.code)},
                               {"ends", list_of(row.ends, end)},
                               {"with_more_faults", list_of(row.further, end)},
                               {"rests_on", list_of(report.rests_on[at], [](std::size_t index) {
                                  return number(index);
                                })}});
  return row.code.empty() ? value : value.with("code", Value(row.code));
}

Value of_assumption(const Assumption& assumption) {
  Value value = Value::object({{"operation", assumption.operation},
                               {"fact", name(assumption.fact)},
                               {"text", text(assumption)},
                               {"proof", name(assumption.proof)}});
  return assumption.report.empty() ? value : value.with("report", Value(assumption.report));
}

Value of_story(const Story& story) {
  return Value::object({{"kind", name(story.violation.kind)},
                        {"step", story.violation.step},
                        {"text", story.violation.text},
                        {"faults", number(story.faults)},
                        {"story", texts(story.sentences)}});
}

}  // namespace

Value as_value(const Report& report) {
  expression::List rows;
  for (std::size_t i = 0; i < report.found.rows.size(); ++i) rows.push_back(of_row(report, i));
  return Value::object({{"workflow", report.workflow},
                        {"version", number(report.version)},
                        {"faults", number(report.faults)},
                        {"data", texts(report.scenarios)},
                        {"guarantees", Value(std::move(rows))},
                        {"assumptions", list_of(report.assumptions, of_assumption)},
                        {"violations", list_of(report.found.violations, of_story)},
                        {"not_reached", texts(report.not_reached)},
                        {"worlds", number(report.found.worlds)},
                        {"cut", report.found.cut}});
}

}  // namespace sagaloom::explore
