#include "runtime/expression/lexer.h"

#include <array>
#include <charconv>
#include <optional>

#include "runtime/expression/utf8.h"

namespace sagaloom::expression {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

class Lexer {
 public:
  Lexer(std::string_view text, bool until_brace) : text_(text), until_brace_(until_brace) {}

  Result<std::vector<Token>> run();

 private:
  char at(std::size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  bool starts_with(std::string_view word) const {
    return text_.substr(position_).starts_with(word);
  }
  void skip_space();
  bool next();
  bool symbol();
  bool number();
  bool hexadecimal();
  bool whole(std::string_view digits, int base);
  bool fraction(std::string_view digits);
  bool identifier();
  bool quoted_identifier();
  bool string(bool raw);
  bool string_body(std::string_view quote, bool raw, std::string& out);
  bool escape(std::string& out);
  bool code_point(std::size_t digits, std::uint32_t base, std::string& out);
  bool string_follows(std::size_t ahead) const { return at(ahead) == '"' || at(ahead) == '\''; }

  Token& push(Token::Kind kind, std::size_t offset) {
    tokens_.push_back({.kind = kind, .offset = static_cast<std::uint32_t>(offset)});
    return tokens_.back();
  }
  bool fail(std::size_t offset, std::string message) {
    if (!error_) error_ = Error{"expression.syntax", std::move(message), "", offset};
    return false;
  }

  const std::string_view text_;
  const bool until_brace_;
  std::size_t position_ = 0;
  std::size_t open_braces_ = 0;
  std::vector<Token> tokens_;
  std::optional<Error> error_;
};

Result<std::vector<Token>> Lexer::run() {
  while (next()) {
    if (tokens_.back().offset <= longest_expression) continue;
    fail(longest_expression, "the expression is longer than 8 KiB; move work into a step");
    break;
  }
  if (error_) return std::move(*error_);
  push(Token::Kind::end, position_);
  return std::move(tokens_);
}

void Lexer::skip_space() {
  for (;;) {
    while (is_space(at()) && position_ < text_.size()) ++position_;
    if (!starts_with("//")) return;
    while (position_ < text_.size() && at() != '\n') ++position_;
  }
}

// False at the end and on an error.
bool Lexer::next() {
  skip_space();
  if (position_ >= text_.size()) {
    if (until_brace_) return fail(position_, "the `}` that closes `${` is missing");
    return false;
  }
  const char c = at();
  if (until_brace_ && c == '}' && open_braces_ == 0) return false;
  if (is_digit(c) || (c == '.' && is_digit(at(1)))) return number();
  if (c == '"' || c == '\'') return string(false);
  if ((c == 'r' || c == 'R') && string_follows(1)) return string(true);
  const bool bytes = (c == 'b' || c == 'B') &&
                     (string_follows(1) || ((at(1) == 'r' || at(1) == 'R') && string_follows(2)));
  if (bytes) return fail(position_, "bytes are not part of the language; use a string");
  if (is_letter(c)) return identifier();
  if (c == '`') return quoted_identifier();
  return symbol();
}

bool Lexer::symbol() {
  static constexpr std::array<std::string_view, 25> symbols = {
      "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%",
      "!",  "?",  ":",  ".",  ",",  "(",  ")", "[", "]", "{", "}", "="};
  for (const auto symbol : symbols) {
    if (!starts_with(symbol)) continue;
    if (symbol == "=") return fail(position_, "`=` compares nothing; write `==`");
    if (symbol == "{") ++open_braces_;
    if (symbol == "}" && open_braces_ > 0) --open_braces_;
    push(Token::Kind::symbol, position_).text = symbol;
    position_ += symbol.size();
    return true;
  }
  if (at() == '&' || at() == '|') return fail(position_, "write `&&` for and, `||` for or");
  return fail(position_, "this character has no meaning in an expression");
}

bool Lexer::number() {
  if (at() == '0' && (at(1) == 'x' || at(1) == 'X')) return hexadecimal();
  const std::size_t start = position_;
  std::size_t end = start;
  const auto digits = [&] {
    while (end < text_.size() && is_digit(text_[end])) ++end;
  };
  digits();
  bool real = false;
  if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
    real = true;
    ++end;
    digits();
  }
  if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    std::size_t sign = end + 1;
    if (sign < text_.size() && (text_[sign] == '+' || text_[sign] == '-')) ++sign;
    if (sign >= text_.size() || !is_digit(text_[sign])) {
      return fail(start, "the exponent of this number has no digits");
    }
    real = true;
    end = sign;
    digits();
  }
  const auto literal = text_.substr(start, end - start);
  return real ? fraction(literal) : whole(literal, 10);
}

