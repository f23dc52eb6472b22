// The definitions that stand in files, for those that start or precede one another. A file's head
// tells its name and version; it is compiled when it is asked for, once.
//
// Lifecycle: for one check; refers to the catalog and to `beyond`. Threads: one. Errors: none; a
// file that cannot be compiled has a version, but no definition.
#pragma once

#include <map>
#include <set>

#include "runtime/workflow/load.h"

namespace sagaloom::workflow {

class FileSet final : public KnownDefinitions {
 public:
  // The files, those beside them (`*.yaml`, `*.yml`), and what is known beyond; may be null.
  FileSet(const std::vector<std::filesystem::path>& files, const OperationCatalog& catalog,
          const CheckOptions& options);

  core::DefinitionPointer find(std::string_view name, std::uint32_t version) const override;
  std::vector<std::uint32_t> versions(std::string_view name) const override;
  std::vector<std::string> names() const override;
  std::vector<Awaited> awaited(std::string_view name) const override;
  std::string registered(std::string_view name, std::uint32_t version) const override;
  std::vector<Route> routes() const override;

 private:
  struct Entry {
    std::filesystem::path file;
    bool tried = false;
    core::DefinitionPointer definition;
  };
  void add(const std::filesystem::path& file);

  const OperationCatalog& catalog_;
  const CheckOptions options_;
  mutable std::map<std::pair<std::string, std::uint32_t>, Entry> entries_;
};

}  // namespace sagaloom::workflow
