// The operations of scenarios: from manifest files, from what a scenario file says itself, and
// behind both what the caller knows (loaded plugins, or nothing).
//
// Lifecycle: filled, then only read; the catalog behind it must outlive it. Threads: one while it
// is filled. Errors: the text of what is wrong with a manifest.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/expression/value.h"
#include "runtime/workflow/load.h"

namespace sagaloom::workflow::scenario {

using Operations = std::map<std::string, core::OperationPointer, std::less<>>;

class ScenarioOperations final : public OperationCatalog {
 public:
  explicit ScenarioOperations(const OperationCatalog& behind) : behind_(behind) {}

  // A manifest of a plugin, JSON.
  std::optional<std::string> add_file(const std::filesystem::path& file);
  // Name to facts. Unless said otherwise: reversible, idempotent, fencing.
  std::optional<std::string> add(const expression::Value& operations);

  core::OperationPointer find(std::string_view name) const override;
  std::vector<std::string> names() const override;
  const Operations& own() const { return operations_; }

 private:
  void keep(core::Operation operation);

  const OperationCatalog& behind_;
  Operations operations_;
};

}  // namespace sagaloom::workflow::scenario
