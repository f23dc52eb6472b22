// A value as the text that people read: what `string(x)` gives and what a template joins.
//
// Threads: free functions.
#pragma once

#include <optional>
#include <string>

#include "runtime/expression/value.h"

namespace sagaloom::expression {

// nullopt: this kind has no such text (null, list, map, optional, secret).
std::optional<std::string> text_of(const Value& value);

}  // namespace sagaloom::expression
