#include "runtime/expression/pattern.h"

#include <gtest/gtest.h>

namespace sagaloom::expression {
namespace {

bool ecma(std::string_view pattern, std::string_view text) {
  const auto compiled = Pattern::compile_ecma(pattern);
  EXPECT_TRUE(compiled.ok()) << pattern << ": " << (compiled.ok() ? "" : compiled.error().message);
  return compiled.ok() && (*compiled)->matches(text);
}

TEST(Pattern, SearchesAnywhere) {
  const auto pattern = Pattern::compile("b+");
  EXPECT_TRUE((*pattern)->matches("abbc"));
  EXPECT_FALSE((*pattern)->matches("ac"));
}

TEST(EcmaPattern, SpellsAsEcmaDoes) {
  EXPECT_TRUE(ecma("^\\u00e9$", "é"));
  EXPECT_TRUE(ecma("^\\ud83d\\ude00$", "😀"));
  EXPECT_TRUE(ecma("^\\u{1F600}$", "😀"));
  EXPECT_TRUE(ecma("^\\p{Letter}+$", "añb"));
  EXPECT_TRUE(ecma("^\\p{Lu}\\P{Lu}$", "Ab"));
  EXPECT_TRUE(ecma("^\\cJ$", "\n"));
  EXPECT_TRUE(ecma("^(?<year>\\d{4})$", "2026"));
  EXPECT_TRUE(ecma("^a\\/b\\-c$", "a/b-c"));
  EXPECT_TRUE(ecma("^[[:]$", ":"));
  EXPECT_TRUE(ecma("^[\\b]$", "\b"));
}

TEST(EcmaPattern, WhiteSpaceIsThatOfUnicode) {
  EXPECT_TRUE(ecma("^\\s$", "\xc2\xa0"));
  EXPECT_TRUE(ecma("^[\\s]$", "\v"));
  EXPECT_FALSE(ecma("\\S", " \t\xe2\x80\x83"));
}

TEST(EcmaPattern, WhatIsNotRegularOrNotEcmaIsRefused) {
  for (const char* text : {"(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(a)\\1", "\\Aa", "a\\z", "[",
                           "(", "a{2,1}", "*", "\\", "\\p{Nonsense}", "\\Qa\\E", "\\u12"}) {
    const auto pattern = Pattern::compile_ecma(text);
    ASSERT_FALSE(pattern.ok()) << text;
    EXPECT_EQ(pattern.error().code, "expression.pattern");
  }
}

TEST(Pattern, SizeIsBounded) {
  EXPECT_FALSE(Pattern::compile("((a{100}){100}){100}").ok());
  EXPECT_FALSE(Pattern::compile(std::string(5000, 'a')).ok());
  EXPECT_FALSE(Pattern::compile_ecma(std::string(5'000'000, '(')).ok());
}

}  // namespace
}  // namespace sagaloom::expression
