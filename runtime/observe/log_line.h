// The text of one log line. Pure; never throws but for memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/observe/log.h"

namespace sagaloom::observe {

inline constexpr std::size_t line_limit = 8 * 1024;

struct Line {
  std::int64_t time_ms = 0;
  Level level = Level::info;
  std::string_view code;
  std::string_view message;
  std::span<const Field> fields;
  std::uint64_t suppressed = 0;
};

// A JSON object that any reader takes: control characters and quotes escaped, invalid UTF-8
// replaced, numbers that JSON does not have written as null.
std::string json_line(const Line& line);

// For a terminal, where no control character of a value may reach it.
std::string human_line(const Line& line, bool colour);

}  // namespace sagaloom::observe
