// The Journal of one node over an SqliteFile.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/store/sqlite/sqlite_file.h"

namespace sagaloom::store {

class SqliteJournal final : public engine::Journal {
 public:
  using Owned = std::vector<std::pair<engine::ShardNumber, std::int64_t>>;

  SqliteJournal(std::shared_ptr<SqliteFile> file, std::string node)
      : file_(std::move(file)), node_(std::move(node)) {}

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
  engine::CommitOutcome commit_locked(const std::vector<engine::ShardRows>& shards);
  engine::CommitOutcome finish_locked();
  engine::OwnedShard read_locked(engine::ShardNumber shard);
  // Runs `work` in one transaction of the writer.
  template <typename Work>
  auto transaction(Work&& work);

  std::shared_ptr<SqliteFile> file_;
  std::string node_;
  bool doubtful_ = false;  // a COMMIT's outcome is open until `settle` has opened the file anew
};

}  // namespace sagaloom::store
