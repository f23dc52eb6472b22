#include "runtime/expression/time.h"

#include <gtest/gtest.h>

namespace sagaloom::expression {
namespace {

TEST(Timestamp, ReadsAndWritesRfc3339) {
  const std::pair<const char*, const char*> table[] = {
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
      {"2026-02-28t12:00:00.500z", "2026-02-28T12:00:00.5Z"},
      {"2026-02-28T12:00:00+05:30", "2026-02-28T06:30:00Z"},
      {"2026-01-01T00:30:00-01:00", "2026-01-01T01:30:00Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
      {"1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.25Z"},
      {"2000-02-29T00:00:00.123456789123Z", "2000-02-29T00:00:00.123456789Z"}};
  for (const auto& [text, written] : table) {
    const auto time = parse_timestamp(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(format_timestamp(*time), written);
  }
}

TEST(Timestamp, RefusesWhatIsNone) {
  for (const char* text :
       {"", "2026-02-28", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-02-28T24:00:00Z",
        "2026-02-28T12:60:00Z", "2026-02-28T12:00:61Z", "2026-02-28T12:00:00",
        "2026-02-28 12:00:00Z", "2026-02-28T12:00:00.Z", "2026-02-28T12:00:00+25:00",
        "2026-02-28T12:00:00Zx", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00", "2023-02-29T00:00:00Z", "+2026-02-28T12:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text).has_value()) << text;
  }
}

TEST(Duration, ReadsSumsOfUnits) {
  const std::pair<const char*, const char*> table[] = {{"90s", "90s"},
                                                       {"1h30m", "5400s"},
                                                       {"250ms", "0.25s"},
                                                       {"14d", "1209600s"},
                                                       {"-1.5h", "-5400s"},
                                                       {"1us", "0.000001s"},
                                                       {"3ns", "0.000000003s"},
                                                       {"1m0.5s", "60.5s"},
                                                       {"0", "0s"},
                                                       {"0s", "0s"},
                                                       {"1.s", "1s"},
                                                       {".5s", "0.5s"},
                                                       {"-0.000000001s", "-0.000000001s"},
                                                       {"+2m", "120s"},
                                                       {"9223372036s", "9223372036s"}};
  for (const auto& [text, written] : table) {
    const auto span = parse_duration(text);
    ASSERT_TRUE(span.has_value()) << text;
    EXPECT_EQ(format_duration(*span), written);
  }
}

TEST(Duration, RefusesWhatIsNone) {
  for (const char* text : {"", "5", "s", "-", "1x", "1h 30m", "1h-30m", "1..5s", ".s", "--1s",
                           "9223372037s", "1e3s", "99999999999999999999s", "1hh"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(Arithmetic, CarriesNanosecondsAndKnowsItsRange) {
  EXPECT_EQ(add(Timestamp{10, 600'000'000}, TimeSpan{0, 500'000'000}),
            (Timestamp{11, 100'000'000}));
  EXPECT_EQ(add(Timestamp{10, 0}, TimeSpan{0, -1}), (Timestamp{9, 999'999'999}));
  EXPECT_EQ(between(Timestamp{1, 0}, Timestamp{2, 500'000'000}), (TimeSpan{-1, -500'000'000}));
  EXPECT_EQ(add(TimeSpan{1, 0}, TimeSpan{0, -1}), (TimeSpan{0, 999'999'999}));
  EXPECT_FALSE(add(Timestamp{last_second, 0}, TimeSpan{1, 0}).has_value());
  EXPECT_FALSE(between(Timestamp{last_second, 0}, Timestamp{first_second, 0}).has_value());
}

}  // namespace
}  // namespace sagaloom::expression
