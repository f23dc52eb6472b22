// What expressions mean: the parts that the public cases do not cover, and our additions to CEL.
#include "tests/expression/evaluation_check.h"

namespace sagaloom::expression {
namespace {

struct Case {
  const char* text;
  Value wanted;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.text;
}

class Meaning : public testing::TestWithParam<Case> {};

TEST_P(Meaning, IsAsTheTableSays) {
  expect_value(GetParam().text, GetParam().wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Paths, Meaning,
    testing::Values(Case{"input.id", "o-1"}, Case{"input['id']", "o-1"},
                    Case{"input.`content-type`", "json"}, Case{"input.items[1].sku", "y"},
                    Case{"input.items[1.0].sku", "y"}, Case{"{'a': {'b': [1, 2]}}.a.b[1]", 2},
                    Case{"input.nothing == null", true}, Case{"has(input.id)", true},
                    Case{"has(input.car)", false}, Case{"has(input.nothing)", true},
                    Case{"has(input.nothing.deep)", false}, Case{"has(absent.x)", false},
                    Case{"'id' in input", true}, Case{"5 in input", false}));

INSTANTIATE_TEST_SUITE_P(
    Optionals, Meaning,
    testing::Values(
        Case{"input.?car.?class.orValue('economy')", "economy"}, Case{"input.?id", "o-1"},
        Case{"input.?car", Value::none()}, Case{"input.?nothing.?deep.hasValue()", false},
        Case{"absent.?x.hasValue()", false}, Case{"input.tags[?9].orValue('z')", "z"},
        Case{"input.tags[?1]", "b"}, Case{"input[?'car'].hasValue()", false},
        Case{"optional.of(1).orValue(1 / 0)", 1},
        Case{"optional.of(1).or(optional.of(1 / 0)).value()", 1},
        Case{"optional.none().orValue(2)", 2}, Case{"input.?count.optMap(c, c * 2).orValue(0)", 6},
        Case{"{'a': 1, ?'b': input.?car, ?'c': input.?count}", Value::object({{"a", 1}, {"c", 3}})},
        Case{"[1, ?input.?car, ?input.?count]", Value::list({1, 3})},
        Case{"steps.?price.?output.?amount.orValue(0)", 700},
        Case{"!steps.?approval.?output.?approved.orValue(true)", false}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, Meaning,
    testing::Values(Case{"1 + 2.5", 3.5}, Case{"input.price * input.count", 7.5}, Case{"7 / 2", 3},
                    Case{"-7 / 2", -3}, Case{"7 / 2.0", 3.5}, Case{"1 == 1.0", true},
                    Case{"9007199254740993 == 9007199254740992.0", false},
                    Case{"9007199254740993 > 9007199254740992.0", true},
                    Case{"9223372036854775807 < 9223372036854775808.0", true},
                    Case{"1 < 1.5 && 1.5 < 2", true}, Case{"0x10", 16}, Case{"-0x10", -16},
                    Case{"1e3", 1000.0}, Case{".5", 0.5}, Case{"int('-12')", -12},
                    Case{"int(2.9)", 2}, Case{"string(1.0)", "1"}, Case{"string(true)", "true"},
                    Case{"2 * 3 + 4 * 5", 26}, Case{"2 - 3 - 4", -5}, Case{"-2 * -3", 6}));

INSTANTIATE_TEST_SUITE_P(
    Collections, Meaning,
    testing::Values(Case{"sum(input.items.map(i, i.qty))", 7},
                    Case{"input.items.map(i, i.qty).sum()", 7}, Case{"sum([])", 0},
                    Case{"sum([1, 2.5])", 3.5}, Case{"min(3, 1, 2)", 1}, Case{"max([1, 2.5])", 2.5},
                    Case{"min('b', 'a')", "a"},
                    Case{"max(timestamp(1), timestamp(2)) == timestamp(2)", true},
                    Case{"size('héllo')", 5}, Case{"'héllo'.size()", 5},
                    Case{"size(input.items)", 2},
                    Case{"input.items.filter(i, i.qty > 2).map(i, i.sku)", Value::list({"y"})},
                    Case{"input.items.map(i, i.qty > 2, i.sku)", Value::list({"y"})},
                    Case{"input.items.all(i, i.qty > 1)", true},
                    Case{"[1, 2].map(x, [3, 4].map(y, x * y))",
                         Value::list({Value::list({3, 4}), Value::list({6, 8})})},
                    Case{"[1, 2].map(x, [x].map(x, x + 10)[0] + x)", Value::list({12, 14})},
                    Case{"{'a': 1, 'b': 2}.map(k, k)", Value::list({"a", "b"})},
                    Case{"[[1, 2], [3]].map(l, l.size())", Value::list({2, 1})},
                    Case{"[1, 2].map(input, input + 1)", Value::list({2, 3})}));

INSTANTIATE_TEST_SUITE_P(
    Strings, Meaning,
    testing::Values(Case{"'a,b,c'.split(',')", Value::list({"a", "b", "c"})},
                    Case{"'a,b,c'.split(',', 2)", Value::list({"a", "b,c"})},
                    Case{"'añb'.split('')", Value::list({"a", "ñ", "b"})},
                    Case{"''.split(',')", Value::list({""})}, Case{"input.tags.join('-')", "a-b-c"},
                    Case{"'aaa'.replace('a', 'bb')", "bbbbbb"},
                    Case{"'aaa'.replace('a', 'b', 1)", "baa"},
                    Case{"'aaa'.replace('aa', 'b')", "ba"}, Case{"' \\t x '.trim()", "x"},
                    Case{"'  '.trim()", ""}, Case{"'ÄbC'.lowerAscii()", "Äbc"},
                    Case{"'AbC'.upperAscii()", "ABC"}, Case{"'o-17'.matches('^o-[0-9]+$')", true},
                    Case{"matches('x', 'y')", false}, Case{"'abc'.contains('')", true},
                    Case{"r'\\d' + \"\\\\d\"", "\\d\\d"}, Case{"'''it's'''", "it's"},
                    Case{"1 // a comment\n + 2", 3}));

INSTANTIATE_TEST_SUITE_P(
    Times, Meaning,
    testing::Values(Case{"now.getFullYear()", 2026}, Case{"now.getMonth()", 1},
                    Case{"now.getDate()", 28}, Case{"now.getHours('+02:30')", 14},
                    Case{"now + duration('1d') > now", true},
                    Case{"(now + duration('1d')).getDate()", 1},
                    Case{"string(now - duration('90s'))", "2026-02-28T11:58:30Z"},
                    Case{"string(duration('1h30m'))", "5400s"},
                    Case{"timestamp('2026-02-28T13:00:00+01:00') == now", true},
                    Case{"duration('250ms') + duration('1.75s') == duration('2s')", true},
                    Case{"(now - timestamp('2026-02-28T11:00:00Z')).getMinutes()", 60}));

INSTANTIATE_TEST_SUITE_P(
    Logic, Meaning,
    testing::Values(Case{"true || 1 / 0 > 0", true}, Case{"1 / 0 > 0 || true", true},
                    Case{"false && absent.x", false}, Case{"absent.x && false", false},
                    Case{"true ? 1 : 1 / 0", 1}, Case{"false ? 1 : true ? 2 : 3", 2},
                    Case{"!true || !false", true}, Case{"1 < 2 == true", true}));

class Failure : public testing::TestWithParam<const char*> {};

TEST_P(Failure, IsExpressionFailed) {
  EXPECT_EQ(code_of(GetParam()), "expression.failed");
}

INSTANTIATE_TEST_SUITE_P(
    Table, Failure,
    testing::Values("input.car", "input.id.x", "input.tags[3]", "input.tags[-1]", "input.tags['x']",
                    "input.tags[0.5]", "absent", "absent.x", "1 + '1'", "'a' * 2", "[1] < [2]",
                    "1 / 0", "1 % 0", "9223372036854775807 + 1", "-(-9223372036854775807 - 1)",
                    "int('12x')", "int('')", "int(1e300)", "int(0.0 / 0.0)", "double('x')",
                    "bool('yes')", "timestamp('2026-02-30')", "duration('5')", "duration('')",
                    "size(1)", "sum(['a'])", "min([])", "max([1, 'a'])", "['a', 1].join()",
                    "'a'.replace('', 'b')", "!1", "1 ? 2 : 3", "{1.5: 1}", "{'a': 1, 'a': 2}",
                    "[?1]", "1.orValue(2)", "optional.none().value()", "input.id.all(c, true)",
                    "'x'.matches('(' + '')", "now.getHours('Nowhere/' + 'Land')",
                    "secrets.key + 'x'", "string(secrets.key)", "size(secrets.key)", "now + now",
                    "-'a'", "true && 'x'", "1 in 2", "optional.of(1) < optional.of(2)"));

TEST(Evaluate, SecretsPassAsReferences) {
  expect_value("secrets.key", Value::secret("key"));
  expect_value("{'token': secrets.key}", Value::object({{"token", Value::secret("key")}}));
}

TEST(Evaluate, ErrorsNameTheirPlaceAndTheRemedy) {
  const auto result = evaluate("1 + input.car");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().offset, 10u);
  EXPECT_EQ(result.error().message, "there is no member `car`; ask with `has` or `.?`");
}

TEST(Evaluate, TheFirstErrorOfALogicalRowIsReported) {
  const auto result = evaluate("input.a == 1 || input.b == 2");
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("`a`"), std::string::npos);
  EXPECT_EQ(result.error().offset, 6u);
}

TEST(Evaluate, ProgramsAreSharedBetweenEvaluations) {
  const auto program = Program::compile("input.n * 2", {"input"});
  ASSERT_TRUE(program.ok());
  for (int n = 0; n < 5; ++n) {
    MapScope scope({{"input", Value::object({{"n", n}})}});
    EXPECT_EQ(*program->evaluate(scope), Value(2 * n));
  }
}

TEST(MapScope, SetReplacesAndFindAnswersNothingForUnknown) {
  MapScope scope;
  scope.set("a", 1);
  scope.set("a", 2);
  EXPECT_EQ(*scope.find("a"), Value(2));
  EXPECT_EQ(scope.find("b"), nullptr);
}

}  // namespace
}  // namespace sagaloom::expression
