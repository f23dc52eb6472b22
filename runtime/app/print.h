// How answers are shown: data on standard output, messages on standard error.
//
// Threads: free functions without state. Errors: none; what has an unexpected shape is shown as
// JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/value.h"

namespace sagaloom::app {

// One line per member, scalars as text, deeper values as compact JSON.
std::string as_lines(const expression::Value& object);

// Aligned columns with a head; `columns` are member names, missing members are "-".
std::string as_table(const expression::Value& rows, const std::vector<std::string>& columns);

// A problem document as people read it: what, why, where, and its code.
std::string as_problem(const expression::Value& problem, long status);

// A scalar without quotes, anything else as JSON.
std::string as_text(const expression::Value& value);

// The text of a member; empty: there is none.
std::string member_text(const expression::Value& object, std::string_view name);

}  // namespace sagaloom::app
