// Pointers and codes of violations, kinds that JSON has not, and hostile schemas.
#include "tests/schema/schema_check.h"

namespace sagaloom::schema {
namespace {

using expression::Value;

struct Case {
  const char* schema;
  const char* value;
  const char* violations;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.schema << " " << test.value;
}

class Verdict : public testing::TestWithParam<Case> {};

TEST_P(Verdict, IsAsTheTableSays) {
  EXPECT_EQ(verdict(GetParam().schema, GetParam().value), GetParam().violations);
}

INSTANTIATE_TEST_SUITE_P(
    Places, Verdict,
    testing::Values(
        Case{R"({"type":"object","required":["id"],"additionalProperties":false,
                 "properties":{"id":{"type":"string"},"n":{"type":"integer","minimum":1}}})",
             R"({"n":0,"x":1})", " required, /n minimum, /x additionalProperties"},
        Case{R"({"type":"string"})", "1", " type"},
        Case{R"({"items":{"type":"string","maxLength":2}})", R"(["ab","abc",1])",
             "/1 maxLength, /2 type"},
        Case{R"({"properties":{"a/b~":{"const":1}}})", R"({"a/b~":2})", "/a~1b~0 const"},
        Case{R"({"properties":{"a":{"items":{"properties":{"b":false}}}}})",
             R"({"a":[{},{"b":1}]})", "/a/1/b false"},
        Case{R"({"anyOf":[{"type":"string"},{"minimum":3}]})", "2", " anyOf"},
        Case{R"({"oneOf":[{"type":"integer"},{"minimum":3}]})", "4", " oneOf"},
        Case{R"({"not":{"type":"null"}})", "null", " not"},
        Case{R"({"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}})",
             R"({"a":1})", " required"},
        Case{R"({"propertyNames":{"pattern":"^[a-z]+$"}})", R"({"A":1,"b":2})", "/A propertyNames"},
        Case{R"({"dependentRequired":{"a":["b","c"]}})", R"({"a":1,"c":2})", " dependentRequired"},
        Case{R"({"contains":{"const":1},"minContains":2,"maxContains":3})", "[1,2]", " contains"},
        Case{R"({"contains":{"const":1},"maxContains":1})", "[1,1]", " maxContains"},
        Case{R"({"uniqueItems":true})", R"([{"a":1},{"a":1.0}])", " uniqueItems"},
        Case{R"({"enum":["a","b"]})", R"("c")", " enum"},
        Case{R"({"multipleOf":0.01})", "19.99", ""},
        Case{R"({"multipleOf":0.01})", "19.999", " multipleOf"},
        Case{R"({"multipleOf":3})", "9223372036854775807", " multipleOf"},
        Case{R"({"maximum":9007199254740992.0})", "9007199254740993", " maximum"},
        Case{R"({"type":"integer"})", "1.0", ""}, Case{R"({"type":"integer"})", "1e300", ""},
        Case{R"({"type":"integer"})", "1.5", " type"},
        Case{R"({"minLength":2,"maxLength":2})", R"("é😀")", ""},
        Case{R"({"format":"date-time"})", R"("2026-02-30T00:00:00Z")", " format"},
        Case{R"({"format":"email"})", "17", ""}));

INSTANTIATE_TEST_SUITE_P(
    Unevaluated, Verdict,
    testing::Values(
        Case{R"({"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false})",
             R"({"a":1,"b":2})", "/b false"},
        Case{R"({"anyOf":[{"required":["a"],"properties":{"a":true}},{"properties":{"b":true}}],
                 "unevaluatedProperties":false})",
             R"({"a":1,"b":2})", ""},
        Case{R"({"if":{"properties":{"k":{"const":1}},"required":["k"]},
                 "then":{"properties":{"x":true}},"unevaluatedProperties":false})",
             R"({"k":2,"x":1})", "/k false, /x false"},
        Case{R"({"$ref":"#/$defs/b","unevaluatedProperties":false,
                 "$defs":{"b":{"properties":{"a":true}}}})",
             R"({"a":1,"c":1})", "/c false"},
        Case{R"({"not":{"properties":{"a":true},"required":["z"]},"unevaluatedProperties":false})",
             R"({"a":1})", "/a false"},
        Case{R"({"prefixItems":[true],"unevaluatedItems":{"type":"string"}})", R"([1,"a",2])",
             "/2 type"},
        Case{R"({"contains":{"type":"string"},"unevaluatedItems":false})", R"(["a",1])",
             "/1 false"},
        Case{R"({"items":true,"unevaluatedItems":false})", "[1]", ""}));

