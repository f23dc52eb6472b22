// Timestamps and durations as text.
//
// Threads: free functions without state. Units: seconds and nanoseconds, UTC.
// Source: RFC 3339; the durations of CEL ("1h30m", "1.5s", "250ms") with `d` added for days.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/expression/value.h"

namespace sagaloom::expression {

// The range that RFC 3339 can say: year 1 to 9999. A duration is at most what 64 bits of
// nanoseconds hold, about 292 years, as in CEL.
inline constexpr std::int64_t first_second = -62135596800;
inline constexpr std::int64_t last_second = 253402300799;
inline constexpr std::int64_t longest_span_seconds = 9'223'372'036;

// nullopt: not RFC 3339, or outside of the range. A leap second counts as the second after it.
std::optional<Timestamp> parse_timestamp(std::string_view text);

// "2026-02-28T12:00:00.5Z"; the fraction as short as it can be.
std::string format_timestamp(Timestamp time);

// nullopt: not a sum of numbers with units ns, us, ms, s, m, h, d, or outside of the range.
std::optional<TimeSpan> parse_duration(std::string_view text);

// "90s", "-1.5s": always in seconds.
std::string format_duration(TimeSpan span);

bool in_range(Timestamp time);
bool in_range(TimeSpan span);

// Sums with the nanoseconds carried; nullopt outside of the range.
std::optional<Timestamp> add(Timestamp time, TimeSpan span);
std::optional<TimeSpan> add(TimeSpan left, TimeSpan right);
std::optional<TimeSpan> between(Timestamp later, Timestamp earlier);
TimeSpan negated(TimeSpan span);

}  // namespace sagaloom::expression
