// The Journal of one node over PostgreSQL, on its committer connection.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/store/postgres/server.h"

namespace sagaloom::store {

class PostgresJournal final : public engine::Journal {
 public:
  using Owned = std::vector<std::pair<engine::ShardNumber, std::int64_t>>;

  PostgresJournal(const PostgresOptions& options, core::SagaId node)
      : server_(options, PgUse::committing), node_(node) {}

  std::vector<engine::OwnedShard> take_over(const std::vector<engine::ShardNumber>& shards,
                                            bool force) override;
  engine::CommitOutcome commit(const std::vector<engine::ShardRows>& shards) override;
  std::vector<engine::OwnedShard> settle(const Owned& owned) override;
  std::vector<engine::OwnedShard> read_owned(const Owned& owned) override;
  void release(const Owned& owned) override;
  std::vector<engine::IdentityRow> find_identities(
      engine::ShardNumber shard, const std::vector<engine::IdentityKey>& keys) override;
  std::vector<RowOfShard> find_identities_in(const std::vector<KeysOfShard>& wanted) override;
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
  // A server process of ours: what a takeover by another node has to end when it hangs.
  struct Backend {
    std::int64_t pid = 0;
    std::int64_t started = 0;  // microseconds since 2000
  };

  template <typename Work>
  auto on_committer(Work&& work);
  PgConnection& committer();
  void adopt(PgConnection& connection);
  void replace_backend(PgConnection& connection, const Backend& adopted);
  void find_shards_behind(PgConnection& connection);
  bool any_behind(const std::vector<engine::ShardRows>& shards) const;
  void note_read(const std::vector<engine::OwnedShard>& owned);
  void note_acknowledged(const std::vector<engine::ShardRows>& shards);
  std::vector<engine::OwnedShard> try_take(PgConnection& connection, PgArray& shards, bool force);
  std::vector<engine::OwnedShard> try_settle(PgConnection& connection, const Owned& owned);
  void raise_generations(PgConnection& connection, std::vector<engine::OwnedShard>& owned);

  std::mutex mutex_;
  PgServer server_;
  core::SagaId node_;  // any UUID
  Backend backend_;
  int doubtful_settles_ = 0;  // whose COMMIT was not answered: each may have raised the epochs
  std::map<engine::ShardNumber, engine::Seq> acknowledged_;
  // Shards of which the server that answered a reconnect has less than was acknowledged: nothing
  // is appended to them before they are settled or taken over.
  std::set<engine::ShardNumber> behind_;
};

}  // namespace sagaloom::store
