// Every operation of the bundled plugins and of the examples keeps the promises of its manifest, on
// SQLite and on Postgres: the same cases on both, nothing left out. SAGALOOM_TEST_POSTGRES=1
// chooses Postgres.
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "sdk/conformance/kit.h"
#include "tests/plugins/plugin_file.h"
#include "tests/plugins/private_postgres.h"

namespace sagaloom::tests {
namespace {

using namespace sdk::conformance;

bool on_postgres() {
  return std::getenv("SAGALOOM_TEST_POSTGRES") != nullptr;
}

PrivatePostgres& postgres() {
  static PrivatePostgres server;
  return server;
}

// The examples bring their suites along; those of the bundled plugins lie here.
std::string suite_path(const std::string& plugin) {
  const std::string source = SAGALOOM_SOURCE_DIR;
  const std::string example = source + "/examples/plugins/" + plugin + "/conformance.json";
  return std::filesystem::exists(example) ? example : source + "/tests/plugins/" + plugin + ".json";
}

class Conformance : public testing::TestWithParam<std::string> {
 protected:
  Suite suite() {
    const saga_plugin& plugin = load_plugin(GetParam());
    Suite suite = read_suite(read_text(suite_path(GetParam())),
                             std::string_view(plugin.manifest.ptr, plugin.manifest.len));
    if (on_postgres()) {
      suite.config.erase("database");
      suite.config["dsn"] = postgres().dsn();
      suite.config["schema"] = GetParam() + "_${case}";
    }
    return suite;
  }
  TemporaryFolder folder_;
};

TEST_P(Conformance, keeps_every_promise_of_its_manifest) {
  Kit kit(load_plugin(GetParam()), suite(), folder_.path());
  const std::vector<CaseName> cases = kit.cases();
  EXPECT_GE(cases.size(), 15u);
  for (const CaseName& name : cases) {
    for (const std::string& finding : kit.run(name))
      ADD_FAILURE() << name.text() << ": " << finding;
  }
}

// Whatever the manifest offers has to be in the suite: an operation that nobody tries is a gap.
TEST_P(Conformance, the_suite_tries_every_operation_of_the_manifest) {
  const saga_plugin& plugin = load_plugin(GetParam());
  const Json manifest = Json::parse(std::string(plugin.manifest.ptr, plugin.manifest.len));
  std::set<std::string> tried;
  for (const Subject& subject : suite().subjects) {
    tried.insert({subject.operation, subject.undo, subject.check});
  }
  for (const Json& operation : manifest.at("operations")) {
    EXPECT_TRUE(tried.contains(operation.at("name"))) << operation.at("name");
  }
}

INSTANTIATE_TEST_SUITE_P(Plugins, Conformance,
                         testing::Values("inventory", "payment", "delivery", "warehouse", "flights",
                                         "hotels", "cars", "insurance"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace sagaloom::tests
