// The Catalog of one node over an SqliteFile.
#pragma once

#include <memory>
#include <string>

#include "runtime/store/sqlite/sqlite_file.h"

namespace sagaloom::store {

class SqliteCatalog final : public engine::Catalog {
 public:
  SqliteCatalog(std::shared_ptr<SqliteFile> file, std::string node)
      : file_(std::move(file)), node_(std::move(node)) {}

  engine::StoreIdentity identity() override { return file_->identity; }
  bool register_definition(const engine::StoredDefinition& definition) override;
  std::vector<engine::StoredDefinition> definitions() override;
  engine::NodeLease renew_lease(const std::string& url, core::Duration lease) override;

 private:
  std::shared_ptr<SqliteFile> file_;
  std::string node_;
};

}  // namespace sagaloom::store
