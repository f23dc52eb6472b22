// A plugin's own test: the fake host for single calls, the kit for the promises about keys.
#include <gtest/gtest.h>

#include "sdk/conformance/kit.h"
#include "sdk/testing/fake_host.h"
#include "tests/plugins/plugin_file.h"

namespace sagaloom::tests {
namespace {

using sdk::testing::Answer;
using sdk::testing::FakeHost;

const saga_plugin& coupon() {
  return load_test_plugin("coupon");
}

TEST(Coupon, is_used_once) {
  const TemporaryFolder folder;
  FakeHost host(coupon(),
                R"({"coupons": ["SPRING"], "database": ")" + folder.path() + R"(/c.db"})");
  const std::string input = R"({"coupon": "SPRING", "order_id": "o1"})";
  const Answer first = host.call({.operation = "coupon.redeem", .key = "k1", .input = input});
  EXPECT_EQ(first.status, SAGA_OK);
  const Answer second = host.call({.operation = "coupon.redeem", .key = "k2", .input = input});
  EXPECT_EQ(second.code, "coupon.not_valid");
}

TEST(Coupon, keeps_the_promises_of_its_manifest) {
  const TemporaryFolder folder;
  const std::string suite =
      read_text(std::string(SAGALOOM_SOURCE_DIR) + "/examples/coupon_plugin/conformance.json");
  const std::string manifest(coupon().manifest.ptr, coupon().manifest.len);
  sdk::conformance::Kit kit(coupon(), sdk::conformance::read_suite(suite, manifest), folder.path());
  for (const auto& name : kit.cases()) {
    EXPECT_EQ(kit.run(name), sdk::conformance::Findings()) << name.text();
  }
}

}  // namespace
}  // namespace sagaloom::tests
