// What is wrong with a workflow file, said so that it can be mended: place, code, message, fix.
//
// Threads: plain values. Units: lines and columns count from 1, columns in characters (code
// points). Codes are stable; docs/workflows.md lists them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sagaloom::workflow {

struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  auto operator<=>(const Position&) const = default;
};

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
  std::string file;
  Position position;
  Severity severity = Severity::error;
  std::string code;       // "S01"
  std::string message;    // what is wrong
  std::string fix;        // what to do; may be empty
  std::string example{};  // of codes C: a path on which it goes wrong, in words; may be empty
  bool operator==(const Diagnostic&) const = default;
};

// `file:line:col: error[S01] message; fix`, without a line end.
std::string text(const Diagnostic& diagnostic);
// One line each, in the order given.
std::string text(const std::vector<Diagnostic>& diagnostics);

bool has_errors(const std::vector<Diagnostic>& diagnostics);

// Sorts by file and place and drops repetitions.
void arrange(std::vector<Diagnostic>& diagnostics);

// The candidate that `word` probably was meant to be; empty: none is near enough. The cost is
// bounded: words over 64 bytes get no suggestion.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace sagaloom::workflow
