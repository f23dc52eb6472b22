// `sagaloom schema` and `sagaloom graph` as a person types them.
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/document/json.h"
#include "tests/end_to_end/program.h"

namespace sagaloom::tests {
namespace {

const std::string root = SAGALOOM_SOURCE_DIR;
const std::string order = root + "/workflows/order.yaml";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// With `path` as the PATH, when it is given.
Finished sagaloom(std::vector<std::string> words, const std::string& path = {}) {
  words.insert(words.begin(), program());
  if (!path.empty()) words.insert(words.begin(), {"/usr/bin/env", "PATH=" + path});
  return run(words);
}

TEST(SchemaCommand, KnowsTheLoadedOperations) {
  const Folder folder;
  const Finished done = sagaloom({"schema", "-o", folder.file("s.json")});
  EXPECT_EQ(0, done.status) << done.err;
  EXPECT_EQ("", done.out);
  const std::string text = read_file(folder.file("s.json"));
  EXPECT_TRUE(document::parse(text, {64, 4 * 1024 * 1024}).ok());
  for (const char* part : {"\"inventory.reserve\"", "\"input.inventory.reserve\"",
                           "\"payment.insufficient_funds\"", "draft-07"})
    EXPECT_TRUE(contains(text, part)) << part;
  EXPECT_EQ(text, sagaloom({"schema"}).out) << "byte by byte the same, wherever it goes";
}

TEST(SchemaCommand, SaysWhereItCannotWrite) {
  const Finished done = sagaloom({"schema", "-o", "/nowhere/at/all.json"});
  EXPECT_EQ(2, done.status);
  EXPECT_TRUE(contains(done.err, "error[file.not_written]: /nowhere/at/all.json")) << done.err;
}

TEST(SchemaCommand, WritesThroughLinksAndIntoWhatIsNoFile) {
  const Folder folder;
  const std::string file = folder.write("real.json", "old");
  ::chmod(file.c_str(), 0640);
  std::filesystem::create_symlink("real.json", folder.file("link.json"));
  EXPECT_EQ(0, sagaloom({"schema", "-o", folder.file("link.json")}).status);
  EXPECT_TRUE(std::filesystem::is_symlink(folder.file("link.json")));
  EXPECT_TRUE(contains(read_file(file), "draft-07"));
  EXPECT_EQ(std::filesystem::perms(0640), std::filesystem::status(file).permissions());
  std::filesystem::create_symlink("later.json", folder.file("ahead.json"));
  EXPECT_EQ(0, sagaloom({"schema", "-o", folder.file("ahead.json")}).status);
  EXPECT_EQ(read_file(file), read_file(folder.file("later.json")));
  const Finished device = sagaloom({"graph", order, "-o", "/dev/stdout"});
  EXPECT_TRUE(contains(device.out, "flowchart TB")) << device.err;
  EXPECT_EQ(0, sagaloom({"schema", "-o", "/dev/null"}).status);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  const Finished directory = sagaloom({"schema", "-o", folder.path()});
  EXPECT_EQ(2, directory.status);
  EXPECT_TRUE(contains(directory.err, "Is a directory")) << directory.err;
}

TEST(GraphCommand, AnEmptyFileIsAnEmptyWorkflow) {
  const Folder folder;
  const std::string file = folder.write("empty.yaml", "");
  for (const char* command : {"graph", "explore"}) {
    const Finished done = sagaloom({command, file});
    EXPECT_EQ(7, done.status) << command << done.err;
    EXPECT_FALSE(contains(done.err, "No such file")) << done.err;
    EXPECT_TRUE(contains(done.err, "empty.yaml:1:")) << done.err;
  }
  const Finished input = sagaloom({"explore", order, "--input", file});
  EXPECT_EQ(2, input.status);
  EXPECT_TRUE(contains(input.err, "error[json.malformed]: " + file)) << input.err;
}

TEST(GraphCommand, DrawsEveryShippedWorkflowInEveryForm) {
  for (const auto& entry : std::filesystem::directory_iterator(root + "/workflows")) {
    if (entry.path().extension() != ".yaml") continue;
    SCOPED_TRACE(entry.path());
    const std::string file = entry.path().string();
    const Finished mermaid = sagaloom({"graph", file});
    EXPECT_EQ(0, mermaid.status) << mermaid.err;
    EXPECT_EQ(0u, mermaid.out.find("flowchart TB\n"));
    const Finished dot = sagaloom({"graph", file, "--format", "dot"});
    EXPECT_EQ(0u, dot.out.find("digraph "));
    const Finished svg = sagaloom({"graph", file, "--format", "svg"});
    if (svg.status != 0) {
      EXPECT_TRUE(contains(svg.err, "error[graph.dot_missing]")) << svg.err;
    } else {
      EXPECT_TRUE(contains(svg.out, "</svg>"));
    }
  }
}

TEST(GraphCommand, DrawsWithoutThePlugins) {
  const Folder folder;
  std::filesystem::create_directory(folder.file("none"));
  const Finished done = sagaloom({"graph", order, "--plugins", folder.file("none")});
  EXPECT_EQ(0, done.status) << done.err;
  EXPECT_TRUE(contains(done.out, "inventory.reserve")) << done.out;
}

TEST(GraphCommand, WithoutGraphvizSaysWhatToInstall) {
  const Finished done = sagaloom({"graph", order, "--format", "svg"}, "/nowhere");
  EXPECT_EQ(1, done.status);
  EXPECT_TRUE(contains(done.err, "error[graph.dot_missing]")) << done.err;
  EXPECT_TRUE(contains(done.err, "apt-get install graphviz")) << done.err;
  EXPECT_EQ("", done.out);
}

// A `dot` of the test's own on the path.
Finished with_dot(const std::string& script, std::vector<std::string> words) {
  const Folder folder;
  const std::string dot = folder.write("dot", "#!/bin/sh\n" + script);
  ::chmod(dot.c_str(), 0755);
  return sagaloom(std::move(words), folder.path() + ":/usr/bin:/bin");
}

TEST(GraphCommand, GraphvizThatFailsOrNeverEndsIsAnError) {
  const std::vector<std::string> words{"graph", order, "--format", "svg", "--timeout", "1"};
  const Finished failed = with_dot("cat >/dev/null; echo out of ink >&2; exit 3\n", words);
  EXPECT_EQ(1, failed.status);
  EXPECT_TRUE(contains(failed.err, "error[graph.dot_failed]: `dot` failed: out of ink"))
      << failed.err;
  const Finished stuck = with_dot("exec tail -f /dev/null\n", words);
  EXPECT_EQ(1, stuck.status);
  EXPECT_TRUE(contains(stuck.err, "error[graph.dot_timeout]")) << stuck.err;
  const Finished silent = with_dot("cat >/dev/null\n", words);
  EXPECT_TRUE(contains(silent.err, "error[graph.dot_failed]")) << silent.err;
}

TEST(GraphCommand, NamesTheErrorsOfAFile) {
  const Folder folder;
  const std::string file =
      folder.write("bad.yaml", "dsl: 1\nworkflow: bad\nversion: 1\nsteps:\n- {id: a, sett: {}}\n");
  const Finished done = sagaloom({"graph", file});
  EXPECT_EQ(7, done.status);
  EXPECT_TRUE(contains(done.err, "bad.yaml:5:")) << done.err;
  const Finished missing = sagaloom({"graph", folder.file("missing.yaml")});
  EXPECT_EQ(2, missing.status);
  EXPECT_TRUE(contains(missing.err, "error[file.not_read]")) << missing.err;
}

}  // namespace
}  // namespace sagaloom::tests
