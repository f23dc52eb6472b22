// The API's description (OpenAPI 3.1): schemas/openapi.yaml, embedded when the program is built,
// with the resources of exposed workflows merged in.
//
// Threads: free functions; the embedded text is constant. Rendered anew at each call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/expression/value.h"

namespace sagaloom::http {

// schemas/openapi.yaml as it stands there, and the same as JSON. `paths` is its last key.
std::string_view embedded_openapi_yaml();
std::string_view embedded_openapi_json();

std::string openapi_yaml(const std::vector<core::DefinitionPointer>& exposed);
std::string openapi_json(const std::vector<core::DefinitionPointer>& exposed);

// The path items of one exposed workflow: a map from path to item.
expression::Value exposed_paths(const core::Definition& definition);

}  // namespace sagaloom::http
