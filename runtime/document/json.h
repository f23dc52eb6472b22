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

// Errors: `json.malformed` (with byte offset; also numbers out of range), `json.too_deep` (with
// pointer), `json.too_large`, `json.duplicate_key` (with pointer).
expression::Result<expression::Value> parse(std::string_view text, const Limits& limits = {});

// Compact JSON, members in key order. What JSON has no word for is an object with one `$` key:
//   timestamp    {"$timestamp":"2026-02-28T12:00:00Z"}      duration  {"$duration":"1.5s"}
//   secret       {"$secret":"name"}, never the secret itself
//   NaN, ±inf    {"$real":"NaN"}, {"$real":"-Infinity"}
//   a map that itself has a key beginning with `$`           {"$map":{…}}
//   a map with keys that are not text                        {"$entries":[[key,value],…]}
// so that `parse_tagged(write(v)) == v` (the store uses this pair). A real with a whole value keeps
// its point (`1.0`). An optional is written as what it holds, or null.
std::string write(const expression::Value& value);
void append(std::string& out, const expression::Value& value);

// For readers outside who know no tags: timestamps and durations are plain text, NaN and infinities
// null, keys text, and keys with `$` stand as they are. A secret is {"$secret":"name"} still.
std::string write_plain(const expression::Value& value);

// Reverses the tags that `write` makes; `parse` leaves them as plain maps (what a client sent). The
// wrappers of tags do not count as depth. An unknown tag is `json.malformed`.
expression::Result<expression::Value> parse_tagged(std::string_view text,
                                                   const Limits& limits = {});

void append_string(std::string& out, std::string_view text);  // quoted and escaped

// The canonical form for fingerprints: RFC 8785 (JCS), with the tags of `write`. Integers are
// written in full, also those above 2^53, which a reader of doubles would confuse.
std::string canonical(const expression::Value& value);

// Whether the text is well-formed UTF-8 (no surrogates, nothing overlong).
bool valid_utf8(std::string_view text);

}  // namespace sagaloom::document
