// The JSON Schema (draft-07) with which editors complete and check workflow files.
//
// Lifecycle: values. Threads: any. Errors: none. The base (schemas/workflow.schema.json) knows the
// language; what is added here knows the operations: their names, their inputs, which are
// asynchronous, which have no undo, the error codes that they declare. It refuses only what the
// loader would refuse: a leaf of an input may always be a template, and keywords of an operation's
// schema that a template could break (`not`, `if`, `oneOf`, …) are loosened or left out.
// The same operations give the same bytes, in whatever order they come.
#pragma once

#include <vector>

#include "runtime/core/definition.h"

namespace sagaloom::workflow {

expression::Value editor_schema(const expression::Value& base,
                                std::vector<core::OperationPointer> operations);

}  // namespace sagaloom::workflow
