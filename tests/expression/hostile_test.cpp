// Text that nobody wrote in good faith: refused or evaluated, never a crash.
#include <random>

#include "tests/expression/evaluation_check.h"

namespace sagaloom::expression {
namespace {

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

TEST(Hostile, NestingIsRefusedBeforeTheStackEnds) {
  for (const char* opening : {"(", "[", "{1:", "!", "-", "-(", "a?b:", "true?1:", "size(",
                              "[1].map(x,", "input[", "{?1:", "[?"}) {
    const auto program = Program::compile(repeated(opening, 1500), sample_roots());
    ASSERT_FALSE(program.ok()) << opening;
  }
}

TEST(Hostile, LongRowsAreRefusedOrEvaluated) {
  for (const char* part :
       {" + 1", " - 1", " && true", " || true", " == 1", ".a", "[0]", ".?a", ".size()"}) {
    const auto program = Program::compile("1" + repeated(part, 900), sample_roots());
    if (program.ok()) (void)program->evaluate(sample_scope());
  }
  EXPECT_TRUE(evaluate("true" + repeated(" && true", 900)).ok());
  EXPECT_FALSE(evaluate("1" + repeated(" + 1", 900)).ok());
  EXPECT_TRUE(evaluate("1" + repeated(" + 1", 150)).ok());
}

TEST(Hostile, TextHasALimit) {
  EXPECT_EQ(code_of("1" + std::string(8 * 1024 - 1, ' ')), "ok");
  EXPECT_EQ(code_of("1" + std::string(8 * 1024, ' ')), "expression.syntax");
  EXPECT_EQ(code_of(std::string(10'000'000, '(')), "expression.syntax");
}

TEST(Hostile, MacrosInsideOneAnotherHaveALimit) {
  std::string text = "1";
  for (int i = 0; i < 17; ++i) text = "[1].map(v" + std::to_string(i) + ", " + text + ")";
  EXPECT_EQ(code_of(text), "expression.syntax");
}

TEST(Hostile, NulBytesAndBrokenUtf8AreOnlyText) {
  EXPECT_EQ(code_of(std::string_view("1\0", 2)), "expression.syntax");
  EXPECT_TRUE(evaluate("size('\xff\xfe\xf0') >= 0").ok());
  EXPECT_TRUE(evaluate("'\xf0'.split('') != []").ok());
  EXPECT_TRUE(evaluate("'\xe2\x80'.trim() != ''").ok());
}

// Random rows of tokens: most are refused, some run; all come back.
TEST(Hostile, RandomTokensComeBack) {
  static const std::vector<std::string> tokens = {"1",
                                                  "2.5",
                                                  "'a'",
                                                  "true",
                                                  "null",
                                                  "input",
                                                  "input.id",
                                                  ".items",
                                                  "[0]",
                                                  "(",
                                                  ")",
                                                  "[",
                                                  "]",
                                                  "{",
                                                  "}",
                                                  "'k':",
                                                  "+",
                                                  "-",
                                                  "*",
                                                  "/",
                                                  "%",
                                                  "==",
                                                  "!=",
                                                  "<",
                                                  "in",
                                                  "&&",
                                                  "||",
                                                  "!",
                                                  "?",
                                                  ":",
                                                  ",",
                                                  ".",
                                                  ".?",
                                                  "[?",
                                                  "has(",
                                                  "size(",
                                                  ".map(x,",
                                                  "x",
                                                  "now",
                                                  ".all(x,",
                                                  ".size()",
                                                  "sum(",
                                                  "optional.of(",
                                                  ".orValue(",
                                                  ".matches(",
                                                  "duration('1s')",
                                                  "steps"};
  std::mt19937 random(7);
  std::size_t evaluated = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text;
    const auto length = 1 + random() % 9;
    for (std::size_t i = 0; i < length; ++i) text += tokens[random() % tokens.size()];
    const auto program = Program::compile(text, sample_roots());
    if (!program.ok()) {
      ASSERT_LE(program.error().offset, text.size()) << text;
      continue;
    }
    ++evaluated;
    const auto result = program->evaluate(sample_scope());
    if (result.ok()) continue;
    ASSERT_LE(result.error().offset, text.size()) << text;
  }
  EXPECT_GT(evaluated, 500u);
}

TEST(Hostile, RandomBytesComeBack) {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = 0; i < 1 + random() % 20; ++i) {
      text.push_back(static_cast<char>(random() % 256));
    }
    (void)Program::compile(text, sample_roots());
    (void)Template::compile(Value("${" + text + "}"), sample_roots());
  }
}

}  // namespace
}  // namespace sagaloom::expression
