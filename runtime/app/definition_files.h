// From workflow files to registered definitions.
//
// Threads: free functions. Errors: diagnostics, printed by the caller.
#pragma once

#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/workflow/load.h"

namespace sagaloom::app {

// The facts of the plugins that are loaded now.
class LoadedOperations final : public workflow::OperationCatalog {
 public:
  // The host must outlive the catalog.
  explicit LoadedOperations(const engine::StepHost& host) : host_(host) {}
  core::OperationPointer find(std::string_view name) const override;
  std::vector<std::string> names() const override;

 private:
  const engine::StepHost& host_;
};

// Files, and every .yaml of directories. The checks across files are included.
std::vector<workflow::Loaded> load_workflows(const std::vector<std::string>& paths,
                                             const workflow::OperationCatalog& catalog,
                                             const workflow::CheckOptions& options = {});

// A directory of which nothing would be loaded: probably not the one that was meant.
bool is_folder_without_workflows(const std::string& path);

// What the store keeps of a definition.
engine::StoredDefinition stored(const core::Definition& definition);

// The engine's port: compiles what the store kept; null when it cannot.
core::DefinitionPointer compile(const engine::StoredDefinition& definition);

}  // namespace sagaloom::app
