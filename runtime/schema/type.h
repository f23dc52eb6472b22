// A schema as a type: what the checker of expressions may know about a value that fits it.
//
// Threads: free functions. Recursion in a schema is cut off: what lies deeper is not known.
#pragma once

#include "runtime/expression/type.h"
#include "runtime/schema/schema.h"

namespace sagaloom::schema {

// Properties that are not required may be absent; a map without `additionalProperties` is open.
expression::TypePointer type_of(const Schema& schema);

}  // namespace sagaloom::schema
