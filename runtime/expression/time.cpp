#include "runtime/expression/time.h"

#include <array>
#include <charconv>
#include <chrono>

namespace sagaloom::expression {
namespace {

constexpr std::int64_t nanos_per_second = 1'000'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// Days since the epoch.
std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || *year < 1 || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<std::int64_t> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

// The digits after a point as nanoseconds; digits beyond the ninth are cut off.
std::optional<std::int32_t> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int32_t nanos = 0;
  std::size_t count = 0;
  for (; !text.empty() && is_digit(text.front()); ++count, text.remove_prefix(1)) {
    if (count < 9) nanos = nanos * 10 + (text.front() - '0');
  }
  if (count == 0) return std::nullopt;
  for (; count < 9; ++count) nanos *= 10;
  return nanos;
}

// Seconds east of UTC.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  const auto hour = sign == 0 ? std::nullopt : take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  return sign * (*hour * 3600 + *minute * 60);
}

void append_digits(std::string& out, std::int64_t number, int width) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  for (auto missing = width - (end - buffer); missing > 0; --missing) out.push_back('0');
  out.append(buffer, end);
}

void append_fraction(std::string& out, std::int32_t nanos) {
  if (nanos == 0) return;
  out.push_back('.');
  append_digits(out, nanos, 9);
  while (out.back() == '0') out.pop_back();
}

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};
// "ms" before "m", since the first that fits is taken.
constexpr std::array<Unit, 8> units = {{{"ns", 1},
                                        {"us", 1'000},
                                        {"µs", 1'000},
                                        {"ms", 1'000'000},
                                        {"s", nanos_per_second},
                                        {"m", 60 * nanos_per_second},
                                        {"h", 3600 * nanos_per_second},
                                        {"d", 86400 * nanos_per_second}}};

const Unit* take_unit(std::string_view& text) {
  for (const auto& unit : units) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return &unit;
  }
  return nullptr;
}

// One "1.5h", as nanoseconds; 128 bits, since the range in nanoseconds does not fit 64.
std::optional<__int128> take_part(std::string_view& text) {
  std::int64_t whole = 0;
  std::size_t digits = 0;
  for (; !text.empty() && is_digit(text.front()); ++digits, text.remove_prefix(1)) {
    if (digits >= 18) return std::nullopt;
    whole = whole * 10 + (text.front() - '0');
  }
  std::int64_t fraction = 0;
  if (!text.empty() && text.front() == '.') {
    if (digits == 0 && (text.size() < 2 || !is_digit(text[1]))) return std::nullopt;
    if (text.size() > 1 && is_digit(text[1])) {
      const auto nanos = take_fraction(text);
      if (!nanos) return std::nullopt;
      fraction = *nanos;
    } else {
      text.remove_prefix(1);
    }
  } else if (digits == 0) {
    return std::nullopt;
  }
  const Unit* unit = take_unit(text);
  if (unit == nullptr) return std::nullopt;
  return static_cast<__int128>(whole) * unit->nanos +
         static_cast<__int128>(fraction) * unit->nanos / nanos_per_second;
}

std::optional<TimeSpan> span_of(__int128 nanos) {
  const __int128 seconds = nanos / nanos_per_second;
  if (seconds > longest_span_seconds || seconds < -longest_span_seconds) return std::nullopt;
  const TimeSpan span{static_cast<std::int64_t>(seconds),
                      static_cast<std::int32_t>(nanos % nanos_per_second)};
  return in_range(span) ? std::optional(span) : std::nullopt;
}

__int128 nanos_of(TimeSpan span) {
  return static_cast<__int128>(span.seconds) * nanos_per_second + span.nanos;
}

__int128 nanos_of(Timestamp time) {
  return static_cast<__int128>(time.seconds) * nanos_per_second + time.nanos;
}

}  // namespace

bool in_range(Timestamp time) {
  return time.seconds >= first_second && time.seconds <= last_second;
}

bool in_range(TimeSpan span) {
  const auto most = TimeSpan{longest_span_seconds, 0};
  return span <= most && negated(span) <= most;
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
  const auto days = take_date(text);
  if (!days || !(take(text, 'T') || take(text, 't'))) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto nanos = take_fraction(text);
  if (!nanos) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const Timestamp time{*days * 86400 + *clock - *offset, *nanos};
  return in_range(time) ? std::optional(time) : std::nullopt;
}

std::string format_timestamp(Timestamp time) {
  const auto seconds = std::chrono::sys_seconds(std::chrono::seconds(time.seconds));
  const auto days = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(days);
  const auto clock = (seconds - days).count();
  std::string text;
  text.reserve(32);
  append_digits(text, static_cast<int>(date.year()), 4);
  text.push_back('-');
  append_digits(text, static_cast<unsigned>(date.month()), 2);
  text.push_back('-');
  append_digits(text, static_cast<unsigned>(date.day()), 2);
  text.push_back('T');
  append_digits(text, clock / 3600, 2);
  text.push_back(':');
  append_digits(text, clock / 60 % 60, 2);
  text.push_back(':');
  append_digits(text, clock % 60, 2);
  append_fraction(text, time.nanos);
  text.push_back('Z');
  return text;
}

std::optional<TimeSpan> parse_duration(std::string_view text) {
  const bool negative = take(text, '-');
  if (!negative) take(text, '+');
  if (text == "0") return TimeSpan{};
  if (text.empty()) return std::nullopt;
  __int128 sum = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || *part > nanos_of(TimeSpan{longest_span_seconds, 0})) return std::nullopt;
    sum += *part;
    if (sum > nanos_of(TimeSpan{longest_span_seconds, 0})) return std::nullopt;
  }
  return span_of(negative ? -sum : sum);
}

std::string format_duration(TimeSpan span) {
  std::string text;
  if (span.seconds < 0 || span.nanos < 0) text.push_back('-');
  append_digits(text, span.seconds < 0 ? -span.seconds : span.seconds, 1);
  append_fraction(text, span.nanos < 0 ? -span.nanos : span.nanos);
  text.push_back('s');
  return text;
}

std::optional<Timestamp> add(Timestamp time, TimeSpan span) {
  const __int128 nanos = nanos_of(time) + nanos_of(span);
  __int128 seconds = nanos / nanos_per_second;
  __int128 rest = nanos % nanos_per_second;
  if (rest < 0) {
    rest += nanos_per_second;
    seconds -= 1;
  }
  const Timestamp sum{static_cast<std::int64_t>(seconds), static_cast<std::int32_t>(rest)};
  return in_range(sum) ? std::optional(sum) : std::nullopt;
}

std::optional<TimeSpan> add(TimeSpan left, TimeSpan right) {
  return span_of(nanos_of(left) + nanos_of(right));
}

std::optional<TimeSpan> between(Timestamp later, Timestamp earlier) {
  return span_of(nanos_of(later) - nanos_of(earlier));
}

TimeSpan negated(TimeSpan span) {
  return {-span.seconds, -span.nanos};
}

}  // namespace sagaloom::expression
