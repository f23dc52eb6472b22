// Which schemas are refused, and where the error points.
#include "tests/schema/schema_check.h"

namespace sagaloom::schema {
namespace {

struct Case {
  const char* schema;
  const char* pointer;
  const char* says;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.schema;
}

class Invalid : public testing::TestWithParam<Case> {};

TEST_P(Invalid, IsRefusedAtTheKeyword) {
  const auto schema = Schema::compile(json(GetParam().schema));
  ASSERT_FALSE(schema.ok());
  EXPECT_EQ(schema.error().code, "schema.invalid");
  EXPECT_EQ(schema.error().pointer, GetParam().pointer);
  EXPECT_NE(schema.error().message.find(GetParam().says), std::string::npos)
      << schema.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Invalid,
    testing::Values(
        Case{"1", "", "object, true or false"}, Case{"[]", "", "object"},
        Case{R"({"tpye":"string"})", "/tpye", "did you mean `type`"},
        Case{R"({"definitions":{}})", "/definitions", "not supported"},
        Case{R"({"$anchor":"a"})", "/$anchor", "not supported"},
        Case{R"({"$dynamicRef":"#a"})", "/$dynamicRef", "not supported"},
        Case{R"({"type":"text"})", "/type", "no type `text`"},
        Case{R"({"type":[]})", "/type", "at least one"}, Case{R"({"type":1})", "/type", "names"},
        Case{R"({"properties":{"a":{"type":"x"}}})", "/properties/a/type", "no type"},
        Case{R"({"properties":{"a/b":{"minimum":"1"}}})", "/properties/a~1b/minimum", "number"},
        Case{R"({"properties":[]})", "/properties", "object of schemas"},
        Case{R"({"items":[{}]})", "/items", "object, true or false"},
        Case{R"({"minLength":-1})", "/minLength", "from 0 up"},
        Case{R"({"minLength":1.5})", "/minLength", "from 0 up"},
        Case{R"({"multipleOf":0})", "/multipleOf", "above 0"},
        Case{R"({"enum":"a"})", "/enum", "list"}, Case{R"({"required":"a"})", "/required", "names"},
        Case{R"({"required":[1]})", "/required", "names"},
        Case{R"({"allOf":[]})", "/allOf", "list of schemas"},
        Case{R"({"allOf":[true,{"x":1}]})", "/allOf/1/x", "not supported"},
        Case{R"({"uniqueItems":1})", "/uniqueItems", "true or false"},
        Case{R"({"pattern":"["})", "/pattern", "bad pattern"},
        Case{R"-({"pattern":"(?=a)"})-", "/pattern", "bad pattern"},
        Case{R"({"patternProperties":{"[":{}}})", "/patternProperties/[", "bad pattern"},
        Case{R"({"format":"colour"})", "/format", "not known"},
        Case{R"({"$ref":"other.json"})", "/$ref", "same schema"},
        Case{R"({"$ref":"#/$defs/x"})", "/$ref", "no schema at"},
        Case{R"({"$ref":"#x"})", "/$ref", "JSON pointer"},
        Case{R"({"$ref":"#/a%2"})", "/$ref", "JSON pointer"},
        Case{R"({"$ref":"#"})", "/$ref", "without end"},
        Case{R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"anyOf":[{"$ref":"#/$defs/a"}]}}})",
             "/$defs/a/$ref", "without end"},
        Case{R"({"not":{"$ref":"#"}})", "/not/$ref", "without end"},
        Case{R"({"properties":{"a":{"$id":"x"}}})", "/properties/a/$id", "at the top"},
        Case{R"({"examples":1})", "/examples", "list"},
        Case{R"({"deprecated":"yes"})", "/deprecated", "true or false"}));

TEST(Compile, AnnotationsAreAllowed) {
  EXPECT_EQ(verdict(R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"urn:x",
    "$comment":"c","title":"t","description":"d","default":1,"examples":[1],"deprecated":true,
    "readOnly":true,"writeOnly":false,"x-sensitive":true,"x-anything":{"a":[1]}})",
                    "1"),
            "");
}

TEST(Compile, NestingAndSizeAreLimited) {
  std::string deep = "true";
  for (int i = 0; i < 65; ++i) deep = R"({"not":)" + deep + "}";
  EXPECT_EQ(Schema::compile(json(deep)).error().code, "schema.invalid");
  std::string wide = R"({"anyOf":[true)";
  for (int i = 0; i < 20'000; ++i) wide += ",true";
  EXPECT_EQ(Schema::compile(json(wide + "]}")).error().code, "schema.invalid");
}

TEST(Compile, KeepsTheSource) {
  const auto source = json(R"({"type":"object"})");
  EXPECT_EQ((*Schema::compile(source))->source(), source);
}

}  // namespace
}  // namespace sagaloom::schema
