// The Journal of one node over a MemoryDatabase.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/store/memory/memory_database.h"

namespace sagaloom::store {

class MemoryJournal final : public engine::Journal {
 public:
  using Owned = std::vector<std::pair<engine::ShardNumber, std::int64_t>>;

  MemoryJournal(std::shared_ptr<MemoryDatabase> database, std::string node)
      : database_(std::move(database)), node_(std::move(node)) {}

  std::vector<engine::OwnedShard> take_over(const std::vector<engine::ShardNumber>& shards,
                                            bool force) override;
  engine::CommitOutcome commit(const std::vector<engine::ShardRows>& shards) override;
  std::vector<engine::OwnedShard> settle(const Owned& owned) override;
  std::vector<engine::OwnedShard> read_owned(const Owned& owned) override;
  void release(const Owned& owned) override;
  std::vector<engine::IdentityRow> find_identities(
      engine::ShardNumber shard, const std::vector<engine::IdentityKey>& keys) override;
  engine::Progress read_progress(engine::ShardNumber shard) override;
  std::vector<engine::StoredRecord> read_journal(engine::ShardNumber shard, engine::Seq after,
                                                 std::size_t limit) override;
  std::vector<engine::StoredSnapshot> read_snapshots(engine::ShardNumber shard,
                                                     const std::vector<core::SagaId>& ids) override;
  engine::LiveCount count_live(engine::ShardNumber shard) override;
  std::vector<engine::StoredTimer> read_timers(engine::ShardNumber shard, core::Time until,
                                               std::size_t limit) override;
  std::vector<engine::InboxHead> read_inbox_heads(engine::ShardNumber shard,
                                                  const std::optional<engine::InboxHead>& after,
                                                  std::size_t limit) override;
  std::vector<engine::InboxRow> read_inbox(engine::ShardNumber shard,
                                           const std::vector<engine::IdentityKey>& keys) override;
  std::vector<engine::SourceRow> read_sources(engine::ShardNumber shard) override;
  std::vector<engine::LockRow> read_locks(engine::ShardNumber shard) override;
  std::vector<engine::SeenRow> find_seen(engine::ShardNumber shard, std::int32_t day,
                                         const std::vector<engine::SeenRow>& asked) override;
  std::size_t sweep_seen(engine::ShardNumber shard, std::int32_t day, std::size_t limit) override;
  std::size_t sweep_dead_letters(engine::ShardNumber shard, std::size_t keep,
                                 std::size_t limit) override;
  std::size_t trim(engine::ShardNumber shard, engine::Seq through, std::size_t limit) override;

 private:
  std::shared_ptr<MemoryDatabase> database_;
  std::string node_;
};

}  // namespace sagaloom::store
