// The asserted string formats of JSON Schema 2020-12 that this project knows.
//
// Threads: free functions without state. Cost: one pass over the text, no allocation, but for
// regex. Source: RFC 3339, 5321, 1123, 2673, 4291, 3986, 4122; JSON Schema validation, section 7.3.
#pragma once

#include <string_view>

namespace sagaloom::schema {

// Tells whether a text has a format.
using FormatCheck = bool (*)(std::string_view text);

// nullptr: not a known format.
FormatCheck find_format(std::string_view name);

bool is_date(std::string_view text);       // 2026-02-28
bool is_time(std::string_view text);       // 23:59:60Z, offset required
bool is_date_time(std::string_view text);  // RFC 3339, leap seconds only where they can be
bool is_duration(std::string_view text);   // ISO 8601 as in RFC 3339, appendix A: P1DT2H
bool is_email(std::string_view text);
bool is_hostname(std::string_view text);
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);
bool is_uuid(std::string_view text);
bool is_uri(std::string_view text);    // absolute
bool is_regex(std::string_view text);  // ECMA 262, as far as it is regular; compiles it

}  // namespace sagaloom::schema
