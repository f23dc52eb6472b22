// Schemas as types for the checker of expressions.
#include "runtime/schema/type.h"

#include "runtime/expression/checker.h"
#include "tests/schema/schema_check.h"

namespace sagaloom::schema {
namespace {

using expression::Program;

std::string codes(std::string_view schema, std::string_view text) {
  const expression::RootTypes roots = {{"input", type_of(*schema_of(schema))}};
  const auto program = Program::compile(text, {"input"});
  EXPECT_TRUE(program.ok()) << text;
  std::string all;
  for (const auto& finding : expression::check(*program, roots).findings) all += finding.code + " ";
  return all;
}

std::string type_text(std::string_view schema) {
  return expression::type_name(*type_of(*schema_of(schema)));
}

TEST(SchemaType, Kinds) {
  EXPECT_EQ(type_text(R"({"type":"string"})"), "string");
  EXPECT_EQ(type_text(R"({"type":["integer","null"]})"), "null or int");
  EXPECT_EQ(type_text(R"({"type":"number"})"), "int or double");
  EXPECT_EQ(type_text(R"({"enum":["a",1]})"), "int or string");
  EXPECT_EQ(type_text(R"({"anyOf":[{"type":"string"},{"type":"object"}]})"), "string or map");
  EXPECT_EQ(type_text(R"({"allOf":[{"type":["string","null"]},{"type":"string"}]})"), "string");
  EXPECT_EQ(type_text(R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"boolean"}}})"), "bool");
}

TEST(SchemaType, MembersAreRequiredOrNot) {
  const char* schema = R"({"type":"object","required":["id"],"properties":{
    "id":{"type":"string"},"car":{"type":"object","properties":{"class":{"type":"string"}}}}})";
  EXPECT_EQ(codes(schema, "input.id"), "");
  EXPECT_EQ(codes(schema, "input.car"), "X06 ");
  EXPECT_EQ(codes(schema, "input.?car.?class"), "");
  EXPECT_EQ(codes(schema, "input.cra"), "X03 ");
  EXPECT_EQ(codes(schema, "input.?cra"), "");  // open: it may be there
  EXPECT_EQ(codes(schema, "input.id * 2"), "X04 ");
}

TEST(SchemaType, ClosedMapsKnowTheirMembers) {
  const char* schema = R"({"type":"object","additionalProperties":false,"properties":{"a":true}})";
  EXPECT_EQ(codes(schema, "input.?b"), "X03 ");
}

TEST(SchemaType, AdditionalPropertiesHaveTheirType) {
  const char* schema = R"({"type":"object","additionalProperties":{"type":"integer"}})";
  EXPECT_EQ(codes(schema, "input.anything + 'x'"), "X04 ");
}

TEST(SchemaType, ListsHaveItems) {
  const char* schema =
      R"({"type":"array","items":{"type":"object","required":["q"],"properties":{"q":{"type":"integer"}}}})";
  EXPECT_EQ(codes(schema, "sum(input.map(i, i.q))"), "");
  EXPECT_EQ(codes(schema, "input.map(i, i.x)"), "X03 ");
}

TEST(SchemaType, RecursionEnds) {
  const char* schema =
      R"({"type":"object","required":["next"],"properties":{"next":{"$ref":"#"},"v":true}})";
  EXPECT_EQ(codes(schema, "input.next.next.next.anything"), "");
}

}  // namespace
}  // namespace sagaloom::schema