bool Lexer::hexadecimal() {
  std::size_t end = position_ + 2;
  while (end < text_.size() && digit_value(text_[end]) < 16) ++end;
  const auto digits = text_.substr(position_ + 2, end - position_ - 2);
  if (digits.empty()) return fail(position_, "`0x` needs digits behind it");
  position_ += 2;
  const bool good = whole(digits, 16);
  if (good) tokens_.back().offset -= 2;
  return good;
}

bool Lexer::whole(std::string_view digits, int base) {
  std::uint64_t magnitude = 0;
  const auto end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, magnitude, base);
  // The magnitude of the least int64 is legal behind a minus; the parser sees to that.
  if (read.ec != std::errc() || magnitude > std::uint64_t{1} << 63) {
    return fail(position_, "this number does not fit 64 bits");
  }
  push(Token::Kind::integer, position_).magnitude = magnitude;
  position_ += digits.size();
  if (at() == 'u' || at() == 'U') {
    return fail(position_, "unsigned numbers are not part of the language; leave the `u` out");
  }
  if (is_letter(at())) return fail(position_, "a letter directly behind a number");
  return true;
}

bool Lexer::fraction(std::string_view digits) {
  double real = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), real);
  if (read.ec != std::errc())
    return fail(position_, "this number is outside of what a double holds");
  push(Token::Kind::real, position_).real = real;
  position_ += digits.size();
  if (is_letter(at())) return fail(position_, "a letter directly behind a number");
  return true;
}

bool Lexer::identifier() {
  const std::size_t start = position_;
  while (is_letter(at()) || is_digit(at())) ++position_;
  push(Token::Kind::identifier, start).text = text_.substr(start, position_ - start);
  return true;
}

bool Lexer::quoted_identifier() {
  const std::size_t start = position_++;
  std::string name;
  while (is_letter(at()) || is_digit(at()) || at() == '.' || at() == '-' || at() == '/' ||
         at() == ' ') {
    name.push_back(text_[position_++]);
  }
  if (at() != '`')
    return fail(start, "a name in backticks takes letters, digits, `_.-/` and space");
  if (name.empty()) return fail(start, "an empty name");
  ++position_;
  push(Token::Kind::quoted_identifier, start).text = std::move(name);
  return true;
}

bool Lexer::string(bool raw) {
  const std::size_t start = position_;
  if (raw) ++position_;
  const std::string_view rest = text_.substr(position_);
  const bool triple = rest.starts_with("\"\"\"") || rest.starts_with("'''");
  const std::string_view quote = rest.substr(0, triple ? 3 : 1);
  position_ += quote.size();
  std::string content;
  if (!string_body(quote, raw, content)) return fail(start, "this string is not closed");
  push(Token::Kind::string, start).text = std::move(content);
  return true;
}

// False when the text ends first; other errors are noted on the way.
bool Lexer::string_body(std::string_view quote, bool raw, std::string& out) {
  while (position_ < text_.size()) {
    if (starts_with(quote)) {
      position_ += quote.size();
      return true;
    }
    const char c = text_[position_];
    if (quote.size() == 1 && (c == '\n' || c == '\r')) return false;
    if (c == '\\' && !raw) {
      if (!escape(out)) return false;
      continue;
    }
    // A raw string keeps the backslash and whatever it stands before.
    if (c == '\\' && position_ + 1 < text_.size()) out.push_back(text_[position_++]);
    out.push_back(text_[position_++]);
  }
  return false;
}

bool Lexer::escape(std::string& out) {
  static constexpr std::string_view letters = "abfnrtv\\?\"'`";
  static constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\?\"'`";
  const std::size_t start = position_++;
  const char c = at();
  const auto simple = letters.find(c);
  if (c != '\0' && simple != std::string_view::npos) {
    out.push_back(meanings[simple]);
    ++position_;
    return true;
  }
  std::size_t digits = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  std::uint32_t base = 16;
  if (digits > 0) {
    ++position_;
  } else if (c >= '0' && c <= '3') {
    digits = 3;
    base = 8;
  }
  const bool good = digits > 0 && code_point(digits, base, out);
  return good || fail(start, "this escape is not known; a backslash itself is `\\\\`");
}

bool Lexer::code_point(std::size_t digits, std::uint32_t base, std::string& out) {
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < digits; ++i, ++position_) {
    const int digit = digit_value(at());
    if (digit >= static_cast<int>(base)) return false;
    code = code * base + static_cast<std::uint32_t>(digit);
    if (code > 0x10FFFF) return false;
  }
  if (code >= 0xD800 && code <= 0xDFFF) return false;
  append_code_point(out, code);
  return true;
}

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text) {
  if (text.size() > longest_expression) {
    return Error{"expression.syntax", "the expression is longer than 8 KiB; move work into a step",
                 "", longest_expression};
  }
  return Lexer(text, false).run();
}

Result<std::vector<Token>> tokenize_until_brace(std::string_view text) {
  return Lexer(text, true).run();
}

}  // namespace sagaloom::expression
