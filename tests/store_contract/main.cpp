// Runs the cases and, at the end, prints how many ran on each store: the numbers must be equal.
#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include "tests/store_contract/contract.h"

namespace {

std::map<std::string, int> cases_per_store() {
  std::map<std::string, int> counts;
  for (const auto& kind : sagaloom::tests::store_kinds) counts[kind.name] = 0;
  const auto& unit = *testing::UnitTest::GetInstance();
  for (int i = 0; i < unit.total_test_suite_count(); ++i) {
    const auto& suite = *unit.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const auto& info = *suite.GetTestInfo(j);
      if (!info.should_run() || info.result()->Skipped()) continue;
      const std::string name = info.name();
      const auto slash = name.rfind('/');
      if (slash != std::string::npos) ++counts[name.substr(slash + 1)];
    }
  }
  return counts;
}

}  // namespace

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  const int failed = RUN_ALL_TESTS();
  const auto counts = cases_per_store();
  bool equal = true;
  std::printf("contract cases per store:");
  for (const auto& [store, number] : counts) {
    std::printf(" %s %d", store.c_str(), number);
    equal = equal && number == counts.begin()->second;
  }
  std::printf(equal ? " (equal)\n" : " (NOT EQUAL)\n");
  const bool filtered = testing::GTEST_FLAG(filter) != "*";
  return failed != 0 || (!equal && !filtered) ? 1 : 0;
}
