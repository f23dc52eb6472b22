// The public cases of CEL: none fails, and the language covers what it did when this was written.
#include "tests/conformance_tool/run.h"

namespace sagaloom::conformance {
namespace {

TEST(CelConformance, NoCaseFails) {
  const auto outcome = run_suite("cel", "tests/expression/conformance/cel.json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  int passed = 0, failed = -1;
  ASSERT_EQ(std::sscanf(outcome.last_line.c_str(), "%d passed, %d failed", &passed, &failed), 2);
  EXPECT_GE(passed, 550) << outcome.output;
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace sagaloom::conformance
