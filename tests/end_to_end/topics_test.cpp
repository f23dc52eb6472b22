// The comparison finds what it is there for.
#include "tests/end_to_end/topics.h"

#include <gtest/gtest.h>

namespace sagaloom::tests {
namespace {

PublishedEvent event(int sequence, const std::string& subject = "s") {
  const std::string number = std::to_string(1000 + sequence);
  return {"id-" + subject + number, number, subject, "orders"};
}

TEST(TopicsTest, DuplicatesAreCountedAndNoFinding) {
  const auto result =
      compare_topics({event(1), event(2)}, {event(1), event(2), event(1), event(2)});
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(2u, result.duplicates);
}

TEST(TopicsTest, SagasMayInterleave) {
  const auto result = compare_topics({event(1, "a"), event(2, "b"), event(3, "a")},
                                     {event(2, "b"), event(1, "a"), event(3, "a")});
  EXPECT_TRUE(result.findings.empty());
}

TEST(TopicsTest, GapsPhantomsAndReordersAreFound) {
  const auto first_word = [](const TopicsResult& result) {
    return result.findings.size() == 1 ? result.findings[0].substr(0, result.findings[0].find(':'))
                                       : std::to_string(result.findings.size()) + " findings";
  };
  EXPECT_EQ("gap", first_word(compare_topics({event(1), event(2)}, {event(1)})));
  EXPECT_EQ("gap", first_word(compare_topics({event(1)}, {})));
  EXPECT_EQ("phantom", first_word(compare_topics({event(1)}, {event(1), event(2)})));
  EXPECT_EQ("phantom", first_word(compare_topics({}, {event(1)})));
  EXPECT_EQ("reorder", first_word(compare_topics({event(1), event(2)}, {event(2), event(1)})));
}

}  // namespace
}  // namespace sagaloom::tests
