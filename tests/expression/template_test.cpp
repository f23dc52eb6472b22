// Templates: whole leaves keep their type, texts join, absent leaves leave their key out.
#include "tests/expression/evaluation_check.h"

namespace sagaloom::expression {
namespace {

Result<std::optional<Value>> render(const Value& tree) {
  const auto compiled = Template::compile(tree, sample_roots());
  if (!compiled) return compiled.error();
  return compiled->render(sample_scope());
}

Value rendered(const Value& tree) {
  const auto result = render(tree);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  return result.ok() && *result ? **result : Value("(absent)");
}

TEST(Template, WholeLeavesKeepTheirType) {
  EXPECT_TRUE(rendered("${ input.count }").is_integer());
  EXPECT_EQ(rendered("${input.tags}"), Value::list({"a", "b", "c"}));
  EXPECT_EQ(rendered("${ now }").kind(), Value::Kind::timestamp);
  EXPECT_TRUE(rendered("${ secrets.key }").is_secret());
  EXPECT_TRUE(rendered("${ input.nothing }").is_null());
}

TEST(Template, TextsAreJoined) {
  EXPECT_EQ(rendered("order ${ input.id }: ${ input.count } x ${ input.price } ${ true }"),
            Value("order o-1: 3 x 2.5 true"));
  EXPECT_EQ(rendered(" ${ input.count }"), Value(" 3"));
  EXPECT_EQ(rendered("${ input.count }${ input.count }"), Value("33"));
}

TEST(Template, DollarsAndBracesWithoutExpressionAreText) {
  for (const char* text : {"$5", "a $ b", "{x}", "}", "$", "$$", "$ {x}"}) {
    EXPECT_EQ(rendered(text), Value(text));
  }
}

TEST(Template, BracesAndQuotesInsideAreUnderstood) {
  EXPECT_EQ(rendered("${ {'a': {'b': '}'}}.a.b }!"), Value("}!"));
  EXPECT_EQ(rendered("${ input.items.map(i, {\"sku\": i.sku}) }"),
            Value::list({Value::object({{"sku", "x"}}), Value::object({{"sku", "y"}})}));
}

TEST(Template, AbsentLeavesAreLeftOut) {
  EXPECT_EQ(rendered(Value::object({{"a", "${ input.?car }"}, {"b", "${ input.?id }"}})),
            Value::object({{"b", "o-1"}}));
  EXPECT_EQ(rendered(Value::list({1, "${ input.?car }", 2})), Value::list({1, 2}));
  EXPECT_EQ(rendered(Value::object({{"a", Value::object({{"b", "${ input.?car }"}})}})),
            Value::object({{"a", Value(Map{})}}));
  const auto whole = render("${ input.?car }");
  ASSERT_TRUE(whole.ok());
  EXPECT_FALSE(whole->has_value());
}

TEST(Template, ConstantsCostNothing) {
  const auto tree = Value::object({{"a", Value::list({1, "x", nullptr})}});
  const auto compiled = Template::compile(tree, sample_roots());
  ASSERT_TRUE(compiled.ok());
  EXPECT_TRUE(compiled->is_constant());
  EXPECT_TRUE(compiled->parts().empty());
  EXPECT_TRUE((**compiled->render(sample_scope())).identical(tree));
  EXPECT_TRUE(Template::constant(tree).is_constant());
}

TEST(Template, CompileErrorsNameLeafAndByte) {
  const auto tree =
      Value::object({{"a", Value::list({1, Value::object({{"x/y", "id: ${ input.id + }"}})})}});
  const auto compiled = Template::compile(tree, sample_roots());
  ASSERT_FALSE(compiled.ok());
  EXPECT_EQ(compiled.error().code, "expression.syntax");
  EXPECT_EQ(compiled.error().pointer, "/a/1/x~1y");
  EXPECT_EQ(compiled.error().offset, 18u);
}

TEST(Template, AMissingBraceIsASyntaxError) {
  for (const char* text : {"${", "${ input.id", "a ${ {'b': 1 }", "${ '}"}) {
    EXPECT_EQ(render(text).error().code, "expression.syntax") << text;
  }
  EXPECT_EQ(render("${}").error().code, "expression.syntax");
}

TEST(Template, UnknownRootsAreRefused) {
  const auto result = render(Value::object({{"a", "x ${ stesp.y }"}}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "expression.unknown");
  EXPECT_EQ(result.error().offset, 5u);
}

TEST(Template, RenderErrorsNameLeafAndByte) {
  const auto result = render(Value::object({{"a", Value::list({"ok", "x${ 1 + input.car }"})}}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "expression.failed");
  EXPECT_EQ(result.error().pointer, "/a/1");
  EXPECT_EQ(result.error().offset, 14u);
}

TEST(Template, TextsTakeNoListsNullsTimesOrSecrets) {
  for (const char* text : {"x${ input.tags }", "x${ input.nothing }", "x${ now }",
                           "x${ secrets.key }", "x${ input.?car }", "x${ input }"}) {
    EXPECT_EQ(render(text).error().code, "expression.failed") << text;
  }
}

TEST(Template, OnlyDocumentsLeave) {
  EXPECT_EQ(render("${ 0.0 / 0.0 }").error().code, "expression.failed");
  EXPECT_EQ(render("${ [1.0 / 0.0] }").error().code, "expression.failed");
  EXPECT_EQ(render("${ {1: 2} }").error().code, "expression.failed");
  EXPECT_EQ(render("${ [input.?car] }").error().code, "expression.failed");
}

TEST(Template, DepthOfTheResultIsLimited) {
  Value deep("x");
  for (int i = 0; i < 31; ++i) deep = Value::list({deep});
  MapScope scope({{"input", deep}});
  const auto at_limit = Template::compile(Value::list({"${ input }"}), {"input"});
  EXPECT_TRUE(at_limit->render(scope).ok());
  const auto beyond = Template::compile(Value::list({Value::list({"${ input }"})}), {"input"});
  EXPECT_EQ(beyond->render(scope).error().code, "expression.failed");
}

TEST(Template, TheBudgetIsForTheWholeTree) {
  List leaves(50, Value("${ input.items.map(i, i.qty) }"));
  const auto compiled = Template::compile(Value(leaves), sample_roots());
  EXPECT_TRUE(compiled->render(sample_scope()).ok());
  EXPECT_FALSE(compiled->render(sample_scope(), {.steps = 100}).ok());
}

TEST(Template, PartsListEveryExpression) {
  const auto compiled = Template::compile(
      Value::object({{"a", "${ input.id }"}, {"b", Value::list({"x", "no ${ 1 } ${2}"})}}),
      sample_roots());
  ASSERT_TRUE(compiled.ok());
  const auto parts = compiled->parts();
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].pointer, "/a");
  EXPECT_EQ(parts[0].offset, 2u);
  EXPECT_TRUE(parts[0].whole);
  EXPECT_EQ(parts[0].program->text(), " input.id ");
  EXPECT_EQ(parts[1].pointer, "/b/1");
  EXPECT_FALSE(parts[1].whole);
  EXPECT_EQ(parts[2].offset, 12u);
}

}  // namespace
}  // namespace sagaloom::expression
