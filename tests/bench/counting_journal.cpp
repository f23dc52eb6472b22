#include "tests/bench/counting_journal.h"

#include <utility>

namespace sagaloom::bench {

JournalFigures operator-(const JournalFigures& left, const JournalFigures& right) {
  return {left.journal_rows - right.journal_rows, left.other_rows - right.other_rows,
          left.commits - right.commits, left.reads - right.reads};
}

JournalFigures JournalCounts::figures() const {
  return {journal_rows_, other_rows_, commits_, reads_};
}

class CountingJournal final : public engine::Journal {
 public:
  using ShardNumber = engine::ShardNumber;
  using Owned = std::vector<std::pair<ShardNumber, std::int64_t>>;

  CountingJournal(std::unique_ptr<Journal> inner, std::shared_ptr<JournalCounts> counts)
      : inner_(std::move(inner)), counts_(std::move(counts)) {}

  engine::CommitOutcome commit(const std::vector<engine::ShardRows>& shards) override {
    ++counts_->commits_;
    for (const auto& rows : shards) {
      counts_->journal_rows_ += static_cast<std::int64_t>(rows.journal.size());
      counts_->other_rows_ += static_cast<std::int64_t>(
          rows.sagas.size() + rows.identities.size() + rows.attributes_added.size() +
          rows.attributes_removed.size() + rows.timers.size() + rows.dead_letters.size());
    }
    return inner_->commit(shards);
  }
  std::vector<engine::OwnedShard> take_over(const std::vector<ShardNumber>& shards,
                                            bool force) override {
    return read().take_over(shards, force);
  }
  std::vector<engine::OwnedShard> settle(const Owned& owned) override {
    return read().settle(owned);
  }
  std::vector<engine::OwnedShard> read_owned(const Owned& owned) override {
    return read().read_owned(owned);
  }
  void release(const Owned& owned) override { read().release(owned); }
  std::vector<engine::IdentityRow> find_identities(
      ShardNumber shard, const std::vector<engine::IdentityKey>& keys) override {
    return read().find_identities(shard, keys);
  }
  std::vector<RowOfShard> find_identities_in(const std::vector<KeysOfShard>& wanted) override {
    return read().find_identities_in(wanted);
  }
  engine::Progress read_progress(ShardNumber shard) override { return read().read_progress(shard); }
  std::vector<engine::StoredRecord> read_journal(ShardNumber shard, engine::Seq after,
                                                 std::size_t limit) override {
    return read().read_journal(shard, after, limit);
  }
  std::vector<engine::StoredSnapshot> read_snapshots(
      ShardNumber shard, const std::vector<core::SagaId>& ids) override {
    return read().read_snapshots(shard, ids);
  }
  std::vector<engine::InboxHead> read_inbox_heads(ShardNumber shard,
                                                  const std::optional<engine::InboxHead>& after,
                                                  std::size_t limit) override {
    return read().read_inbox_heads(shard, after, limit);
  }
  std::vector<engine::InboxRow> read_inbox(ShardNumber shard,
                                           const std::vector<engine::IdentityKey>& keys) override {
    return read().read_inbox(shard, keys);
  }
  std::vector<engine::SourceRow> read_sources(ShardNumber shard) override {
    return read().read_sources(shard);
  }
  std::vector<engine::LockRow> read_locks(ShardNumber shard) override {
    return read().read_locks(shard);
  }
  std::vector<engine::SeenRow> find_seen(ShardNumber shard, std::int32_t day,
                                         const std::vector<engine::SeenRow>& asked) override {
    return read().find_seen(shard, day, asked);
  }
  std::size_t sweep_seen(ShardNumber shard, std::int32_t day, std::size_t limit) override {
    return read().sweep_seen(shard, day, limit);
  }
  std::size_t sweep_dead_letters(ShardNumber shard, std::size_t keep, std::size_t limit) override {
    return read().sweep_dead_letters(shard, keep, limit);
  }
  std::vector<engine::StoredTimer> read_timers(ShardNumber shard, core::Time until,
                                               std::size_t limit) override {
    return read().read_timers(shard, until, limit);
  }
  engine::LiveCount count_live(ShardNumber shard) override { return read().count_live(shard); }
  std::size_t trim(ShardNumber shard, engine::Seq through, std::size_t limit) override {
    return read().trim(shard, through, limit);
  }

 private:
  Journal& read() {
    ++counts_->reads_;
    return *inner_;
  }

  std::unique_ptr<Journal> inner_;
  std::shared_ptr<JournalCounts> counts_;
};

std::unique_ptr<engine::Journal> counting(std::unique_ptr<engine::Journal> journal,
                                          std::shared_ptr<JournalCounts> counts) {
  return std::make_unique<CountingJournal>(std::move(journal), std::move(counts));
}

}  // namespace sagaloom::bench
