// Each kind of damage to a journal is found where it is, and what can't be decided again is named.
#include <gtest/gtest.h>

#include "tests/golden/cases.h"
#include "tests/workflow/replay/versions.h"

namespace sagaloom::tests {
namespace {

using workflow::replay::Audited;
using workflow::replay::Snapshot;

class ReplayAuditTest : public testing::Test {
 protected:
  ReplayAuditTest() {
    journey_.answer("charge", core::Outcome::unknown, "call.timeout");
    journey_.answer("ship", core::Outcome::business, "shop.refused");
    journey_.run();
    journal_ = journey_.journal();
  }
  Audited audit(const std::optional<Snapshot>& stored = {}) const {
    return workflow::replay::audit({}, stored, journal_,
                                   [this](const std::string&) { return definition_; });
  }

  core::DefinitionPointer definition_ = version_of(order_text());
  Journey journey_{definition_, golden_input()};
  std::vector<Entry> journal_;
};

TEST_F(ReplayAuditTest, AnUntouchedJournalHasNothingToFind) {
  const Audited done = audit(Snapshot{journal_.back().seq, journey_.saga()});
  EXPECT_FALSE(done.finding.has_value()) << done.finding->difference.field;
  EXPECT_EQ(journal_.size(), done.decided);
  EXPECT_EQ(journey_.saga(), done.saga);
}

TEST_F(ReplayAuditTest, EveryPartOfARecordIsCompared) {
  const struct {
    const char* what;
    const char* field;
    void (*damage)(core::Record&);
  } cases[] = {
      {"a step's input", "steps[reserve].input",
       [](core::Record& r) { r.steps.at(1).step.input = core::Value("other"); }},
      {"a step too few", "steps[reserve]", [](core::Record& r) { r.steps.pop_back(); }},
      {"the status", "head.status", [](core::Record& r) { r.head.status = "OTHER"; }},
      {"an emitted message", "emits[0]", [](core::Record& r) { r.emits.clear(); }},
      {"a note", "notes[0]", [](core::Record& r) { r.notes.push_back({"late", {}}); }},
      {"the lifecycle", "lifecycle", [](core::Record& r) { r.lifecycle.reset(); }},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.what);
    journal_ = journey_.journal();
    each.damage(journal_.at(0).record);
    const Audited done = audit();
    ASSERT_TRUE(done.finding.has_value());
    EXPECT_EQ("audit.decision", done.finding->code);
    EXPECT_EQ(1, done.finding->seq);
    EXPECT_EQ(each.field, done.finding->difference.field);
  }
}

TEST_F(ReplayAuditTest, AnAnswerThatNobodyWaitedForIsADifference) {
  journal_.at(1).record.event.number = 7;
  const Audited done = audit();
  ASSERT_TRUE(done.finding.has_value());
  EXPECT_EQ(2, done.finding->seq);
  EXPECT_EQ("stale", done.finding->difference.right);
}

TEST_F(ReplayAuditTest, AStoredStateThatItsRecordsDoNotGive) {
  Snapshot stored{journal_.back().seq, journey_.saga()};
  stored.saga.steps.at("charge").output = core::Value("more");
  const Audited done = audit(stored);
  ASSERT_TRUE(done.finding.has_value());
  EXPECT_EQ("audit.state", done.finding->code);
  EXPECT_EQ("steps[charge].output", done.finding->difference.field);
}

TEST_F(ReplayAuditTest, ItGoesOnFromASnapshot) {
  core::Saga half;
  for (int i = 0; i < 3; ++i) core::apply(half, journal_.at(i).record);
  const Snapshot base{3, half};
  const std::vector<Entry> rest(journal_.begin() + 3, journal_.end());
  const Audited done =
      workflow::replay::audit(base, {}, rest, [this](const std::string&) { return definition_; });
  EXPECT_FALSE(done.finding.has_value());
  EXPECT_EQ(rest.size(), done.decided);
  EXPECT_EQ(journey_.saga(), done.saga);
}

TEST_F(ReplayAuditTest, OtherRulesAndAMissingDefinitionAreNamedNotFailed) {
  journal_.at(0).record.rules = core::rules_number + 1;
  journal_.at(0).record.head.status = "DECIDED OTHERWISE";
  const Audited other = audit();
  EXPECT_FALSE(other.finding.has_value());
  EXPECT_EQ(1u, other.other_rules);
  EXPECT_EQ(journal_.size() - 1, other.decided);
  const Audited without = workflow::replay::audit(
      {}, {}, journal_, [](const std::string&) { return core::DefinitionPointer(); });
  EXPECT_FALSE(without.finding.has_value());
  EXPECT_EQ(journal_.size() - 1, without.without_definition);
}

}  // namespace
}  // namespace sagaloom::tests
