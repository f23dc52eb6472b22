// The three forms of a report.
#include <algorithm>

#include "runtime/workflow/explore/report.h"

namespace sagaloom::explore {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string numbers(const std::vector<std::size_t>& indexes, std::string_view before) {
  std::string text;
  for (const auto index : indexes) {
    if (!text.empty()) text += ", ";
    text += std::string(before) + std::to_string(index + 1);
  }
  return text;
}

std::string plural(std::uint64_t count, std::string_view word) {
  return std::to_string(count) + " " + std::string(word) + (count == 1 ? "" : "s");
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string subject(const Row& row) {
  return row.step.empty() ? "the saga" : row.step;
}

std::string proof_text(const Assumption& assumption) {
  switch (assumption.proof) {
    case Proof::proven:
      return "proven by " + assumption.report;
    case Proof::broken:
      return "BROKEN according to " + assumption.report;
    case Proof::assumed:
      break;
  }
  return "assumed";
}

// What the tables cannot say.
std::string limits_text(const Report& report) {
  std::string text;
  if (!report.not_reached.empty()) {
    text += "Not reached with these data: " + joined(report.not_reached, ", ") +
            ". Give an input that leads there with --input FILE.\n";
  }
  if (report.found.cut) {
    text +=
        "Cut off: the number of worlds reached its limit; schedules with more faults than were "
        "visited are missing.\n";
  }
  return text;
}

std::string story_text(const Story& story, std::size_t number) {
  std::string text = "Violation " + std::to_string(number) + ": " +
                     std::string(name(story.violation.kind)) +
                     (story.violation.step.empty() ? "" : " of " + story.violation.step) +
                     ", with " + plural(story.faults, "fault") + "\n";
  for (std::size_t i = 0; i < story.sentences.size(); ++i) {
    text += "  " + std::to_string(i + 1) + ". " + story.sentences[i] + "\n";
  }
  return text;
}

std::string end_text(const End& end) {
  std::string text = end.state;
  if (!end.outstanding.empty()) text += ": " + joined(end.outstanding, "; ");
  if (!end.verbs.empty()) text += " [" + joined(end.verbs, ", ") + "]";
  return text;
}

std::string row_text(const Report& report, std::size_t at, std::size_t width) {
  const Row& row = report.found.rows[at];
  std::string text =
      "  " + padded(title(row.fault, row.purpose, row.code), width) + "  " + numbers(row.ends, "E");
  if (!row.further.empty()) text += "; with more faults " + numbers(row.further, "E");
  if (!report.rests_on[at].empty()) text += "; rests on " + numbers(report.rests_on[at], "A");
  return text + "\n";
}

std::string rows_text(const Report& report) {
  std::size_t width = 0;
  for (const Row& row : report.found.rows) {
    width = std::max(width, title(row.fault, row.purpose, row.code).size());
  }
  std::string text, before;
  for (std::size_t i = 0; i < report.found.rows.size(); ++i) {
    const std::string of = subject(report.found.rows[i]);
    if (of != before) text += of + "\n";
    before = of;
    text += row_text(report, i, width);
  }
  return text;
}

std::string headline(const Report& report) {
  return report.workflow + " version " + std::to_string(report.version) +
         ": every schedule with at most " + plural(report.faults, "fault");
}

}  // namespace

std::string summary(const Report& report) {
  return report.workflow + " version " + std::to_string(report.version) + ": " +
         plural(report.found.violations.size(), "violation") + ", " +
         plural(report.found.worlds, "world") + " with at most " + plural(report.faults, "fault") +
         (report.found.cut ? ", cut off" : "") + "\n";
}

std::string as_text(const Report& report) {
  std::string text = headline(report) + "\nData: " + joined(report.scenarios, "; ") + "\n\n";
  text += rows_text(report);
  text += "\nEnds [what an operator may do]\n";
  for (std::size_t i = 0; i < report.found.ends.size(); ++i) {
    text +=
        "  " + padded("E" + std::to_string(i + 1), 4) + " " + end_text(report.found.ends[i]) + "\n";
  }
  text += "\nAssumptions\n";
  for (std::size_t i = 0; i < report.assumptions.size(); ++i) {
    text += "  " + padded("A" + std::to_string(i + 1), 4) + " " +
            explore::text(report.assumptions[i]) + " (" + proof_text(report.assumptions[i]) + ")\n";
  }
  text += "\n" + limits_text(report);
  for (std::size_t i = 0; i < report.found.violations.size(); ++i) {
    text += story_text(report.found.violations[i], i + 1) + "\n";
  }
  return text + summary(report);
}

namespace {

std::string cell(std::string text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped.empty() ? "-" : escaped;
}

std::string markdown_row(const Report& report, std::size_t at) {
  const Row& row = report.found.rows[at];
  std::vector<std::string> states, outstanding, verbs, further;
  for (const auto index : row.ends) {
    const End& end = report.found.ends[index];
    states.push_back(end.state);
    outstanding.push_back(end.outstanding.empty() ? "nothing" : joined(end.outstanding, "; "));
    verbs.push_back(end.verbs.empty() ? "-" : joined(end.verbs, ", "));
  }
  return "| " + cell(subject(row)) + " | " + cell(title(row.fault, row.purpose, row.code)) + " | " +
         cell(joined(states, "<br>")) + " | " + cell(joined(outstanding, "<br>")) + " | " +
         cell(joined(verbs, "<br>")) + " | " + cell(numbers(row.further, "E")) + " | " +
         cell(numbers(report.rests_on[at], "A")) + " |\n";
}

}  // namespace

std::string as_markdown(const Report& report) {
  std::string text = "# Guarantees of " + report.workflow + " version " +
                     std::to_string(report.version) + "\n\nEvery schedule with at most " +
                     plural(report.faults, "fault") + ". Data: " + joined(report.scenarios, "; ") +
                     ".\n\n| step | fault | end | outstanding | an operator may | with more faults "
                     "| rests on |\n|---|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < report.found.rows.size(); ++i) text += markdown_row(report, i);
  text += "\n## Ends\n\n| | end | outstanding | an operator may |\n|---|---|---|---|\n";
  for (std::size_t i = 0; i < report.found.ends.size(); ++i) {
    const End& end = report.found.ends[i];
    text += "| E" + std::to_string(i + 1) + " | " + end.state + " | " +
            cell(joined(end.outstanding, "; ")) + " | " + cell(joined(end.verbs, ", ")) + " |\n";
  }
  text += "\n## Assumptions\n\n| | promise | proof |\n|---|---|---|\n";
  for (std::size_t i = 0; i < report.assumptions.size(); ++i) {
    text += "| A" + std::to_string(i + 1) + " | " + cell(explore::text(report.assumptions[i])) +
            " | " + cell(proof_text(report.assumptions[i])) + " |\n";
  }
  text += "\n## Violations\n\n";
  if (report.found.violations.empty()) text += "None.\n\n";
  for (std::size_t i = 0; i < report.found.violations.size(); ++i) {
    text += story_text(report.found.violations[i], i + 1) + "\n";
  }
  const std::string limits = limits_text(report);
  return text + limits + (limits.empty() ? "" : "\n") + summary(report);
}

}  // namespace sagaloom::explore
