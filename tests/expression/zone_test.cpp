#include "runtime/expression/zone.h"

#include <gtest/gtest.h>

#include "runtime/expression/time.h"

namespace sagaloom::expression {
namespace {

std::int64_t at(const char* text) {
  return parse_timestamp(text)->seconds;
}

TEST(FixedOffset, KnowsItsForms) {
  EXPECT_EQ(fixed_offset("UTC"), 0);
  EXPECT_EQ(fixed_offset("+02:30"), 9000);
  EXPECT_EQ(fixed_offset("-02:30"), -9000);
  EXPECT_EQ(fixed_offset("02:00"), 7200);
  for (const char* text : {"", "+2:00", "+02:60", "+24:00", "02", "+02:00x", "Europe/Berlin"}) {
    EXPECT_FALSE(fixed_offset(text).has_value()) << text;
  }
}

TEST(YearlyRule, NorthAndSouth) {
  const auto berlin = YearlyRule::parse("CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(berlin.has_value());
  EXPECT_EQ(berlin->offset_seconds(at("2045-03-26T00:59:59Z")), 3600);
  EXPECT_EQ(berlin->offset_seconds(at("2045-03-26T01:00:00Z")), 7200);
  EXPECT_EQ(berlin->offset_seconds(at("2045-10-29T00:59:59Z")), 7200);
  EXPECT_EQ(berlin->offset_seconds(at("2045-10-29T01:00:00Z")), 3600);
  const auto sydney = YearlyRule::parse("AEST-10AEDT,M10.1.0,M4.1.0/3");
  ASSERT_TRUE(sydney.has_value());
  EXPECT_EQ(sydney->offset_seconds(at("2045-01-15T00:00:00Z")), 11 * 3600);
  EXPECT_EQ(sydney->offset_seconds(at("2045-07-15T00:00:00Z")), 10 * 3600);
  EXPECT_EQ(YearlyRule::parse("<+0545>-5:45")->offset_seconds(0), 20700);
}

TEST(YearlyRule, RefusesOtherForms) {
  for (const char* text :
       {"", "AB1", "CET", "CET-1CEST", "CET-1CEST,J60,J300", "CET-1CEST,M13.1.0,M1.1.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0,x"}) {
    EXPECT_FALSE(YearlyRule::parse(text).has_value()) << text;
  }
}

TEST(Zone, RefusesDamagedFilesAndStrangeNames) {
  EXPECT_EQ(Zone::read(""), nullptr);
  EXPECT_EQ(Zone::read("TZif2"), nullptr);
  EXPECT_EQ(Zone::read("TZif2" + std::string(200, '\xff')), nullptr);
  EXPECT_EQ(Zone::read("TZif2" + std::string(200, '\0')), nullptr);
  for (const char* name :
       {"", "/etc/passwd", "../../../etc/passwd", "Europe/Nowhere", "Europe", "."}) {
    EXPECT_EQ(Zone::load(name), nullptr) << name;
  }
}

// A version 2 file by hand: UTC+1 from second 1000 on, before that UTC, no rule behind it.
TEST(Zone, ReadsTheTable) {
  const auto header = [](char times, char types, char letters) {
    std::string text = "TZif2" + std::string(15, '\0') + std::string(12, '\0');
    for (const char count : {times, types, letters}) text += std::string(3, '\0') + count;
    return text;
  };
  std::string file = header(0, 1, 1) + std::string(6, '\0') + std::string(1, '\0');
  file += header(1, 2, 4);
  file += std::string(6, '\0') + std::string("\x03\xe8", 2);  // the change, at 1000
  file += '\1';                                               // to type 1
  file += std::string(6, '\0');                               // type 0
  file += std::string("\0\0\x0e\x10\0\0", 6);                 // type 1: 3600
  file += std::string("ABC\0", 4);
  file += "\n\n";
  const auto zone = Zone::read(file);
  ASSERT_NE(zone, nullptr);
  EXPECT_EQ(zone->offset_seconds(999), 0);
  EXPECT_EQ(zone->offset_seconds(1000), 3600);
  EXPECT_EQ(zone->offset_seconds(5'000'000'000), 3600);
}

}  // namespace
}  // namespace sagaloom::expression
