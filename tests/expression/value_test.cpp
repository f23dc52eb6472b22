#include "runtime/expression/value.h"

#include <gtest/gtest.h>
#include <limits>

namespace sagaloom::expression {
namespace {

TEST(Value, MapsAreSortedAndTheLastOfEqualKeysStays) {
  const Value map(Map{{"b", 1}, {"a", 2}, {"b", 3}, {Value(7), 4}, {Value(true), 5}});
  ASSERT_EQ(map.members().size(), 4u);
  EXPECT_EQ(*map.find("b"), Value(3));
  EXPECT_EQ(*map.find(Value(7)), Value(4));
  EXPECT_EQ(*map.find(Value(7.0)), Value(4));
  EXPECT_EQ(*map.find(Value(true)), Value(5));
  EXPECT_EQ(map.find("c"), nullptr);
  EXPECT_EQ(map.find(Value(7.5)), nullptr);
  EXPECT_EQ(Value(1).find("a"), nullptr);
}

TEST(Value, FindsEveryKeyOfALargeMap) {
  Map members;
  for (int i = 0; i < 1000; ++i) members.push_back({"key" + std::to_string(i * 7919 % 1000), i});
  const Value map(members);
  for (const auto& member : members) {
    ASSERT_NE(map.find(member.key.string()), nullptr);
    EXPECT_EQ(*map.find(member.key.string()), member.value);
  }
}

TEST(Value, WithCopiesAndLeavesTheOriginal) {
  const Value map = Value::object({{"a", 1}, {"c", 3}});
  EXPECT_EQ(map.with("b", 2), Value::object({{"a", 1}, {"b", 2}, {"c", 3}}));
  EXPECT_EQ(map.with("a", 9), Value::object({{"a", 9}, {"c", 3}}));
  EXPECT_EQ(Value().with("x", 1), Value::object({{"x", 1}}));
  EXPECT_EQ(map.members().size(), 2u);
}

TEST(Value, EqualityCrossesNumbersAndLooksDeep) {
  EXPECT_EQ(Value(1), Value(1.0));
  EXPECT_NE(Value(1), Value(true));
  EXPECT_NE(Value(std::int64_t{9007199254740993}), Value(9007199254740992.0));
  EXPECT_NE(Value(INT64_MAX), Value(9223372036854775808.0));
  EXPECT_EQ(Value::list({1, "a"}), Value::list({1.0, "a"}));
  EXPECT_NE(Value::object({{"a", 1}}), Value::object({{"b", 1}}));
  const Value nan(std::numeric_limits<double>::quiet_NaN());
  EXPECT_NE(nan, nan);
  EXPECT_NE(Value::list({nan}), Value::list({nan}));
  EXPECT_EQ(Value::none(), Value::none());
  EXPECT_NE(Value::none(), Value::some(1));
  EXPECT_EQ(Value::some(1), Value::some(1.0));
  EXPECT_EQ(Value::secret("a"), Value::secret("a"));
  EXPECT_NE(Value::secret("a"), Value("a"));
}

TEST(Value, CopiesShareAndAreIdentical) {
  const Value list = Value::list({1, 2});
  const Value copy = list;
  EXPECT_TRUE(copy.identical(list));
  EXPECT_FALSE(Value::list({1, 2}).identical(list));
  EXPECT_TRUE(Value(1).identical(Value(1)));
  EXPECT_FALSE(Value(1).identical(Value(1.0)));
}

TEST(Value, OrderIsTotal) {
  const std::vector<Value> values = {Value(),
                                     Value(false),
                                     Value(true),
                                     Value(-1),
                                     Value(2),
                                     Value(-0.0),
                                     Value(0.0),
                                     Value("a"),
                                     Value("b"),
                                     Value::list({1}),
                                     Value::list({1, 2}),
                                     Value::object({{"a", 1}}),
                                     Value(Timestamp{1, 0}),
                                     Value(TimeSpan{1, 0}),
                                     Value::none(),
                                     Value::some(1),
                                     Value::secret("s")};
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      EXPECT_EQ(Value::order(values[i], values[j]), i <=> j) << i << " " << j;
    }
  }
}

TEST(Value, SizeAndDepth) {
  EXPECT_EQ(byte_size(Value::object({{"a", Value::list({1, "xy", nullptr})}})),
            std::string(R"({"a":[1,"xy",null]})").size());
  EXPECT_EQ(byte_size(Value(List{})), 2u);
  EXPECT_EQ(depth(Value(1)), 0u);
  EXPECT_EQ(depth(Value(List{})), 1u);
  EXPECT_EQ(depth(Value::object({{"a", Value::list({1})}})), 2u);
}

TEST(Value, KindsHaveNames) {
  EXPECT_EQ(kind_name(Value("x").kind()), "string");
  EXPECT_EQ(kind_name(Value(TimeSpan{}).kind()), "duration");
  EXPECT_EQ(kind_name(Value::secret("x").kind()), "secret");
}

}  // namespace
}  // namespace sagaloom::expression
