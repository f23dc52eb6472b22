// The guard over raw heads, and targets: what is refused, and that nothing else is.
#include "runtime/http/head_guard.h"

#include <gtest/gtest.h>

#include "runtime/http/target.h"

namespace sagaloom::http {
namespace {

std::string code_of(const std::string& head) {
  const Limits limits;
  const auto scan = scan_head(head, 0, limits);
  if (scan.refused) return scan.refused->code;
  if (!scan.length) return "incomplete";
  const auto facts = check_head(std::string_view(head).substr(0, *scan.length), limits);
  return facts.refused ? facts.refused->code : "ok";
}

std::string with_fields(const std::string& fields) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

TEST(HeadGuard, TakesOrdinaryRequests) {
  EXPECT_EQ(code_of(with_fields("")), "ok");
  EXPECT_EQ(code_of(with_fields("Content-Length: 5\r\n")), "ok");
  EXPECT_EQ(code_of(with_fields("Transfer-Encoding: Chunked\r\n")), "ok");
  EXPECT_EQ(code_of(with_fields("X-Empty:\r\nX-Text: caf\xc3\xa9\r\n")), "ok");
  EXPECT_EQ(code_of("GET /x HTTP/1.0\r\nHost: a\r\n\r\n"), "ok");
}

TEST(HeadGuard, IsIncompleteUntilTheEmptyLine) {
  const auto head = with_fields("Content-Length: 5\r\n");
  for (std::size_t length = 0; length < head.size(); ++length) {
    EXPECT_EQ(code_of(head.substr(0, length)), "incomplete") << length;
  }
}

TEST(HeadGuard, ScansOnWhereItStopped) {
  const Limits limits;
  const auto head = with_fields("");
  auto scan = scan_head(std::string_view(head).substr(0, head.size() - 1), 0, limits);
  EXPECT_EQ(scan.scanned, head.size() - 1);
  scan = scan_head(head, scan.scanned, limits);
  EXPECT_EQ(scan.length, head.size());
}

TEST(HeadGuard, ReadsWhatTheSessionNeeds) {
  const auto facts = check_head(
      "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nExpect: 100-Continue\r\n"
      "Connection: keep-alive, Close\r\n\r\n",
      Limits{});
  EXPECT_EQ(facts.method, "POST");
  EXPECT_EQ(facts.target, "/x");
  EXPECT_EQ(facts.content_length, 7u);
  EXPECT_TRUE(facts.expects_continue);
  EXPECT_TRUE(facts.close);
  EXPECT_FALSE(facts.chunked);
  EXPECT_TRUE(check_head("GET / HTTP/1.0\r\nHost: a\r\n\r\n", Limits{}).close);
}

TEST(HeadGuard, RefusesAmbiguousFraming) {
  for (const auto* fields :
       {"Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding:\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n", "Content-Length: -5\r\n", "Content-Length: 0x5\r\n",
        "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n"}) {
    EXPECT_EQ(code_of(with_fields(fields)), "http.framing") << fields;
  }
  EXPECT_EQ(code_of("POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "http.framing");
}

TEST(HeadGuard, RefusesWhatIsNotHttp) {
  for (const std::string head :
       {"GET /x HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "GET /x HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost\r\n\r\n", "GET /x HTTP/1.1\r\n: a\r\n\r\n",
        "GET /x HTTP/2.0\r\nHost: a\r\n\r\n", "GET /x HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET /x\r\nHost: a\r\n\r\n", "GET  /x HTTP/1.1\r\nHost: a\r\n\r\n",
        "G\x7fT /x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x HTTP/1.1\nHost: a\n\n",
        "GET /x HTTP/1.1\r\nHost: a\rb\r\n\r\n", "\r\n\r\n",
        "AVERYLONGMETHODNAME /x HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    EXPECT_EQ(code_of(head), "http.malformed") << head;
  }
  EXPECT_EQ(code_of(std::string("GET /\0 HTTP/1.1\r\n", 18)), "http.malformed");
}

TEST(HeadGuard, NeedsExactlyOneHost) {
  EXPECT_EQ(code_of("GET /x HTTP/1.1\r\n\r\n"), "http.host");
  EXPECT_EQ(code_of("GET /x HTTP/1.0\r\n\r\n"), "http.host");
  EXPECT_EQ(code_of(with_fields("host: b\r\n")), "http.host");
}

TEST(HeadGuard, HoldsTheLimits) {
  std::string fields;
  for (int i = 0; i < 63; ++i) fields += "X: y\r\n";
  EXPECT_EQ(code_of(with_fields(fields)), "ok");
  EXPECT_EQ(code_of(with_fields(fields + "X: y\r\n")), "http.header_too_large");
  EXPECT_EQ(code_of(with_fields("X: " + std::string(9'000, 'y') + "\r\n")),
            "http.header_too_large");
  EXPECT_EQ(code_of("GET /" + std::string(2'048, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"),
            "http.target_too_long");
  EXPECT_EQ(code_of("GET /" + std::string(9'000, 'a')), "http.target_too_long");
  EXPECT_EQ(code_of(with_fields("Content-Length: 1048577\r\n")), "body.too_large");
  EXPECT_EQ(code_of(with_fields("Content-Length: 1048576\r\n")), "ok");
  EXPECT_EQ(code_of(with_fields("Expect: everything\r\n")), "http.expectation");
}

// ---------------------------------------------------------------- targets

TEST(Target, IsTakenApart) {
  const auto target = parse_target("/a%20b/c?x=1&y=a%2Fb+c&z&x=2");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->segments, (std::vector<std::string>{"a b", "c"}));
  ASSERT_EQ(target->query.size(), 4u);
  EXPECT_EQ(*target->query_value("y"), "a/b c");
  EXPECT_EQ(*target->query_value("z"), "");
  EXPECT_EQ(*target->query_value("x"), "1");
  EXPECT_EQ(target->query_value("w"), nullptr);
  EXPECT_TRUE(parse_target("/").ok());
  EXPECT_TRUE(parse_target("/?").ok());
}

TEST(Target, RefusesWhatHasTwoReadings) {
  for (const auto* text :
       {"",           "a",      "*",      "http://a/b", "//a",         "/a//b",
        "/a/",        "/.",     "/..",    "/a/../b",    "/a/%2e%2E/b", "/a%2fb",
        "/a%2Fb",     "/a%00b", "/a\\b",  "/a%5cb",     "/a%0ab",      "/a%7f",
        "/%",         "/%4",    "/%zz",   "/%ff",       "/\xff",       "/%c0%af",
        "/%ed%a0%80", "/a#b",   "/a?x=%", "/a?x=%ff",   "/a?x=%00",    "/a?%00=x"}) {
    EXPECT_FALSE(parse_target(text).ok()) << text;
  }
}

TEST(Target, EncodingIsReversible) {
  const std::string text = "o/1 \xc3\xa9?&=%+~";
  EXPECT_EQ(percent_encode(text), "o%2F1%20%C3%A9%3F%26%3D%25%2B~");
  EXPECT_EQ(percent_decode(percent_encode(text)), text);
}

}  // namespace
}  // namespace sagaloom::http
