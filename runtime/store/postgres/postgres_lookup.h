// Lookups over PostgreSQL, on a connection of their own.
#pragma once

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/store/postgres/server.h"

namespace sagaloom::store {

class PostgresLookup final : public engine::Lookup {
 public:
  PostgresLookup(const PostgresOptions& options, std::uint16_t shards)
      : server_(options, PgUse::looking_up), shards_(shards) {}

  std::optional<core::Saga> get(const core::SagaId& id) override;
  std::optional<engine::StoredRow> row(const core::SagaId& id) override;
  std::optional<engine::IdentityRow> find_identity(engine::ShardNumber shard,
                                                   const engine::IdentityKey& key) override;
  engine::SagaPage list(const engine::SagaFilter& filter) override;
  std::vector<engine::StoredRecord> history(const core::SagaId& id, engine::Seq after,
                                            std::size_t limit) override;
  std::vector<std::pair<engine::ShardNumber, engine::StoredRecord>> events(
      const std::vector<engine::EventPosition>& after, std::size_t limit) override;
  engine::DeadLetterPage dead_letters(const engine::DeadLetterFilter& filter) override;
  std::optional<engine::DeadLetter> dead_letter(const engine::DeadLetterName& name) override;
  engine::SettledPage settled_letters(const engine::DeadLetterFilter& filter) override;

 private:
  std::mutex mutex_;
  PgServer server_;
  std::uint16_t shards_;
};

}  // namespace sagaloom::store
