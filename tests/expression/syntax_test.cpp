// What the compiler refuses, with which code, and where it points.
#include "tests/expression/evaluation_check.h"

namespace sagaloom::expression {
namespace {

struct Case {
  const char* text;
  std::size_t offset;
  const char* says;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.text;
}

void expect_error(const Case& test, const char* code) {
  const auto program = Program::compile(test.text, sample_roots());
  ASSERT_FALSE(program.ok()) << test.text;
  EXPECT_EQ(program.error().code, code) << program.error().message;
  EXPECT_EQ(program.error().offset, test.offset) << program.error().message;
  EXPECT_NE(program.error().message.find(test.says), std::string::npos) << program.error().message;
}

class Syntax : public testing::TestWithParam<Case> {};
TEST_P(Syntax, IsRefused) {
  expect_error(GetParam(), "expression.syntax");
}

INSTANTIATE_TEST_SUITE_P(
    Table, Syntax,
    testing::Values(
        Case{"", 0, "empty"}, Case{"  ", 2, "empty"}, Case{"1 +", 3, "ends"},
        Case{"1 2", 2, "an operator"}, Case{"(1", 2, "`)`"}, Case{"1)", 1, "an operator"},
        Case{"[1,,2]", 3, "a value"}, Case{"{'a' 1}", 5, "`:`"}, Case{"input.", 6, "a name"},
        Case{"input.1", 5, "an operator"}, Case{"a = b", 2, "write `==`"},
        Case{"true & false", 5, "`&&`"}, Case{"true | false", 5, "`||`"},
        Case{"1 # 2", 2, "no meaning"}, Case{"'abc", 0, "not closed"},
        Case{"'a\nb'", 0, "not closed"}, Case{"\"\"\"abc\"\"", 0, "not closed"},
        Case{"'\\q'", 1, "escape"}, Case{"'\\x4'", 1, "escape"}, Case{"'\\ud800'", 1, "escape"},
        Case{"'\\U00110000'", 1, "escape"}, Case{"'\\400'", 1, "escape"},
        Case{"9223372036854775808", 0, "64 bits"}, Case{"99999999999999999999", 0, "64 bits"},
        Case{"-9223372036854775809", 1, "64 bits"}, Case{"1e400", 0, "double"},
        Case{"1e", 0, "exponent"}, Case{"0x", 0, "digits"}, Case{"1u", 1, "unsigned"},
        Case{"12abc", 2, "letter"}, Case{"b'x'", 0, "bytes"}, Case{"br'x'", 0, "bytes"},
        Case{"for", 0, "reserved"}, Case{"has(input)", 0, "a member"},
        Case{"has(input.?id)", 0, "a member"}, Case{"input.all(1, true)", 10, "variable"},
        Case{"input.all(x)", 10, "variable"}, Case{"input.all(if, true)", 10, "reserved"},
        Case{"input{'a': 1}", 5, "typed messages"}, Case{"`a`", 0, "a value"},
        Case{"input.`a", 6, "backticks"}, Case{"input.``", 6, "empty"},
        Case{"'x'.matches('[')", 12, "bad pattern"},
        Case{"'x'.matches('(?=a)')", 12, "bad pattern"},
        Case{"now.getHours('Mars/Base')", 13, "time zone"},
        Case{"now.getHours('../../etc/passwd')", 13, "time zone"}, Case{"true ? 1", 8, "`:`"},
        Case{"1 ? 2 : ", 8, "a value"}, Case{"!", 1, "a value"}, Case{"in", 0, "reserved"},
        Case{"size(1 2)", 7, "`)`"}, Case{"\xff", 0, "no meaning"}));

class Unknown : public testing::TestWithParam<Case> {};
TEST_P(Unknown, IsRefused) {
  expect_error(GetParam(), "expression.unknown");
}

INSTANTIATE_TEST_SUITE_P(
    Table, Unknown,
    testing::Values(
        Case{"inptu.id", 0, "did you mean `input`?"}, Case{"1 + foo", 4, "`foo` is not known"},
        Case{"siez(input)", 0, "did you mean `size`?"},
        Case{"input.id.startswith('o')", 9, "did you mean `startsWith`?"},
        Case{"startsWith(input.id, 'o')", 0, "x.startsWith"}, Case{"input.id.int()", 9, "int(x)"},
        Case{"size()", 0, "takes 1 argument, not 0"},
        Case{"size(1, 2)", 0, "takes 1 argument, not 2"},
        Case{"'a'.replace('b')", 4, "takes 2 to 3 arguments, not 1"},
        Case{"has()", 0, "takes 1 argument"}, Case{"input.?id.orValue()", 10, "takes 1 argument"},
        Case{"[1].map(x, x) + [x]", 17, "`x` is not known"},
        Case{"optional.off(1)", 0, "`optional` is not known"}, Case{"optional", 0, "not known"},
        Case{"dyn(1)", 0, "no function"}, Case{"type(1)", 0, "no function"}));

TEST(Syntax, WordsOfTheGrammarAreLegalAsMembers) {
  for (const char* word : {"in", "for", "if", "true", "null", "has", "size", "map"}) {
    const std::string text = "{'" + std::string(word) + "': 1}." + word;
    expect_value(text, 1);
  }
}

TEST(Syntax, TrailingCommasAreLegal) {
  expect_value("[1, 2,]", Value::list({1, 2}));
  expect_value("{'a': 1,}", Value::object({{"a", 1}}));
}

}  // namespace
}  // namespace sagaloom::expression
