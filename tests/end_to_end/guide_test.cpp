// docs/guide.md keeps its word: its YAML is cut from examples/guide, its commands do what it shows.
#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>

#include "tests/end_to_end/page.h"
#include "tests/end_to_end/program.h"

namespace sagaloom::tests {
namespace {

const std::string root = SAGALOOM_SOURCE_DIR;
const std::string examples = root + "/examples/guide/";

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  const auto to = from == text.npos ? from : text.find(end, from + begin.size());
  return to == text.npos ? "missing: " + begin
                         : text.substr(from + begin.size(), to - from - begin.size());
}

TEST(GuideTest, EveryYamlBlockIsCutFromAFile) {
  int shown = 0;
  for (const Block& block : fenced_blocks(read_file(root + "/docs/guide.md"))) {
    if (block.language != "yaml") continue;
    SCOPED_TRACE("docs/guide.md:" + std::to_string(block.line));
    const std::string file = block.marker.substr(0, block.marker.find(": "));
    const std::string part = block.marker.substr(file.size() + 2);
    EXPECT_EQ(block.text,
              between(read_file(examples + file), "# [" + part + "]\n", "# [/" + part + "]"));
    ++shown;
  }
  EXPECT_GE(shown, 15);
}

TEST(GuideTest, EveryPartOfTheFilesIsShown) {
  const std::string page = read_file(root + "/docs/guide.md");
  const std::regex region("# \\[([a-z]+)\\]");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(examples)) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string file = std::filesystem::relative(entry.path(), examples).string();
    const std::string text = read_file(entry.path().string());
    for (std::sregex_iterator it(text.begin(), text.end(), region), end; it != end; ++it)
      EXPECT_NE(page.find("<!-- " + file + ": " + std::string((*it)[1]) + " -->"), page.npos)
          << file << " " << (*it)[1];
  }
}

// `sagaloom test examples/guide/tests`, which the page shows, plays them.
TEST(GuideTest, EveryWorkflowIsPlayedToASuccessAndToAFailure) {
  std::map<std::string, std::set<std::string>> ends;  // by workflow file
  for (const auto& entry : std::filesystem::directory_iterator(examples + "tests")) {
    const std::string text = read_file(entry.path().string());
    const auto definition = [](const std::string& part, const std::string& otherwise) {
      return part.find("definition: ../") == part.npos ? otherwise
                                                       : between(part, "definition: ../", "\n");
    };
    std::size_t at = text.find("\n- name: ");
    const std::string shared = definition(text.substr(0, at), "");
    while (at != text.npos) {
      const std::size_t next = text.find("\n- name: ", at + 1);
      const std::string scenario = text.substr(at, next == text.npos ? next : next - at);
      for (const char* state : {"COMPLETED", "COMPENSATED", "FAILED"}) {
        const std::string last = scenario.substr(scenario.rfind("expect:"));
        if (last.find(std::string("state: ") + state) != last.npos)
          ends[definition(scenario, shared)].insert(state);
      }
      at = next;
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(examples)) {
    if (entry.path().extension() != ".yaml") continue;
    const auto& states = ends[entry.path().filename().string()];
    EXPECT_TRUE(states.contains("COMPLETED")) << entry.path();
    EXPECT_TRUE(states.contains("COMPENSATED") || states.contains("FAILED")) << entry.path();
  }
}

TEST(GuideTest, EveryCommandDoesWhatItSays) {
  const Folder folder;
  Server server({"dev", "--port", "0", "--data", folder.file("data"), "--set",
                 "workflows=" + examples + "three-steps.yaml"});
  server.start();
  const int commands = run_commands(
      "docs/guide.md", fenced_blocks(read_file(root + "/docs/guide.md")), folder.path(),
      {{"build/release/bin", SAGALOOM_BINARY_DIR "/bin"},
       {"examples/guide", root + "/examples/guide"}},
      {"SAGALOOM_SERVER=" + server.url()});
  EXPECT_GE(commands, 6);
}

}  // namespace
}  // namespace sagaloom::tests
