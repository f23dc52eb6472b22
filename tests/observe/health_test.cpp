#include "runtime/observe/health.h"

#include <gtest/gtest.h>
#include <stdexcept>

namespace sagaloom::observe {
namespace {

using Weight = Health::Weight;

TEST(Health, IsWellWithoutChecks) {
  const Health health;
  EXPECT_TRUE(health.live().ok);
  EXPECT_TRUE(health.ready().ok);
}

TEST(Health, TellsAliveFromReady) {
  Health health;
  std::string store;
  health.add("loop", Weight::vital, [] { return ""; });
  health.add("store", Weight::required, [&] { return store; });
  EXPECT_TRUE(health.ready().ok);
  store = "no connection";
  EXPECT_TRUE(health.live().ok);
  const auto report = health.ready();
  EXPECT_FALSE(report.ok);
  ASSERT_EQ(report.checks.size(), 2u);
  EXPECT_EQ(report.checks[0].name, "loop");
  EXPECT_TRUE(report.checks[0].ok);
  EXPECT_EQ(report.checks[1].name, "store");
  EXPECT_FALSE(report.checks[1].ok);
  EXPECT_EQ(report.checks[1].detail, "no connection");
}

TEST(Health, ShowsAdvisoryChecksWithoutMindingThem) {
  Health health;
  health.add("kafka", Weight::advisory, [] { return "no broker answers"; });
  const auto report = health.ready();
  EXPECT_TRUE(report.ok);
  ASSERT_EQ(report.checks.size(), 1u);
  EXPECT_FALSE(report.checks[0].ok);
  EXPECT_TRUE(health.live().checks.empty());
}

TEST(Health, TakesACheckThatThrowsForFailed) {
  Health health;
  health.add("odd", Weight::vital, []() -> std::string { throw std::runtime_error("broken"); });
  EXPECT_FALSE(health.live().ok);
  EXPECT_NE(health.live().checks[0].detail.find("broken"), std::string::npos);
}

}  // namespace
}  // namespace sagaloom::observe
