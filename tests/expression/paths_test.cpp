#include "runtime/expression/paths.h"

#include <gtest/gtest.h>

namespace sagaloom::expression {
namespace {

// "steps.a.b?@0": root and members, `?` if guarded, `!` if it is the whole text, the offset.
std::string paths(std::string_view text) {
  const auto program = Program::compile(text, {"input", "steps", "secrets"});
  EXPECT_TRUE(program.ok()) << text << (program.ok() ? "" : program.error().message);
  std::string all;
  for (const auto& path : used_paths(*program)) {
    if (!all.empty()) all += " ";
    all += path.root;
    for (const auto& member : path.members) all += "." + member;
    if (path.guarded) all += "?";
    if (path.whole_text) all += "!";
    all += "@" + std::to_string(path.offset);
  }
  return all;
}

TEST(UsedPaths, AreTheLongestOnes) {
  EXPECT_EQ(paths("steps.price.output.amount"), "steps.price.output.amount!@0");
  EXPECT_EQ(paths("input"), "input!@0");
  EXPECT_EQ(paths("steps.a.output + input.b"), "steps.a.output@0 input.b@17");
  EXPECT_EQ(paths("steps.?a.?output.?x.orValue(0)"), "steps.a.output.x?@0");
  EXPECT_EQ(paths("has(steps.a.output)"), "steps.a.output?!@4");
  EXPECT_EQ(paths("steps['a'].output"), "steps.a.output!@0");
  EXPECT_EQ(paths("steps[input.name].output"), "steps@0 input.name@6");
  EXPECT_EQ(paths("input.items[0].sku"), "input.items!@0");
  EXPECT_EQ(paths("1 + 2"), "");
}

TEST(UsedPaths, NamesOfMacrosAreNoRoots) {
  EXPECT_EQ(paths("input.items.map(steps, steps.x)"), "input.items@0");
  EXPECT_EQ(paths("input.items.map(i, {'s': i.s, 'k': secrets.k})"), "input.items@0 secrets.k@35");
}

TEST(UsedPaths, WordsInStringsAndCommentsAreNoPaths) {
  EXPECT_EQ(paths("'steps.a' + \"secrets.b\" // steps.c\n"), "");
}

}  // namespace
}  // namespace sagaloom::expression
