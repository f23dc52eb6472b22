// How `sagaloom test` reads, plays and reports scenario files: what is wrong with a file is said
// with its place, what did not come as expected with the lines that differ.
#include "runtime/workflow/scenario/suite.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace sagaloom::workflow::scenario {
namespace {

class NoOperations final : public OperationCatalog {
 public:
  core::OperationPointer find(std::string_view) const override { return nullptr; }
  std::vector<std::string> names() const override { return {}; }
};

const std::string kHead =
    "manifests: [{shop.a: {errors: [shop.no], undo: shop.undo}, shop.undo: {}}]\n"
    "definition: |\n"
    "  dsl: 1\n"
    "  workflow: small\n"
    "  version: 1\n"
    "  steps:\n"
    "  - {id: a, call: shop.a, compensate: auto}\n"
    "scenarios:\n";

class SuiteTest : public ::testing::Test {
 protected:
  SuiteTest() {
    std::string name = (std::filesystem::temp_directory_path() / "scenarios-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SuiteTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content) {
    const auto path = folder_ / name;
    std::ofstream(path) << content;
    return path.string();
  }
  std::string played(const std::string& content) {
    return text(run_files(scenario_files({write("file.yaml", content)}), NoOperations()), true);
  }

  std::filesystem::path folder_;
};

TEST_F(SuiteTest, a_scenario_that_goes_as_expected_is_ok) {
  const auto said = played(kHead + "- {name: fine, expect: {state: COMPLETED}}\n");
  EXPECT_NE(said.find("fine: ok\n"), std::string::npos) << said;
  EXPECT_NE(said.find("1 scenarios: 1 passed, 0 failed\n"), std::string::npos) << said;
}

TEST_F(SuiteTest, differences_are_shown_line_by_line) {
  const auto said =
      played(kHead +
             "- name: odd\n  answers: {a: {rejected: shop.no}}\n"
             "  expect: {state: COMPLETED, calls: [shop.a execute a, shop.a execute b]}\n");
  EXPECT_NE(said.find("  state\n    - COMPLETED\n    + FAILED\n"), std::string::npos) << said;
  EXPECT_NE(said.find("      shop.a execute a\n    - shop.a execute b\n"), std::string::npos)
      << said;
  EXPECT_NE(said.find("1 scenarios: 0 passed, 1 failed\n"), std::string::npos) << said;
}

TEST_F(SuiteTest, what_is_wrong_with_a_file_is_said_with_its_place) {
  const auto said = played(kHead + "- {name: typo, expekt: {state: COMPLETED}}\n");
  EXPECT_NE(said.find("file.yaml:9:"), std::string::npos) << said;
  EXPECT_NE(said.find("error[S02]"), std::string::npos) << said;
}

TEST_F(SuiteTest, an_unknown_answer_has_a_suggestion) {
  const auto said =
      played(kHead + "- {name: typo, answers: {a: rejectd}, expect: {state: FAILED}}\n");
  EXPECT_NE(said.find("did you mean `rejected`?"), std::string::npos) << said;
}

TEST_F(SuiteTest, an_error_inside_the_workflow_is_a_place_in_the_scenario_file) {
  std::string broken = kHead;
  broken.replace(broken.find("call: shop.a"), 12, "call: shop.z");
  const auto said = played(broken + "- {name: any, expect: {state: FAILED}}\n");
  EXPECT_NE(said.find("file.yaml:7:"), std::string::npos) << said;
  EXPECT_NE(said.find("error[P01]"), std::string::npos) << said;
}

TEST_F(SuiteTest, a_moment_that_never_comes_is_a_difference) {
  const auto said = played(
      kHead +
      "- {name: never, happens: [{when: a is PARKED, retry: a}], expect: {state: COMPLETED}}\n");
  EXPECT_NE(said.find("the moment never came"), std::string::npos) << said;
}

TEST_F(SuiteTest, a_saga_that_never_rests_is_told_so) {
  std::string endless = kHead;
  endless.replace(endless.find("compensate: auto"), 16,
                  "compensate: auto, retry: {max_attempts: unlimited}");
  const auto said =
      played(endless +
             "- {name: endless, answers: {a: {not_done: shop.busy}}, expect: {state: RUNNING}}\n");
  EXPECT_NE(said.find("say `until:` when to look"), std::string::npos) << said;
}

TEST_F(SuiteTest, junit_names_every_scenario_and_escapes_what_xml_forbids) {
  const auto file = write("file.yaml", kHead +
                                           "- {name: fine, expect: {state: COMPLETED}}\n"
                                           "- {name: 'a < b & c', expect: {state: FAILED}}\n");
  const auto xml = junit(run_files(scenario_files({file}), NoOperations()));
  EXPECT_NE(xml.find("tests=\"2\" failures=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("name=\"a &lt; b &amp; c\""), std::string::npos) << xml;
}

TEST_F(SuiteTest, a_directory_is_read_in_order_of_name) {
  write("b.yaml", kHead + "- {name: second, expect: {state: COMPLETED}}\n");
  write("a.yml", kHead + "- {name: first, expect: {state: COMPLETED}}\n");
  const auto results = run_files(scenario_files({folder_.string()}), NoOperations());
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].name, "first");
}

}  // namespace
}  // namespace sagaloom::workflow::scenario
