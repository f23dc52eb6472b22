// The loader: workflow text to a compiled core::Definition, or to every diagnostic at once.
//
// Lifecycle: free functions; the catalog is only read during a call. Threads: any, calls are
// independent. Ownership: definitions are shared and immutable. Limits: 1 MiB, depth 32, 50,000
// values a file, 200 diagnostics a file.
// Errors: diagnostics (docs/workflows.md lists the codes); never an exception, whatever the text.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/expression/result.h"
#include "runtime/workflow/diagnostics.h"

namespace sagaloom::workflow {

// Where operations' facts come from when a definition is written: the loaded plugins.
class OperationCatalog {
 public:
  virtual ~OperationCatalog() = default;
  // "inventory.reserve", without `@major`; nullptr: not known.
  virtual core::OperationPointer find(std::string_view name) const = 0;
  // Every name, for "did you mean".
  virtual std::vector<std::string> names() const = 0;
};

// The other definitions that one may be started with or beside: files of one check, or what is
// registered. Borrowed during a call.
class KnownDefinitions {
 public:
  struct Route {
    std::string path, workflow, where;  // where: "in orders.yaml", "registered"
  };
  struct Awaited {  // what running instances wait for
    std::string name;
    bool signal = false;  // else an event
    std::uint32_t version = 0;
  };
  virtual ~KnownDefinitions() = default;
  // nullptr: there is none, or it is broken (then its version is among `versions`).
  virtual core::DefinitionPointer find(std::string_view name, std::uint32_t version) const = 0;
  // Ascending; empty: no workflow has this name.
  virtual std::vector<std::uint32_t> versions(std::string_view name) const = 0;
  virtual std::vector<std::string> names() const = 0;
  // What running instances of any version of this workflow wait for now.
  virtual std::vector<Awaited> awaited(std::string_view) const { return {}; }
  // The hash under which this version is registered; empty: it is not.
  virtual std::string registered(std::string_view, std::uint32_t) const { return {}; }
  // What is exposed already.
  virtual std::vector<Route> routes() const { return {}; }
};

struct CheckOptions {
  bool checks = true;  // false: only what is needed to compile (no codes C, T, F, W, Q, …)
  // Without them children and other versions are not looked at.
  const KnownDefinitions* known = nullptr;
  // No plugins are loaded: operations are taken as written, codes C and T are warnings. What is
  // loaded so is good for diagnostics only.
  bool no_plugins = false;
};

struct LoadOptions {
  std::string file = "workflow.yaml";  // shown in diagnostics
  // Schema file names are relative to it and must lie below it; empty: no schema files.
  std::filesystem::path directory;
  bool checks = true;  // the rest as in CheckOptions
  const KnownDefinitions* known = nullptr;
  bool no_plugins = false;
};

struct Loaded {
  std::string file;                     // as in the diagnostics
  core::DefinitionPointer definition;   // null exactly when a diagnostic is an error
  std::vector<Diagnostic> diagnostics;  // sorted by place
  bool ok() const { return definition != nullptr; }
};

Loaded load(std::string_view text, const OperationCatalog& catalog,
            const LoadOptions& options = {});

// Reads the file; one that cannot be read is a diagnostic (Y01) as well.
Loaded load_file(const std::filesystem::path& file, const OperationCatalog& catalog,
                 const CheckOptions& options = {});

// The files in this order, one result each, and what only shows across files: the same name and
// version twice (S05), two workflows on one route (R01), where the later one loses its definition;
// children and other versions are looked for among the files, beside them, and in `options.known`.
std::vector<Loaded> load_files(const std::vector<std::filesystem::path>& files,
                               const OperationCatalog& catalog, const CheckOptions& options = {});
// *.yaml and *.yml.
bool is_workflow_file(const std::filesystem::path& file);
// Every *.yaml and *.yml directly in the directory, in order of name.
std::vector<Loaded> load_directory(const std::filesystem::path& directory,
                                   const OperationCatalog& catalog,
                                   const CheckOptions& options = {});

// The facts of the operations that a definition names, as JSON text, to be stored beside its text.
std::string freeze(const core::Definition& definition);

// Compiles a stored definition from its text and its frozen operations; plugins that are loaded now
// have no say, and neither have checks that were added since. Error: `definition.invalid`.
expression::Result<core::DefinitionPointer> load_frozen(std::string_view text,
                                                        std::string_view operations);

}  // namespace sagaloom::workflow
