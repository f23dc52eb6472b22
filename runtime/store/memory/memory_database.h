// The tables of the memory store. All members of MemoryDatabase but `options` are guarded by
// `mutex`; the functions named *_locked expect it to be held.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/store/memory/memory_store.h"
#include "runtime/store/migration.h"

namespace sagaloom::store {

struct MemorySaga {
  std::shared_ptr<const core::SagaRecord> head;
  std::string state;
  bool live = true;
  engine::Seq first_seq = 0, last_seq = 0, snap_seq = 0;
  std::shared_ptr<const core::Saga> snapshot;
};

struct MemoryShard {
  using AttributeKey = std::tuple<std::string, std::string, std::string, core::SagaId>;
  using InboxPlace = std::tuple<engine::IdentityKey, std::string, engine::Seq>;
  using SeenName = std::tuple<std::string, std::string, std::string, std::string>;
  using LockPlace = std::tuple<std::string, std::string, std::string, engine::Seq>;

  std::int64_t epoch = 0;
  std::string owner;
  std::uint16_t generation = 0;
  engine::Progress progress;
  std::map<engine::Seq, engine::StoredRecord> journal;
  std::map<core::SagaId, MemorySaga> sagas;
  std::map<engine::IdentityKey, std::map<std::int32_t, engine::IdentityRow>> identities;
  std::set<AttributeKey> attributes;
  std::set<std::pair<core::Time, core::SagaId>> timers;
  std::vector<engine::DeadLetterRow> dead_letters;  // in order of (seq, n)
  std::map<engine::DeadLetterName, engine::SettledLetter> settled;
  std::map<InboxPlace, engine::InboxRow> inbox;
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> sources;
  std::map<SeenName, std::int32_t> seen;
  std::map<LockPlace, engine::LockRow> locks;

  engine::Seq max_seq() const { return journal.empty() ? 0 : journal.rbegin()->first; }
};

struct MemoryNode {
  std::string url;
  core::Time lease_until{};
};

class MemoryDatabase {
 public:
  explicit MemoryDatabase(MemoryOptions given);

  // As a database would: throws OpenError when `applied` is not what this program knows.
  void migrate_locked();
  core::Time now() const;
  bool owner_is_gone_locked(const MemoryShard& shard) const;
  bool owns_locked(engine::ShardNumber shard, std::int64_t epoch, const std::string& node) const;

  // The whole batch or nothing of it.
  engine::CommitOutcome write_locked(const std::vector<engine::ShardRows>& batch);

  const MemoryOptions options;
  mutable std::mutex mutex;
  std::vector<MemoryShard> shards;
  std::map<std::string, MemoryNode> nodes;
  std::vector<engine::StoredDefinition> definitions;
  std::vector<AppliedMigration> applied;

 private:
  std::optional<engine::CommitOutcome> objection_locked(
      const std::vector<engine::ShardRows>& batch) const;
};

}  // namespace sagaloom::store
