#include "runtime/workflow/explore/example.h"

#include <gtest/gtest.h>

#include "runtime/document/json.h"
#include "runtime/workflow/explore/pattern_example.h"

namespace sagaloom::explore {
namespace {

std::shared_ptr<const schema::Schema> schema(const std::string& json) {
  const auto value = document::parse(json);
  EXPECT_TRUE(value.ok());
  const auto compiled = schema::Schema::compile(*value);
  EXPECT_TRUE(compiled.ok()) << (compiled.ok() ? "" : compiled.error().message);
  return *compiled;
}

std::string example(const std::string& json, bool all = false) {
  const auto value = example_of(*schema(json), all);
  return value ? document::write(*value) : "none";
}

TEST(Example, IsTheSmallestThatTheSchemaAccepts) {
  EXPECT_EQ(example(R"({"type":"object","required":["id","n"],"properties":{
      "id":{"type":"string"},"n":{"type":"integer","minimum":3},"more":{"type":"boolean"}}})"),
            R"({"id":"id","n":3})");
  EXPECT_EQ(example(R"({"type":"object","properties":{"more":{"type":"boolean"}}})", true),
            R"({"more":true})");
  EXPECT_EQ(example(R"({"type":"array","minItems":2,"items":{"enum":["a","b"]}})"), R"(["a","a"])");
  EXPECT_EQ(example(R"({"type":"string","pattern":"^[A-Z]{3}$"})"), R"("AAA")");
  EXPECT_EQ(example(R"({"type":"string","format":"date-time"})"), R"("2030-01-01T00:00:00Z")");
  EXPECT_EQ(example(R"({"type":"string","minLength":6})"), R"("textxx")");
  EXPECT_EQ(example(R"({"$ref":"#/$defs/x","$defs":{"x":{"const":7}}})"), "7");
  EXPECT_EQ(example(R"({"allOf":[{"type":"object","required":["a"],"properties":{"a":{"const":1}}},
      {"type":"object","required":["b"],"properties":{"b":{"const":2}}}]})"),
            R"({"a":1,"b":2})");
  EXPECT_EQ(example("false"), "none");
}

TEST(Example, OfAPatternMatchesIt) {
  EXPECT_EQ(pattern_example("^(ab|cd)+x?$", false), "ab");
  EXPECT_EQ(pattern_example("^(?:ab|cd)+x?$", true), "abx");
  EXPECT_EQ(pattern_example("[^a]\\d{2}\\.", false), "011.");
  EXPECT_EQ(pattern_example("(", false), "");
  EXPECT_EQ(pattern_example("[", false), "a");
}

TEST(Example, AlternativesAreAcceptedToo) {
  const auto s = schema(R"({"type":"object","required":["kind","n"],"properties":{
      "kind":{"enum":["bag","box"]},"n":{"type":"integer","minimum":1,"maximum":30},
      "note":{"type":"string"}}})");
  const auto base = example_of(*s);
  ASSERT_TRUE(base);
  std::string found;
  for (const auto& each : alternatives(*s, *base)) {
    EXPECT_TRUE(s->validate(replaced(*base, each.pointer, each.value)).empty());
    found += each.pointer + "=" + document::write(each.value) + " ";
  }
  EXPECT_EQ(found, R"(/kind="box" /n=30 /note="note" )");
}

TEST(Example, AValueIsReplacedByItsPointer) {
  const auto value = document::parse(R"({"a/b":[{"x":1},{"x":2}]})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(document::write(replaced(*value, "/a~1b/1/x", Value(5))),
            R"({"a/b":[{"x":1},{"x":5}]})");
  EXPECT_EQ(document::write(replaced(*value, "/new", Value(5))),
            R"({"a/b":[{"x":1},{"x":2}],"new":5})");
  EXPECT_EQ(document::write(replaced(*value, "", Value(5))), "5");
}

}  // namespace
}  // namespace sagaloom::explore
