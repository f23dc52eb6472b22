// The Catalog of one node over PostgreSQL, on a connection of its own: the lease must not wait
// for a batch.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "runtime/store/postgres/server.h"

namespace sagaloom::store {

class PostgresCatalog final : public engine::Catalog {
 public:
  PostgresCatalog(const PostgresOptions& options, core::SagaId node, engine::StoreIdentity identity)
      : server_(options, PgUse::looking_up), node_(node), identity_(std::move(identity)) {}

  engine::StoreIdentity identity() override { return identity_; }
  bool register_definition(const engine::StoredDefinition& definition) override;
  std::vector<engine::StoredDefinition> definitions() override;
  engine::NodeLease renew_lease(const std::string& url, core::Duration lease) override;

 private:
  std::mutex mutex_;
  PgServer server_;
  core::SagaId node_;
  engine::StoreIdentity identity_;
};

}  // namespace sagaloom::store
