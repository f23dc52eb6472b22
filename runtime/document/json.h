// JSON text to Value and back.
//
// Reading refuses what other readers let pass: nesting deeper than the limit, duplicate keys,
// invalid UTF-8, integers that do not fit 64 bits. Writing never fails and never recurses deeper
// than `depth` allows, since a Value that was read is bounded.
// Threads: free functions without state. Library: nlohmann_json (SAX reading), only in this room.
#pragma once

#include <string>
#include <string_view>

#include "runtime/expression/result.h"
#include "runtime/expression/value.h"

namespace sagaloom::document {

struct Limits {
  std::size_t depth = 32;
  std::size_t bytes = 1024 * 1024;
};

// Errors: `json.malformed` (with byte offset), `json.too_deep`, `json.too_large`,
// `json.duplicate_key` (with pointer).
expression::Result<expression::Value> parse(std::string_view text, const Limits& limits = {});

// Compact JSON, members in key order. Timestamps are RFC 3339 text, durations `"1.5s"`; a secret
// reference is written as {"$secret": name} and a user's map that has a `$` key as
// {"$map": {…}}, so that `parse_tagged` gives back exactly the value (the store uses this pair).
std::string write(const expression::Value& value);
void append(std::string& out, const expression::Value& value);
// Reverses the tags that `write` makes; `parse` leaves them as plain maps (what a client sent).
expression::Result<expression::Value> parse_tagged(std::string_view text, const Limits& limits = {});

void append_string(std::string& out, std::string_view text);  // quoted and escaped

// The canonical form for fingerprints: RFC 8785 (JCS).
std::string canonical(const expression::Value& value);

bool valid_utf8(std::string_view text);

}  // namespace sagaloom::document
