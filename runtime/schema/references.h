// The `$ref`s of a schema, resolved when all its parts are known.
//
// Threads: free functions. Errors: `schema.invalid` with the pointer of the `$ref`.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/expression/result.h"
#include "runtime/schema/node.h"

namespace sagaloom::schema {

struct Reference {
  Schema::Node* node;
  std::string target;   // pointer in its plain form
  std::string pointer;  // of the keyword
};

// Every subschema by its pointer.
using Places = std::unordered_map<std::string, Schema::Node*>;

// Sets `reference` of the nodes; gives the error of one that leads nowhere, or in a circle that
// goes through no part of the value and so would never end.
std::optional<expression::Error> resolve(const std::vector<Reference>& references,
                                         const Places& places);

}  // namespace sagaloom::schema
