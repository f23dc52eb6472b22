// Workflows in folders: schema files, several workflows, what is wrong across files.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "runtime/document/digest.h"
#include "runtime/workflow/load.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow {
namespace {

namespace fs = std::filesystem;
using testing::around;
using testing::catalog;

// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("sagaloom-workflow-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(Hash, HoldsTheSchemaFiles) {
  const Folder folder;
  folder.write("schemas/input.json", R"({"type": "object", "required": ["a\"b"],
    "properties": {"a\"b": {"type": "string", "pattern": "^\\d: ${ #$"}}})");
  const auto file = folder.write("x.yaml", around("- {id: a, set: {x: 1}}\n",
                                                  "input: {schema: schemas/input.json}  # here\n"));
  const Loaded loaded = load_file(file, catalog());
  ASSERT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  EXPECT_EQ(loaded.definition->hash, document::hex(document::sha256(loaded.definition->text)));
  EXPECT_EQ(loaded.definition->text.find("input.json"), std::string::npos);

  const auto again = load_frozen(loaded.definition->text, freeze(*loaded.definition));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ((*again)->hash, loaded.definition->hash);
  EXPECT_EQ((*again)->input->source(), loaded.definition->input->source());

  folder.write("schemas/input.json", R"({"type": "object"})");
  EXPECT_NE(load_file(file, catalog()).definition->hash, loaded.definition->hash);
}

TEST(SchemaFiles, MustLieBelowTheWorkflow) {
  const Folder folder;
  folder.write("outside.json", "{}");
  fs::create_symlink(folder.path() / "outside.json",
                     folder.write("in/a", "").parent_path() / "link.json");
  for (const char* name : {"../outside.json", "/etc/hostname", "link.json", "nothing.json", "."}) {
    const auto file = folder.write(
        "in/x.yaml",
        around("- {id: a, set: {x: 1}}\n", "input: {schema: " + std::string(name) + "}\n"));
    const Loaded loaded = load_file(file, catalog());
    ASSERT_EQ(loaded.diagnostics.size(), 1u) << name;
    EXPECT_EQ(loaded.diagnostics[0].code, "S02") << name;
    EXPECT_EQ(loaded.diagnostics[0].position, (Position{6, 17})) << name;
  }
}

TEST(SchemaFiles, AreToldByTheirOwnNameWhenTheyAreWrong) {
  const Folder folder;
  folder.write("s.json", "{\n  \"type\": \"objekt\"\n}\n");
  const auto file =
      folder.write("x.yaml", around("- {id: a, set: {x: 1}}\n", "input: {schema: s.json}\n"));
  const Loaded loaded = load_file(file, catalog());
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_EQ(loaded.diagnostics[0].file, (folder.path() / "s.json").string());
  EXPECT_EQ(loaded.diagnostics[0].position.line, 2u);
}

TEST(Directory, IsReadInOrderAndCheckedAcrossFiles) {
  const Folder folder;
  const auto text = [](const char* name, int version, const char* path) {
    return "dsl: 1\nworkflow: " + std::string(name) + "\nversion: " + std::to_string(version) +
           "\nexpose: {path: " + path + "}\nsteps:\n- {id: a, set: {x: 1}}\n";
  };
  folder.write("a.yaml", text("one", 1, "/api/one"));
  folder.write("b.yaml", text("one", 2, "/api/one"));
  folder.write("c.yml", text("one", 1, "/api/other"));
  folder.write("d.yaml", text("two", 1, "/api/one/x"));
  folder.write("e.txt", "not a workflow");
  folder.write("f.yaml", "dsl: 2\n");
  const auto all = load_directory(folder.path(), catalog());
  ASSERT_EQ(all.size(), 5u);
  EXPECT_TRUE(all[0].ok());
  EXPECT_TRUE(all[1].ok()) << "two versions may share a route";
  const auto first = [&](std::size_t i) { return workflow::text(all[i].diagnostics.at(0)); };
  EXPECT_EQ(first(2), (folder.path() / "c.yml").string() +
                          ":3:1: error[S05] version 1 of `one` is already in " +
                          (folder.path() / "a.yaml").string() +
                          "; raise the version or remove one of the files");
  EXPECT_EQ(first(3), (folder.path() / "d.yaml").string() +
                          ":4:10: error[R01] `/api/one/x` collides with the route of `one` in " +
                          (folder.path() / "a.yaml").string() + "; choose another path");
  EXPECT_FALSE(all[4].ok());
}

TEST(Directory, ThatIsMissingIsADiagnostic) {
  const auto all = load_directory("/nonexistent/sagaloom", catalog());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].diagnostics.at(0).code, "Y01");
  EXPECT_EQ(load_file("/nonexistent/x.yaml", catalog()).diagnostics.at(0).code, "Y01");
}

}  // namespace
}  // namespace sagaloom::workflow
