// What any release decided stays readable, gives the same state, and, while the rules have the same
// number, is decided again in the same way.
#include <filesystem>
#include <gtest/gtest.h>

#include "runtime/store/codec.h"
#include "tests/golden/cases.h"
#include "tests/golden/golden_file.h"

namespace sagaloom::tests {
namespace {

std::string told(const workflow::replay::Finding& finding) {
  return finding.code + " at seq " + std::to_string(finding.seq) + " (" + finding.event +
         "): " + finding.difference.field + ": " + finding.difference.left + " / " +
         finding.difference.right;
}

TEST(GoldenTest, EveryJournalOfEveryReleaseGivesItsState) {
  for (std::uint32_t rules = 1; rules <= core::rules_number; ++rules) {
    const auto journals = golden_journals(golden_folder(rules));
    EXPECT_GE(journals.size(), 14u);
    for (const GoldenJournal& journal : journals) {
      SCOPED_TRACE(journal.name + " of rules " + std::to_string(rules));
      core::Saga saga;
      for (const Entry& entry : journal.records) core::apply(saga, entry.record);
      EXPECT_EQ(journal.state, store::saga_text(saga));
    }
  }
}

TEST(GoldenTest, TheRulesOfNowDecideTheSameAgain) {
  const std::string folder = golden_folder(core::rules_number);
  for (const GoldenJournal& journal : golden_journals(folder)) {
    SCOPED_TRACE(journal.name);
    const auto definition = frozen_definition(folder, journal.workflow);
    const auto done = workflow::replay::audit({}, {}, journal.records,
                                              [&](const std::string&) { return definition; });
    EXPECT_FALSE(done.finding.has_value())
        << told(*done.finding) << "\nIf decide is meant to answer differently now, raise "
        << "core::rules_number and write journals of the new rules (docs/audit_and_versions.md).";
    EXPECT_EQ(journal.records.size(), done.decided);
  }
}

TEST(GoldenTest, EveryCaseHasItsJournal) {
  for (const GoldenCase& each : golden_cases())
    EXPECT_TRUE(
        std::filesystem::exists(golden_folder(core::rules_number) + "/" + each.name + ".journal"))
        << each.name << ": run sagaloom-golden";
}

}  // namespace
}  // namespace sagaloom::tests
