// A time zone: seconds east of UTC at an instant.
//
// Lifecycle: read once, when an expression that names it is compiled; immutable, shared. An
// expression's result therefore depends on the machine's time zone data of that moment.
// Threads: any. Errors: nullptr / nullopt, named by the caller.
// Source: RFC 8536 (TZif) for the files below /usr/share/zoneinfo.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sagaloom::expression {

// "UTC", "+02:00", "-02:30" or "02:00"; nullopt: not a fixed offset. In seconds.
std::optional<std::int64_t> fixed_offset(std::string_view text);

// The rule behind the last entry of a zone's table: "AEST-10AEDT,M10.1.0,M4.1.0/3".
struct YearlyRule {
  struct Change {
    int month = 1, week = 1, weekday = 0;
    std::int64_t seconds = 7200;  // after local midnight
  };
  std::int64_t standard = 0;  // seconds east of UTC
  std::int64_t summer = 0;    // the same as `standard` where the clocks do not change
  Change begins{}, ends{};

  // nullopt: a form that no current zone uses.
  static std::optional<YearlyRule> parse(std::string_view text);
  std::int64_t offset_seconds(std::int64_t unix_seconds) const;
};

class Zone {
 public:
  // An IANA name such as "Europe/Berlin"; nullptr: not known on this machine.
  static std::shared_ptr<const Zone> load(std::string_view name);
  // The content of a TZif file.
  static std::shared_ptr<const Zone> read(std::string_view file);

  std::int64_t offset_seconds(std::int64_t unix_seconds) const;

 private:
  struct Change {
    std::int64_t at;
    std::int64_t offset;
  };
  Zone() = default;

  std::vector<Change> changes_;    // ascending
  std::int64_t first_offset_ = 0;  // before the first change
  std::optional<YearlyRule> rule_{};
};

}  // namespace sagaloom::expression
