// Lookups over an SqliteFile, on its second connection: WAL lets them read beside a commit.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/store/sqlite/sqlite_file.h"

namespace sagaloom::store {

class SqliteLookup final : public engine::Lookup {
 public:
  explicit SqliteLookup(std::shared_ptr<SqliteFile> file) : file_(std::move(file)) {}

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
  // The seq of the saga's newest record; 0: no such saga.
  engine::Seq last_seq_locked(const core::SagaId& id);
  // The records in (after, last], oldest first, by way of `prev`.
  std::vector<engine::StoredRecord> walk_locked(const core::SagaId& id, engine::Seq last,
                                                engine::Seq after);

  std::shared_ptr<SqliteFile> file_;
};

}  // namespace sagaloom::store
