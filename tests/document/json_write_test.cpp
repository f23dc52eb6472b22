// The written forms, the way back, and the canonical form.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "runtime/document/json.h"

namespace sagaloom::document {
namespace {

using expression::List;
using expression::Map;
using expression::TimeSpan;
using expression::Timestamp;
using expression::Value;

TEST(JsonWrite, IsCompactAndSorted) {
  EXPECT_EQ(write(Value::object({{"b", Value::list({1, 2.5, true, nullptr})}, {"a", "x"}})),
            R"({"a":"x","b":[1,2.5,true,null]})");
  EXPECT_EQ(write(Value(List{})), "[]");
  EXPECT_EQ(write(Value(Map{})), "{}");
}

TEST(JsonWrite, EscapesWhatMustBe) {
  EXPECT_EQ(write("a\"b\\c\n\t\r\b\f\x01\x1f/é"), "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\\u0001\\u001f/é\"");
  EXPECT_EQ(write(std::string("\0", 1)), "\"\\u0000\"");
}

TEST(JsonWrite, RealsKeepTheirPoint) {
  EXPECT_EQ(write(1.0), "1.0");
  EXPECT_EQ(write(-0.0), "-0.0");
  EXPECT_EQ(write(0.1), "0.1");
  EXPECT_EQ(write(1e300), "1e+300");
  EXPECT_EQ(write(5e-324), "5e-324");
}

TEST(JsonWrite, TagsWhatJsonCannotSay) {
  EXPECT_EQ(write(Timestamp{0, 500'000'000}), R"({"$timestamp":"1970-01-01T00:00:00.5Z"})");
  EXPECT_EQ(write(TimeSpan{1, 500'000'000}), R"({"$duration":"1.5s"})");
  EXPECT_EQ(write(Value::secret("db")), R"({"$secret":"db"})");
  EXPECT_EQ(write(Value::object({{"$ref", 1}, {"a", 2}})), R"({"$map":{"$ref":1,"a":2}})");
  EXPECT_EQ(write(std::numeric_limits<double>::infinity()), R"({"$real":"Infinity"})");
  EXPECT_EQ(write(Map{{Value(2), Value("x")}}), R"({"$entries":[[2,"x"]]})");
}

class RoundTrip : public testing::TestWithParam<Value> {};

TEST_P(RoundTrip, GivesTheSameValue) {
  const std::string text = write(GetParam());
  const auto back = parse_tagged(text);
  ASSERT_TRUE(back.ok()) << text << ": " << back.error().message;
  EXPECT_EQ(Value::order(*back, GetParam()), std::strong_ordering::equal) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RoundTrip,
    testing::Values(
        Value(), Value(true), Value(0), Value(std::int64_t{INT64_MIN}), Value(1.0), Value(-0.0),
        Value(0.1), Value(1.7976931348623157e308), Value(5e-324), Value(""), Value("\x7f\"\\é😀"),
        Value(std::numeric_limits<double>::quiet_NaN()),
        Value(-std::numeric_limits<double>::infinity()), Value(Timestamp{-62135596800, 0}),
        Value(Timestamp{253402300799, 999'999'999}), Value(TimeSpan{-1, -5}),
        Value(TimeSpan{0, -1}), Value(TimeSpan{9223372036, 0}), Value::secret("a\"b"),
        Value::object({{"$secret", "not one"}}), Value::object({{"$map", Value(Map{})}}),
        Value::object({{"$map", Value::object({{"$map", Value::object({{"$x", 1}})}})}}),
        Value::object({{"$timestamp", Value(Timestamp{1, 0})}, {"b", Value::secret("s")}}),
        Value::object({{"", 1}, {"$", 2}, {"#", 3}, {"%", 4}}),
        Value(Map{{Value(1), Value("a")}, {Value(true), Value("b")}, {Value("c"), Value("d")}}),
        Value::list({Value::list({Value(Map{})}), Value::object({{"a", Value::list({1, 1.0})}})})));

TEST(JsonWrite, PlainIsForReadersWhoKnowNoTags) {
  EXPECT_EQ(write_plain(Value::object({{"$ref", Value(Timestamp{0, 0})},
                                       {"d", Value(TimeSpan{90, 0})},
                                       {"n", std::numeric_limits<double>::quiet_NaN()},
                                       {"s", Value::secret("db")},
                                       {"m", Value(Map{{Value(1), Value(true)}})}})),
            R"({"$ref":"1970-01-01T00:00:00Z","d":"90s","m":{"1":true},"n":null,)"
            R"("s":{"$secret":"db"}})");
}

// Values of every kind, nested at random, with keys that look like tags.
Value random_value(std::mt19937& random, int depth) {
  static const std::vector<std::string> keys = {"a", "b", "", "$map", "$secret", "$", "é\"\n", "#"};
  const auto pick = [&](std::size_t count) { return random() % count; };
  switch (pick(depth > 0 ? 10 : 8)) {
    case 0:
      return Value();
    case 1:
      return Value(pick(2) == 0);
    case 2:
      return Value(static_cast<std::int64_t>(std::uint64_t{random()} << 32 | std::uint64_t{random()}));
    case 3:
      return Value(std::ldexp(static_cast<double>(random()), static_cast<int>(pick(400)) - 200));
    case 4:
      return Value(keys[pick(keys.size())]);
    case 5:
      return Value(Timestamp{static_cast<std::int64_t>(random()), 1});
    case 6:
      return Value(TimeSpan{-static_cast<std::int64_t>(pick(1000)), -7});
    case 7:
      return Value::secret("s");
    case 8: {
      List items;
      for (auto i = pick(4); i > 0; --i) items.push_back(random_value(random, depth - 1));
      return Value(std::move(items));
    }
    default: {
      Map members;
      for (auto i = pick(4); i > 0; --i) {
        members.push_back({keys[pick(keys.size())], random_value(random, depth - 1)});
      }
      return Value(std::move(members));
    }
  }
}

TEST(JsonWrite, RandomValuesComeBack) {
  std::mt19937 random(3);
  for (int round = 0; round < 5'000; ++round) {
    const Value value = random_value(random, 5);
    const auto back = parse_tagged(write(value));
    ASSERT_TRUE(back.ok()) << write(value) << back.error().message;
    ASSERT_EQ(Value::order(*back, value), std::strong_ordering::equal) << write(value);
  }
}

TEST(JsonWrite, TheDeepestValueComesBackWithItsTags) {
  Value value = Value(Timestamp{5, 0});
  for (int i = 0; i < 32; ++i) value = Value::object({{"$k", value}});
  const auto back = parse_tagged(write(value));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, value);
}

TEST(Canonical, NumbersAreWrittenAsEcmaScriptDoes) {
  const std::pair<double, const char*> table[] = {
      {0.0, "0"},
      {-0.0, "0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {123456789012345680000.0, "123456789012345680000"},
      {1e-6, "0.000001"},
      {1e-7, "1e-7"},
      {1.5e-7, "1.5e-7"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {4.5, "4.5"},
      {0.002, "0.002"},
      {333333333.3333333, "333333333.3333333"},
      {1e23, "1e+23"},
      {9007199254740992.0, "9007199254740992"}};
  for (const auto& [number, text] : table) EXPECT_EQ(canonical(number), text);
}

TEST(Canonical, RealAndIntegerOfOneValueAreOneText) {
  EXPECT_EQ(canonical(Value::object({{"a", 1}})), canonical(Value::object({{"a", 1.0}})));
  EXPECT_EQ(canonical(std::int64_t{9007199254740993}), "9007199254740993");
}

// The sorting example of RFC 8785, section 3.2.3.
TEST(Canonical, KeysAreSortedByUtf16CodeUnits) {
  const auto value = parse(R"({"€":1,"\r":2,"\ufb33":3,"1":4,"😀":5,"\u0080":6,"ö":7})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(canonical(*value),
            "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\xef\xac\xb3\":3}");
}

// The serialization example of RFC 8785, section 3.2.2.
TEST(Canonical, ExampleOfTheStandard) {
  const auto value = parse(
      R"({"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],)"
      R"("string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(canonical(*value),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

}  // namespace
}  // namespace sagaloom::document