TEST(Validate, RecursiveSchemasWalkTheValue) {
  const char* tree = R"({"type":"object","required":["v"],"additionalProperties":false,
    "properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#"}}}})";
  EXPECT_EQ(verdict(tree, R"({"v":1,"kids":[{"v":2},{"v":3,"kids":[{"v":4}]}]})"), "");
  EXPECT_EQ(verdict(tree, R"({"v":1,"kids":[{"v":2},{"v":3,"kids":[{}]}]})"),
            "/kids/1/kids/0 required");
}

TEST(Validate, TheNumberOfViolationsIsLimited) {
  const auto schema = schema_of(R"({"items":{"type":"string"}})");
  const Value value(expression::List(100, Value(1)));
  EXPECT_EQ(schema->validate(value).size(), 20u);
  EXPECT_EQ(schema->validate(value, 3).size(), 3u);
  EXPECT_TRUE(schema->validate(value, 0).empty());
}

TEST(Validate, TimesCountAsTheirTextAndSecretsPass) {
  const auto time = schema_of(R"({"type":"string","format":"date-time"})");
  EXPECT_TRUE(time->validate(Value(expression::Timestamp{0, 0})).empty());
  EXPECT_FALSE(schema_of(R"({"type":"integer"})")->validate(expression::Timestamp{0, 0}).empty());
  EXPECT_TRUE(
      schema_of(R"({"type":"string","pattern":"^x$"})")->validate(Value::secret("k")).empty());
}

TEST(Validate, MessagesSayWhatToDo) {
  const auto violations = schema_of(R"({"type":["string","null"]})")->validate(json("[1]"));
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].message, "must be null or string, not array");
}

// 2^40 ways through the alternatives.
TEST(Hostile, ExplodingAlternativesEndWithLimit) {
  const char* schema = R"({"$ref":"#/$defs/n","$defs":{"n":{
    "anyOf":[{"allOf":[{"properties":{"x":{"$ref":"#/$defs/n"}}},{"required":["y"]}]},
             {"allOf":[{"properties":{"x":{"$ref":"#/$defs/n"}}},{"required":["y"]}]}]}}})";
  std::string value = "1";
  for (int i = 0; i < 40; ++i) value = R"({"x":)" + value + "}";
  EXPECT_EQ(verdict(schema, value), " limit");
}

TEST(Hostile, LongChainsOfReferencesEndWithLimit) {
  std::string schema = R"({"$ref":"#/$defs/0","$defs":{)";
  for (int i = 0; i < 5000; ++i) {
    schema += "\"" + std::to_string(i) + R"(":{"$ref":"#/$defs/)" + std::to_string(i + 1) + "\"},";
  }
  schema += R"("5000":true}})";
  EXPECT_EQ(verdict(schema, "1"), " limit");
}

TEST(Hostile, LargeListsAreUniqueInTime) {
  expression::List items;
  for (int i = 0; i < 100'000; ++i) items.push_back(Value(i));
  EXPECT_TRUE(schema_of(R"({"uniqueItems":true})")->validate(Value(items)).empty());
  items.push_back(Value(99'999.0));
  EXPECT_EQ(schema_of(R"({"uniqueItems":true})")->validate(Value(items)).size(), 1u);
}

}  // namespace
}  // namespace sagaloom::schema
