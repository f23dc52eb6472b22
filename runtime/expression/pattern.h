// A regular expression that is searched in time linear to the text.
//
// Lifecycle: compiled once, immutable, shared. Threads: matches from any thread.
// Errors: `expression.pattern` with what is wrong; look-around and back references do not exist,
// since no linear matcher can have them. Memory of one pattern is bounded (1 MiB).
// Source: RE2 (github.com/google/re2), which appears in this file's .cpp only.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/expression/result.h"

namespace sagaloom::expression {

class Pattern {
 public:
  // RE2's syntax, which is that of CEL.
  static Result<std::shared_ptr<const Pattern>> compile(std::string_view text);
  // The syntax of ECMA 262 with the flag `u`, which is that of JSON Schema, as far as it is
  // regular.
  static Result<std::shared_ptr<const Pattern>> compile_ecma(std::string_view text);
  ~Pattern();

  // Whether the pattern occurs anywhere in the text.
  bool matches(std::string_view text) const;

 private:
  struct Compiled;
  explicit Pattern(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace sagaloom::expression
