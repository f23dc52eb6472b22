// A request's target, taken apart and decoded, or refused.
//
// Refused are: what does not begin with `/`, dot segments and empty segments, backslashes, control
// characters, bad escapes, escaped NUL, slash and backslash, bytes that are not UTF-8 after
// decoding. So a path has one reading, here and in any proxy before us.
// Threads: free functions without state. Source: RFC 3986, RFC 9112 section 3.2.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/expression/result.h"

namespace sagaloom::http {

struct Target {
  std::vector<std::string> segments;                       // decoded; "/" has none
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order; `+` is a space

  const std::string* query_value(std::string_view name) const;  // the first; nullptr: none
};

// Errors: `http.target`; the message says which rule was broken.
expression::Result<Target> parse_target(std::string_view target);

// nullopt: a bad escape. `plus_is_space` as in queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
// Everything but A-Z a-z 0-9 - . _ ~ is escaped.
std::string percent_encode(std::string_view text);
// The same, but slashes stay: the path of a step as it stands in a URL.
std::string percent_encode_path(std::string_view path);

}  // namespace sagaloom::http
