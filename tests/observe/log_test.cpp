#include "runtime/observe/log.h"

#include <gtest/gtest.h>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/document/json.h"
#include "runtime/observe/log_line.h"
#include "runtime/observe/rate_limit.h"
#include "runtime/observe/utf8.h"

namespace sagaloom::observe {
namespace {

using expression::Value;

Value parsed(const std::string& line) {
  auto value = document::parse(line);
  EXPECT_TRUE(value.ok()) << value.error().message << " in " << line;
  return value.ok() ? *value : Value();
}

std::string string_of(const Value& object, std::string_view key) {
  const Value* member = object.find(key);
  return member != nullptr && member->is_string() ? member->string() : "(none)";
}

std::string json_of(std::string_view message, std::vector<Field> fields = {},
                    std::uint64_t suppressed = 0) {
  return json_line({.time_ms = 1'709'210'096'007,
                    .level = Level::warning,
                    .code = "test.code",
                    .message = message,
                    .fields = fields,
                    .suppressed = suppressed});
}

TEST(JsonLine, HasTimeLevelCodeMessageAndFields) {
  const auto line = json_of("hello", {{"saga", "0190"}, {"attempt", 3}, {"ok", true}, {"s", 0.25}});
  EXPECT_EQ(line, R"({"ts":"2024-02-29T12:34:56.007Z","level":"warning","code":"test.code",)"
                  R"("msg":"hello","saga":"0190","attempt":3,"ok":true,"s":0.25})");
}

TEST(JsonLine, IsValidWhateverTheTextIs) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (const std::string& text :
       {std::string("he said \"hi\""), std::string("back\\slash"), std::string("a\nb\r\tc\0d", 8),
        std::string("\x7f\x1b[31m"), all, std::string("cut \xe2\x82"), std::string("\xed\xa0\x80"),
        std::string("\xf4\x90\x80\x80"), std::string("\xc0\x80")}) {
    const auto line = json_of(text, {{"field", text}});
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    const auto object = parsed(line);
    EXPECT_EQ(string_of(object, "msg"), clean_utf8(text, 10'000));
    EXPECT_EQ(string_of(object, "field"), clean_utf8(text, 10'000));
  }
}

TEST(JsonLine, WritesNumbersThatJsonDoesNotHaveAsNull) {
  const auto object = parsed(json_of("n", {{"nan", std::numeric_limits<double>::quiet_NaN()},
                                           {"inf", std::numeric_limits<double>::infinity()},
                                           {"low", std::numeric_limits<std::int64_t>::min()}}));
  EXPECT_TRUE(object.find("nan")->is_null());
  EXPECT_TRUE(object.find("inf")->is_null());
  EXPECT_EQ(object.find("low")->integer(), std::numeric_limits<std::int64_t>::min());
}

TEST(JsonLine, StaysBelowItsLimitAndSaysSo) {
  for (const char filler : {'x', '\x01', '"', '\xff'}) {
    const std::string huge(100'000, filler);
    std::vector<Field> fields;
    for (int i = 0; i < 50; ++i) fields.emplace_back("field", huge);
    fields.emplace_back("last", 7);
    const auto line = json_of(huge, fields, 12);
    EXPECT_LE(line.size(), line_limit);
    // Equal keys would be refused by the reader: look at the ends.
    EXPECT_TRUE(line.ends_with(R"("suppressed":12,"truncated":true})")) << line.substr(8000);
    EXPECT_NE(line.find(R"(,"last":7)"), std::string::npos) << "small fields still fit";
  }
  EXPECT_LE(json_of(std::string(100'000, '\x01')).size(), line_limit);
}

TEST(HumanLine, LetsNoControlCharacterReachTheTerminal) {
  const std::string nasty = "\x1b[2Jgone\nnext";
  const std::vector<Field> fields = {{"where", nasty}, {"plain", "a-b"}, {"two", "a b"}};
  const auto line = human_line({.time_ms = 1'709'210'096'007,
                                .level = Level::error,
                                .code = "test.code",
                                .message = nasty,
                                .fields = fields},
                               false);
  EXPECT_EQ(line, R"(12:34:56.007 ERROR   \u001b[2Jgone\nnext (test.code))"
                  R"( where="\u001b[2Jgone\nnext" plain=a-b two="a b")");
}

TEST(CleanUtf8, ReplacesWhatIsInvalidAndCutsBetweenCharacters) {
  EXPECT_EQ(clean_utf8("grün €𝄞", 100), "grün €𝄞");
  EXPECT_EQ(clean_utf8("a\xff"
                       "b",
                       100),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(clean_utf8("€€", 4), "€…");
  EXPECT_EQ(clean_utf8("", 0), "");
  EXPECT_TRUE(document::valid_utf8(clean_utf8("\xf0\x9f\x98\xe2\x82\xc3", 100)));
}

class LinesOut {
 public:
  LogOptions options() {
    LogOptions options;
    options.output = [this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line);
    };
    options.now_ms = [this] { return now_ms; };
    return options;
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  std::int64_t now_ms = 1'000'000;

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST(Log, WritesLinesOfItsLevelAndAbove) {
  LinesOut out;
  auto options = out.options();
  options.level = Level::warning;
  Log log(options);
  log.write(Level::info, "a", "no");
  log.write(Level::warning, "b", "yes");
  log.write(Level::error, "c", "yes");
  log.flush();
  ASSERT_EQ(out.lines().size(), 2u);
  EXPECT_EQ(string_of(parsed(out.lines()[0]), "code"), "b");
}

TEST(Log, LimitsEachCauseAndCountsWhatItLeftOut) {
  LinesOut out;
  auto options = out.options();
  options.burst = 3;
  options.per_second = 1;
  Log log(options);
  for (int i = 0; i < 10; ++i) log.write(Level::info, "noisy", "again");
  log.write(Level::info, "quiet", "once");
  log.flush();
  EXPECT_EQ(out.lines().size(), 4u);
  EXPECT_EQ(log.suppressed(), 7u);
  out.now_ms += 1000;
  log.write(Level::info, "noisy", "again");
  log.write(Level::info, "noisy", "again");
  log.flush();
  ASSERT_EQ(out.lines().size(), 5u);
  EXPECT_EQ(parsed(out.lines()[4]).find("suppressed")->integer(), 7);
}

TEST(Log, WritesOutWhatIsQueuedAtItsEnd) {
  LinesOut out;
  {
    auto options = out.options();
    options.burst = 1000;
    Log log(options);
    for (int i = 0; i < 500; ++i) log.write(Level::info, "many", "line");
  }
  EXPECT_EQ(out.lines().size(), 500u);
}

TEST(Log, TakesLinesFromManyThreads) {
  LinesOut out;
  auto options = out.options();
  options.burst = 100'000;
  Log log(options);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) log.write(Level::info, "shared", "line", {{"i", i}});
    });
  }
  for (auto& thread : threads) thread.join();
  log.flush();
  EXPECT_EQ(out.lines().size(), 800u);
  for (const auto& line : out.lines()) parsed(line);
}

TEST(Log, SurvivesAnOutputThatThrows) {
  LogOptions options;
  options.output = [](std::string_view) { throw std::runtime_error("disk full"); };
  Log log(options);
  log.write(Level::error, "x", "y");
  log.flush();
}

TEST(RateLimit, BoundsTheCausesItTellsApart) {
  RateLimit limit(1, 0);
  for (std::size_t i = 0; i < RateLimit::cause_limit; ++i) {
    EXPECT_TRUE(limit.allow("cause " + std::to_string(i), 0));
  }
  EXPECT_TRUE(limit.allow("one more", 0));
  EXPECT_FALSE(limit.allow("and one", 0)) << "shares the bucket of the one before";
}

TEST(RateLimit, DoesNotMindAClockThatGoesBack) {
  RateLimit limit(1, 1);
  EXPECT_TRUE(limit.allow("c", 10'000));
  EXPECT_FALSE(limit.allow("c", 0));
  EXPECT_TRUE(limit.allow("c", 1000));
}

TEST(Level, ReadsNamesAndTakesUnknownOnesForErrors) {
  EXPECT_EQ(level_of("info"), Level::info);
  EXPECT_EQ(level_of("warning"), Level::warning);
  EXPECT_EQ(level_of("catastrophe"), Level::error);
}

}  // namespace
}  // namespace sagaloom::observe
