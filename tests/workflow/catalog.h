// A catalog of operations read from manifest files, as the plugins ship them.
#pragma once

#include <map>
#include <string>

#include "runtime/workflow/load.h"

namespace sagaloom::workflow::testing {

class ManifestCatalog final : public OperationCatalog {
 public:
  void add(core::Operation operation);
  void add_file(const std::string& path);  // throws std::runtime_error when it is no manifest
  void remove(const std::string& name) { operations_.erase(name); }

  core::OperationPointer find(std::string_view name) const override;
  std::vector<std::string> names() const override;

 private:
  std::map<std::string, core::OperationPointer, std::less<>> operations_;
};

// The bundled plugins' manifests and those under tests/workflow/manifests.
const ManifestCatalog& catalog();

std::string read_file(const std::string& path);
std::string source_path(const std::string& relative);  // from the root of the tree

// A workflow around these steps, written at column 1, so that the first step is on line 5.
std::string around(const std::string& steps, const std::string& top = {});

}  // namespace sagaloom::workflow::testing
