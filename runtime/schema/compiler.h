// Schema documents to nodes.
//
// Threads: free functions. Errors: `schema.invalid` with the pointer of the keyword: an unknown
// keyword or format, a value of the wrong kind, a reference to nowhere or in a circle that reads
// no part of the value, more than 64 levels or 20,000 subschemas.
// Source: JSON Schema 2020-12, core and validation.
#pragma once

#include <memory>

#include "runtime/expression/result.h"
#include "runtime/schema/node.h"

namespace sagaloom::schema {

expression::Result<std::shared_ptr<NodePointer>> compile(const expression::Value& source);

}  // namespace sagaloom::schema
