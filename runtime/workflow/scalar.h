// The type of a YAML scalar by the core schema of YAML 1.2, and whole trees as values.
//
// `on`, `yes` and dates are strings, `010` is the integer 10, anything in quotes is a string.
// Integers are int64. Threads: free functions. Errors: S02 in the report, and null in its place.
// Source: yaml.org/spec/1.2.2, section 10.3.2.
#pragma once

#include <optional>

#include "runtime/core/time.h"
#include "runtime/expression/value.h"
#include "runtime/workflow/source.h"

namespace sagaloom::workflow {

// What a scalar is, or why it cannot be: out of range, infinite, not a number.
struct Resolved {
  expression::Value value;
  const char* problem = nullptr;
};
Resolved resolve(const Node& scalar);

// The tree below `node`, its scalars resolved.
expression::Value to_value(const Node& node, Report& report);

// `250ms 30s 5m 2h 14d` and sums such as `1h30m`, each unit once, larger first; nullopt: not a
// duration, or more than 10,000 days.
std::optional<core::Duration> parse_duration(std::string_view text);

}  // namespace sagaloom::workflow
