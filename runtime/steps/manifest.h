// A plugin's manifest, read and checked: what the language's checks and the core need to know of
// each operation before any is called.
//
// Pure functions. Errors: `plugin.manifest` with the JSON pointer of what is wrong; the shape is
// that of schemas/plugin-manifest.schema.json, the rules between members are checked here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/expression/result.h"

namespace sagaloom::steps {

struct Manifest {
  std::string id;              // "org.sagaloom.inventory"
  std::string plugin;          // "inventory": the first part of every operation's name
  std::string version;         // semver
  core::SchemaPointer config;  // null: any
  std::vector<core::OperationPointer> operations;
};

expression::Result<Manifest> read_manifest(std::string_view json);

}  // namespace sagaloom::steps
