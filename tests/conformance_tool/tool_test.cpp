// The program runs a case file wherever it lies, whole or in part, and says what is wrong with one.
#include <filesystem>
#include <fstream>

#include "tests/conformance_tool/run.h"

namespace sagaloom::conformance {
namespace {

class ToolTest : public ::testing::Test {
 protected:
  ToolTest() {
    std::string name = (std::filesystem::temp_directory_path() / "cases-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ToolTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::string copy(const std::string& file) const {
    const std::filesystem::path from = std::filesystem::path(SAGALOOM_SOURCE_DIR) / file;
    std::filesystem::copy_file(from, folder_ / from.filename());
    return (folder_ / from.filename()).string();
  }

  std::filesystem::path folder_;
};

const std::string part =
    R"([{"file": "a", "section": "s", "name": "sum", "expr": "1 + 1", "value": {"int": "2"}},)"
    R"( {"file": "math_ext", "section": "s", "name": "left out", "expr": "nope(", "value": 1},)"
    R"( {"file": "a", "section": "s", "name": "bad", "expr": "1 / 0", "error": "division"}])";

TEST_F(ToolTest, TheDeclaredListsAreInTheProgram) {
  const auto cel = run_tool("cel " + copy("tests/expression/conformance/cel.json"));
  EXPECT_EQ(0, cel.exit_code) << cel.output;
  EXPECT_EQ("550 passed, 0 failed, 236 unsupported\n", cel.last_line);
  const auto schema =
      run_tool("json-schema " + copy("tests/schema/conformance/json-schema-2020-12.json"));
  EXPECT_EQ(0, schema.exit_code) << schema.output;
  EXPECT_EQ("933 passed, 0 failed, 18 unsupported\n", schema.last_line);
  for (const auto& outcome : {cel, schema})
    EXPECT_EQ(std::string::npos, outcome.output.find("are not here")) << "an unused name";
}

TEST_F(ToolTest, APartOfTheCasesIsRunAgainstAListOfItsOwn) {
  const std::string list = write("list", R"([{"reason": "r", "cases": ["math_ext/s/left out"]}])");
  const auto outcome = run_tool("cel " + write("part", part) + " --unsupported " + list);
  EXPECT_EQ(0, outcome.exit_code) << outcome.output;
  EXPECT_EQ("2 passed, 0 failed, 1 unsupported\n", outcome.last_line);
  const auto built_in = run_tool("cel " + write("part", part));
  EXPECT_EQ(1, built_in.exit_code) << built_in.output;
  EXPECT_EQ("2 passed, 1 failed, 0 unsupported\n", built_in.last_line);
}

TEST_F(ToolTest, WhatIsNoCaseFileIsAnErrorOfItsOwnStatus) {
  const std::string cases[] = {
      "cel " + folder_.string(),
      "cel /nowhere/at/all.json",
      "cel /dev/zero",
      "json-schema " + write("text", "not json"),
      "json-schema " + write("map", "{}"),
      "cel " + write("number", "[1]"),
      "cel " + write("half", R"([{"file": "a"}])"),
      "cel " + write("pair", R"([{"file": "a", "section": "s", "name": "n", "expr": "1",)"
                             R"( "value": {"map": [[]]}}])"),
      "cel " + write("some", "[]") + " --unsupported /nowhere",
      "cel",
      "else some",
  };
  for (const std::string& arguments : cases) {
    const auto outcome = run_tool(arguments);
    EXPECT_EQ(2, outcome.exit_code) << arguments << "\n" << outcome.output;
    EXPECT_TRUE(outcome.output.starts_with("error: ") || outcome.output.starts_with("usage: "))
        << outcome.output;
  }
}

}  // namespace
}  // namespace sagaloom::conformance
