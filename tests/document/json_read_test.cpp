// What reading lets in, what it refuses, and how it says so.
#include <gtest/gtest.h>

#include "runtime/document/json.h"

namespace sagaloom::document {
namespace {

using expression::Value;

Value read(std::string_view text) {
  auto result = parse(text);
  EXPECT_TRUE(result.ok()) << text << ": " << (result.ok() ? "" : result.error().message);
  return result.ok() ? *result : Value();
}

std::string code_of(std::string_view text, const Limits& limits = {}) {
  const auto result = parse(text, limits);
  return result.ok() ? "ok" : result.error().code;
}

TEST(JsonRead, KeepsTheKindOfNumbers) {
  EXPECT_TRUE(read("1").is_integer());
  EXPECT_TRUE(read("1.0").is_real());
  EXPECT_TRUE(read("1e2").is_real());
  EXPECT_EQ(read("-9223372036854775808").integer(), INT64_MIN);
  EXPECT_EQ(read("9223372036854775807").integer(), INT64_MAX);
  EXPECT_EQ(read("-0").integer(), 0);
}

TEST(JsonRead, ReadsEveryKind) {
  const Value value = read(R"( {"b":[true,false,null,"x\u00e9\n"],"a":{},"c":1.5} )");
  ASSERT_TRUE(value.is_map());
  EXPECT_EQ(value.members().front().key.string(), "a");
  EXPECT_EQ(*value.find("b"), Value::list({true, false, nullptr, "x\xc3\xa9\n"}));
  EXPECT_EQ(*value.find("c"), Value(1.5));
}

TEST(JsonRead, RefusesNumbersBeyondSixtyFourBits) {
  EXPECT_EQ(code_of("9223372036854775808"), "json.malformed");
  EXPECT_EQ(code_of("-9223372036854775809"), "json.malformed");
  EXPECT_EQ(code_of("123456789012345678901234567890"), "json.malformed");
  EXPECT_EQ(code_of("1e999"), "json.malformed");
  const auto result = parse(R"({"a":[1,9223372036854775808]})");
  EXPECT_EQ(result.error().pointer, "/a/1");
}

TEST(JsonRead, RefusesDuplicateKeysAndNamesThem) {
  const auto result = parse(R"({"a":[{"x/y":1,"b":2,"x/y":3}]})");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "json.duplicate_key");
  EXPECT_EQ(result.error().pointer, "/a/0/x~1y");
  EXPECT_EQ(code_of(R"({"a":1,"\u0061":2})"), "json.duplicate_key");
}

TEST(JsonRead, MalformedTextHasItsOffset) {
  const auto result = parse(R"({"a": 1,})");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "json.malformed");
  EXPECT_EQ(result.error().offset, 8u);
  EXPECT_NE(result.error().message.find("not JSON"), std::string::npos);
}

class Malformed : public testing::TestWithParam<const char*> {};

TEST_P(Malformed, IsRefused) {
  EXPECT_EQ(code_of(GetParam()), "json.malformed") << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Table, Malformed,
                         testing::Values("", " ", "{", "[1,", "nul", "01", "1 2", "'a'", "{a:1}",
                                         "\"\\ud800\"", "\"\x01\"", "\"\xff\"", "\"\xc0\xaf\"",
                                         "\"\xed\xa0\x80\"", "\"abc", "NaN", "-", "[1]]", "//x\n1",
                                         "\"\\x41\"", "+1", ".5", "1.", "{\"a\"}"));

TEST(JsonRead, DepthIsLimited) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(code_of(nested(32)), "ok");
  EXPECT_EQ(code_of(nested(33)), "json.too_deep");
  EXPECT_EQ(code_of(std::string(500'000, '[')), "json.too_deep");
  EXPECT_EQ(parse("[[[1]]]", {.depth = 2}).error().pointer, "/0/0");
}

TEST(JsonRead, SizeIsLimited) {
  EXPECT_EQ(code_of("\"12345678\"", {.bytes = 10}), "ok");
  EXPECT_EQ(code_of("\"123456789\"", {.bytes = 10}), "json.too_large");
}

TEST(JsonRead, PlainReadingLeavesTagsAlone) {
  const Value value = read(R"({"$secret":"db"})");
  ASSERT_TRUE(value.is_map());
  EXPECT_EQ(*value.find("$secret"), Value("db"));
}

TEST(JsonRead, UnknownTagsAreRefusedInTaggedText) {
  for (const char* text : {R"({"$nope":"x"})", R"({"$secret":1})", R"({"$secret":"a","b":1})",
                           R"({"$timestamp":"yesterday"})", R"({"$map":[]})", R"({"$real":"1"})",
                           R"({"$entries":[[1]]})"}) {
    const auto result = parse_tagged(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code, "json.malformed");
  }
}

TEST(ValidUtf8, FollowsTheTableOfWellFormedSequences) {
  for (const char* good : {"", "abc", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(valid_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xc2",
                          "\xe2\x82", "\xf0\x9f\x98", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(valid_utf8(bad)) << bad;
  }
}

}  // namespace
}  // namespace sagaloom::document
