// The order of JSON values in which an integer and a real of the same value are equal.
//
// Threads: free functions.
#pragma once

#include <compare>

#include "runtime/expression/value.h"

namespace sagaloom::schema {

// Total over what JSON can say; NaN does not occur there.
std::strong_ordering order_of(const expression::Value& left, const expression::Value& right);

// Whether two items are equal. Cost: n log n comparisons.
bool has_equal_items(const expression::List& items);

}  // namespace sagaloom::schema
