// The accessors of timestamps and durations.

#include <chrono>

#include "runtime/expression/evaluation.h"
#include "runtime/expression/functions.h"
#include "runtime/expression/time.h"

namespace sagaloom::expression {
namespace {

using Kind = Value::Kind;

enum class Part {
  year,
  month,
  day_of_month,
  date,
  weekday,
  day_of_year,
  hour,
  minute,
  second,
  milli
};

bool give(Call& call, std::int64_t number) {
  call.out = Value(number);
  return true;
}

std::int64_t calendar_part(Part part, std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  switch (part) {
    case Part::year:
      return static_cast<int>(date.year());
    case Part::month:
      return static_cast<unsigned>(date.month()) - 1;
    case Part::day_of_month:
      return static_cast<unsigned>(date.day()) - 1;
    case Part::date:
      return static_cast<unsigned>(date.day());
    case Part::weekday:
      return std::chrono::weekday(day).c_encoding();
    default:
      return (day - std::chrono::sys_days(date.year() / 1 / 1)).count();
  }
}

std::int64_t part_of(Part part, std::int64_t local_seconds, std::int32_t nanos) {
  const auto time = std::chrono::sys_seconds(std::chrono::seconds(local_seconds));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto clock = (time - day).count();
  switch (part) {
    case Part::hour:
      return clock / 3600;
    case Part::minute:
      return clock / 60 % 60;
    case Part::second:
      return clock % 60;
    case Part::milli:
      return nanos / 1'000'000;
    default:
      return calendar_part(part, day);
  }
}

// Hours, minutes and seconds of a duration are the whole of it in that unit; the milliseconds are
// what is beyond the seconds, as CEL has it.
bool span_part(Call& call, Part part) {
  if (call.count != 1) return call.no_overload();
  const TimeSpan span = call[0].time_span();
  switch (part) {
    case Part::hour:
      return give(call, span.seconds / 3600);
    case Part::minute:
      return give(call, span.seconds / 60);
    case Part::second:
      return give(call, span.seconds);
    case Part::milli:
      return give(call, span.nanos / 1'000'000);
    default:
      return call.no_overload();
  }
}

template <Part part>
bool accessor(Call& call) {
  if (call[0].kind() == Kind::time_span) return span_part(call, part);
  if (call[0].kind() != Kind::timestamp) return call.no_overload();
  const Timestamp time = call[0].timestamp();
  std::int64_t offset = 0;
  if (call.node.zone != nullptr) {
    offset = call.node.zone->offset_seconds(time.seconds);
  } else if (call.count == 2) {
    if (!call[1].is_string()) return call.no_overload();
    const auto fixed = fixed_offset(call[1].string());
    if (!fixed) return call.fail("a zone's name must be written as a literal; here only ±hh:mm");
    offset = *fixed;
  }
  return give(call, part_of(part, time.seconds + offset, time.nanos));
}

}  // namespace

std::vector<Function> time_functions() {
  using Form = Function::Form;
  constexpr std::array<Kinds, most_arguments> takes = {kinds::time | kinds::span, kinds::text};
  return {
      {"getFullYear", Form::method, 1, 2, accessor<Part::year>, kinds::integer, takes},
      {"getMonth", Form::method, 1, 2, accessor<Part::month>, kinds::integer, takes},
      {"getDayOfMonth", Form::method, 1, 2, accessor<Part::day_of_month>, kinds::integer, takes},
      {"getDate", Form::method, 1, 2, accessor<Part::date>, kinds::integer, takes},
      {"getDayOfWeek", Form::method, 1, 2, accessor<Part::weekday>, kinds::integer, takes},
      {"getDayOfYear", Form::method, 1, 2, accessor<Part::day_of_year>, kinds::integer, takes},
      {"getHours", Form::method, 1, 2, accessor<Part::hour>, kinds::integer, takes},
      {"getMinutes", Form::method, 1, 2, accessor<Part::minute>, kinds::integer, takes},
      {"getSeconds", Form::method, 1, 2, accessor<Part::second>, kinds::integer, takes},
      {"getMilliseconds", Form::method, 1, 2, accessor<Part::milli>, kinds::integer, takes},
  };
}

}  // namespace sagaloom::expression
