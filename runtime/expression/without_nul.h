// What a text becomes that goes into a store's column: no store keeps U+0000 there.
// Threads: a free function without state. Errors: none.
#pragma once

#include "runtime/expression/value.h"

namespace sagaloom::expression {

// A string with a replacement character for each U+0000; any other value as it is.
Value without_nul(Value value);

}  // namespace sagaloom::expression
