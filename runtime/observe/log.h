// Structured log lines: one JSON object a line for machines, one readable line for a terminal.
//
// A line has a level, a code that names its cause (stable, dotted, from a fixed set), a message and
// fields. What users submit never goes into a line: ids, codes and counts do. A line is at most
// 8 KiB: long texts are cut, fields that do not fit are left out and `"truncated":true` says so.
// Each code may write `burst` lines at once and `per_second` from then on; what was left out is
// counted in the code's next line (`suppressed`).
//
// Lifecycle: the destructor writes out what is queued. Threads: `write` may be called from any
// thread and does not wait for the output: the queue holds `queue` lines, the oldest are overrun.
// Errors: never throws; an output that fails loses its line.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace sagaloom::observe {

enum class Level : std::uint8_t { debug, info, warning, error };
std::string_view name(Level level);

// "info", "warning", …; anything else counts as an error, so that it is seen.
Level level_of(std::string_view name);

struct Field {
  std::string_view key;  // a literal
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral Number>
  Field(std::string_view k, Number v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

struct LogOptions {
  enum class Format : std::uint8_t { automatic, json, human };  // automatic: human on a terminal
  Format format = Format::automatic;
  Level level = Level::info;
  std::uint32_t burst = 20;
  double per_second = 1;
  std::size_t queue = 8192;
  // Where lines go, without line end; default: standard error.
  std::function<void(std::string_view line)> output;
  // Milliseconds since the epoch; default: the system's clock.
  std::function<std::int64_t()> now_ms;
};

class Log {
 public:
  explicit Log(LogOptions options = {});
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void write(Level level, std::string_view code, std::string_view message,
             std::initializer_list<Field> fields = {});
  // Returns when everything written before has gone out.
  void flush();
  // Lines that a rate limit held back.
  std::uint64_t suppressed() const;

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace sagaloom::observe
