// Evaluation is total: whatever the text and the data, it ends within its budget.
#include "tests/expression/evaluation_check.h"

namespace sagaloom::expression {
namespace {

constexpr const char* ten = "[0,1,2,3,4,5,6,7,8,9]";

std::string nested_loops(int depth) {
  std::string text = "true";
  for (int i = 0; i < depth; ++i) {
    text = std::string(ten) + ".all(v" + std::to_string(i) + ", " + text + ")";
  }
  return text;
}

TEST(Budget, StepsEndNestedMacros) {
  EXPECT_TRUE(evaluate(nested_loops(3)).ok());
  const auto result = evaluate(nested_loops(9));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "expression.failed");
  EXPECT_NE(result.error().message.find("steps"), std::string::npos);
}

TEST(Budget, StepsCountExactly) {
  EXPECT_TRUE(evaluate("1 + 2", {.steps = 3}).ok());
  EXPECT_FALSE(evaluate("1 + 2", {.steps = 2}).ok());
}

TEST(Budget, ASpentBudgetIsNotAbsorbed) {
  const std::string loops = nested_loops(9);
  for (const std::string& text :
       {loops + " || true", "[1].exists(x, " + loops + " || true)", "!(" + loops + ") && false"}) {
    const auto result = evaluate(text, {.steps = 10'000});
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_NE(result.error().message.find("steps"), std::string::npos);
  }
  EXPECT_TRUE(evaluate("false && " + loops, {.steps = 10'000}).ok());
}

TEST(Budget, BytesEndGrowingText) {
  std::string doubled = "'0123456789abcdef'";
  for (int i = 0; i < 7; ++i) doubled = "[" + doubled + "].map(s, s + s + s + s + s + s)[0]";
  const auto result = evaluate(doubled);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("too large"), std::string::npos);
}

TEST(Budget, BytesEndReplaceSplitJoinAndLists) {
  MapScope scope({{"input", Value::object({{"text", std::string(100'000, 'a')}})}});
  for (const char* text :
       {"input.text.replace('a', '0123456789abcdef')", "input.text.split('')",
        "input.text.split('a').map(x, input.text).join(',')",
        "[input.text].map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x).size()"}) {
    const auto program = Program::compile(text, {"input"});
    ASSERT_TRUE(program.ok()) << text;
    const auto result = program->evaluate(scope);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code, "expression.failed");
  }
}

TEST(Budget, ComparingLargeValuesCounts) {
  List items(5'000, Value("same"));
  MapScope scope({{"input", Value::object({{"a", items}, {"b", List(items)}})}});
  const auto program = Program::compile("input.a.all(x, input.a == input.b)", {"input"});
  ASSERT_TRUE(program.ok());
  EXPECT_FALSE(program->evaluate(scope).ok());
}

TEST(Budget, SearchingIsLinear) {
  // Quadratic for a naive search: 400,000 times 200,000 comparisons.
  MapScope scope({{"input", Value::object({{"hay", std::string(400'000, 'a')},
                                           {"needle", std::string(200'000, 'a') + "b"}})}});
  const auto program = Program::compile("input.hay.contains(input.needle)", {"input"});
  const auto result = program->evaluate(scope);
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->boolean());
}

TEST(Budget, PatternsAreLinear) {
  MapScope scope({{"input", Value::object({{"text", std::string(50'000, 'a')}})}});
  const auto program = Program::compile("input.text.matches('^(a+)+$|(a*)*b')", {"input"});
  const auto result = program->evaluate(scope);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->boolean());
}

}  // namespace
}  // namespace sagaloom::expression
