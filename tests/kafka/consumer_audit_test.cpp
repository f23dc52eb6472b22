#include <gtest/gtest.h>

#include "examples/event_consumer/audit.h"
#include "examples/event_consumer/seen_ids.h"

namespace consumer {
namespace {

Event event(const std::string& saga, int n, const std::string& topic = "t") {
  return {.id = saga + "." + std::to_string(n),
          .sequence = "000" + std::to_string(n),
          .topic = topic,
          .key = saga,
          .saga = saga,
          .type = "test"};
}

TEST(Audit, IsContentWithDuplicatesInOrder) {
  Audit audit;
  for (int n = 0; n < 4; ++n) audit.expect(event("a", n));
  for (const int n : {0, 1, 2, 1, 2, 3}) audit.see(event("a", n));
  const auto findings = audit.findings();
  EXPECT_TRUE(findings.well());
  EXPECT_EQ(summary(findings),
            "4 events of 1 sagas in 1 topics: 2 duplicates, 0 reordered, 0 missing, 0 unexpected");
}

TEST(Audit, FindsAnEventThatCameLate) {
  Audit audit;
  for (const int n : {0, 2, 1, 3}) audit.see(event("a", n));
  const auto findings = audit.findings();
  EXPECT_EQ(findings.reordered, 1u);
  ASSERT_EQ(findings.details.size(), 1u);
  EXPECT_NE(findings.details[0].find("a.1"), std::string::npos);
}

TEST(Audit, PromisesNoOrderAcrossSagasAndTopics) {
  Audit audit;
  audit.see(event("a", 5));
  audit.see(event("b", 1));
  audit.see(event("a", 2, "other"));
  EXPECT_TRUE(audit.findings().well());
}

TEST(Audit, FindsAGapAndAPhantom) {
  Audit audit;
  for (int n = 0; n < 3; ++n) audit.expect(event("a", n));
  audit.see(event("a", 0));
  audit.see(event("a", 2));
  audit.see(event("a", 7));
  const auto findings = audit.findings();
  EXPECT_EQ(findings.missing, 1u);
  EXPECT_EQ(findings.unexpected, 1u);
  EXPECT_FALSE(findings.well());
}

TEST(Audit, TakesAnEventInAnotherTopicOrUnderAnotherKeyForUnexpected) {
  Audit audit;
  audit.expect(event("a", 0));
  audit.see(event("a", 0, "elsewhere"));
  EXPECT_EQ(audit.findings().unexpected, 1u);
}

TEST(Audit, BoundsItsDetails) {
  Audit audit;
  for (int n = 0; n < 100; ++n) audit.expect(event("a", n));
  const auto findings = audit.findings();
  EXPECT_EQ(findings.missing, 100u);
  EXPECT_EQ(findings.details.size(), Audit::detail_limit);
}

TEST(SeenIds, ForgetTheOldestFirst) {
  SeenIds seen(2);
  EXPECT_TRUE(seen.add("a"));
  EXPECT_TRUE(seen.add("b"));
  EXPECT_FALSE(seen.add("a"));
  EXPECT_TRUE(seen.add("c"));
  EXPECT_FALSE(seen.add("b"));
  EXPECT_TRUE(seen.add("a"));
}

}  // namespace
}  // namespace consumer
