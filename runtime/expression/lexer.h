// Expression text to tokens.
//
// Threads: free functions without state. Units: offsets are bytes. Errors: `expression.syntax`.
// Source: github.com/google/cel-spec, doc/langdef.md, "Lexis".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/result.h"

namespace sagaloom::expression {

// No expression text may be longer: what does not fit here belongs into a plugin.
inline constexpr std::size_t longest_expression = 8 * 1024;

struct Token {
  enum class Kind : std::uint8_t {
    end,
    identifier,         // also the words `in`, `true`, `false`, `null`
    quoted_identifier,  // `content-type`, legal behind a point
    integer,            // `magnitude`; the sign is an operator of its own
    real,
    string,
    symbol,  // `text` is one of the operators and brackets
  };

  Kind kind = Kind::end;
  std::uint32_t offset = 0;
  std::string text{};  // of strings and quoted identifiers: what they mean, escapes resolved
  std::uint64_t magnitude = 0;
  double real = 0;

  bool is(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
  bool is_word(std::string_view word) const { return kind == Kind::identifier && text == word; }
};

// The whole text; the last token is `end`.
Result<std::vector<Token>> tokenize(std::string_view text);

// Like `tokenize`, but `text` goes on behind the expression: ends before the `}` that closes the
// `${` in front of it. The `end` token stands at that brace.
Result<std::vector<Token>> tokenize_until_brace(std::string_view text);

}  // namespace sagaloom::expression
