// Formats beyond what the public cases try.
#include "runtime/schema/format.h"

#include <gtest/gtest.h>
#include <string>

namespace sagaloom::schema {
namespace {

void expect_all(FormatCheck check, std::initializer_list<const char*> texts, bool wanted) {
  for (const char* text : texts) EXPECT_EQ(check(text), wanted) << text;
}

TEST(Format, NamesAreFound) {
  for (const char* name : {"date", "time", "date-time", "duration", "email", "hostname", "ipv4",
                           "ipv6", "uuid", "uri", "regex"}) {
    EXPECT_NE(find_format(name), nullptr) << name;
  }
  EXPECT_EQ(find_format("idn-email"), nullptr);
}

TEST(Format, Times) {
  expect_all(is_date, {"2024-02-29", "0000-01-01"}, true);
  expect_all(is_date, {"", "2023-02-29", "2024-2-29", "2024-02-29 ", "24-02-29"}, false);
  expect_all(is_date_time, {"2024-02-29T23:59:60Z", "2024-02-29t00:00:00.1+01:00"}, true);
  expect_all(is_date_time, {"2024-02-29T12:00:60Z", "2024-02-29T00:00:00", "2024-02-29"}, false);
  expect_all(is_duration, {"P1Y", "PT1H30M", "P2W", "P1DT12H"}, true);
  expect_all(is_duration, {"P", "PT", "1D", "P1H", "P1DT", "P1W2D", "PT1D", "P-1D"}, false);
}

TEST(Format, Names) {
  expect_all(
      is_email,
      {"a@b", "first.last@example.com", "\"a b\"@example.com", "a@[127.0.0.1]", "a@[IPv6:::1]"},
      true);
  expect_all(
      is_email,
      {"", "@", "a@", "@b", "a b@c", ".a@b", "a.@b", "a..b@c", "a@b_c", "\"a@b", "a@[300.0.0.1]"},
      false);
  expect_all(is_hostname, {"a", "example.com", "xn--4gbwdl.xn--wgbh1c", "1a"}, true);
  expect_all(is_hostname, {"", ".", "a.", "-a", "a-", "a_b", "ab--cd"}, false);
  EXPECT_FALSE(is_hostname(std::string(64, 'a')));
}

TEST(Format, Addresses) {
  expect_all(is_ipv4, {"0.0.0.0", "255.255.255.255"}, true);
  expect_all(is_ipv4, {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.", "1..2.3"},
             false);
  expect_all(is_ipv6,
             {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4"},
             true);
  expect_all(is_ipv6,
             {"", ":", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1.2.3",
              "fe80::1%eth0", "1.2.3.4::"},
             false);
  expect_all(is_uri, {"http://example.com/a?b#c", "urn:x:y", "http://[::1]:80/", "mailto:a@b"},
             true);
  expect_all(is_uri,
             {"", "//x", "a b:c", "http://a b", "http://[::1", "http://a:b/", "%x:y",
              "http://x/%zz", "1a:b", "http://x/[a]"},
             false);
  expect_all(is_uuid, {"2eb8aa08-aa98-11ea-b4aa-73b441d16380"}, true);
  expect_all(is_uuid,
             {"", "2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638g"},
             false);
}

}  // namespace
}  // namespace sagaloom::schema
