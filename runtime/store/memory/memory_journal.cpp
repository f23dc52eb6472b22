#include "runtime/store/memory/memory_journal.h"

#include <algorithm>
#include <cassert>

#include "runtime/store/row_rules.h"

namespace sagaloom::store {
namespace {

engine::OwnedShard owned_shard(engine::ShardNumber number, const MemoryShard& shard) {
  return {number, shard.epoch, shard.generation, shard.max_seq()};
}

}  // namespace

std::vector<engine::OwnedShard> MemoryJournal::take_over(
    const std::vector<engine::ShardNumber>& shards, bool force) {
  const std::lock_guard lock(database_->mutex);
  std::vector<engine::OwnedShard> taken;
  for (const auto number : shards) {
    auto& shard = database_->shards.at(number);
    if (!force && shard.owner != node_ && !database_->owner_is_gone_locked(shard)) continue;
    ++shard.epoch;
    shard.owner = node_;
    taken.push_back(owned_shard(number, shard));
  }
  return taken;
}

engine::CommitOutcome MemoryJournal::commit(const std::vector<engine::ShardRows>& shards) {
  using engine::CommitStatus;
  const auto& hook = database_->options.fault;
  const CommitFault fault = hook ? hook(shards) : CommitFault::none;
  switch (fault) {
    case CommitFault::none:
      break;
    case CommitFault::refused:
      return {CommitStatus::refused, "a row was refused"};
    case CommitFault::not_written:
      return {CommitStatus::not_written, "no space left"};
    case CommitFault::lost_unwritten:
      return {CommitStatus::unknown, "the answer was lost"};
    case CommitFault::lost_written:
      break;
    case CommitFault::away:
      throw engine::StoreError("the store is away");
  }
  const std::lock_guard lock(database_->mutex);
  auto outcome = database_->write_locked(shards);
  if (fault == CommitFault::lost_written) return {CommitStatus::unknown, "the answer was lost"};
  return outcome;
}

std::vector<engine::OwnedShard> MemoryJournal::settle(const Owned& owned) {
  const std::lock_guard lock(database_->mutex);
  std::vector<engine::OwnedShard> mine;
  for (const auto& [number, epoch] : owned) {
    if (!database_->owns_locked(number, epoch, node_)) continue;
    auto& shard = database_->shards[number];
    ++shard.epoch;
    mine.push_back(owned_shard(number, shard));
  }
  return mine;
}

std::vector<engine::OwnedShard> MemoryJournal::read_owned(const Owned& owned) {
  const std::lock_guard lock(database_->mutex);
  std::vector<engine::OwnedShard> mine;
  for (const auto& [number, epoch] : owned) {
    if (!database_->owns_locked(number, epoch, node_)) continue;
    mine.push_back(owned_shard(number, database_->shards[number]));
  }
  return mine;
}

void MemoryJournal::release(const Owned& owned) {
  const std::lock_guard lock(database_->mutex);
  for (const auto& [number, epoch] : owned) {
    if (!database_->owns_locked(number, epoch, node_)) continue;
    auto& shard = database_->shards[number];
    ++shard.epoch;
    shard.owner.clear();
  }
}

std::vector<engine::IdentityRow> MemoryJournal::find_identities(
    engine::ShardNumber shard, const std::vector<engine::IdentityKey>& keys) {
  const std::lock_guard lock(database_->mutex);
  const auto& identities = database_->shards.at(shard).identities;
  std::vector<engine::IdentityRow> found;
  for (const auto& key : keys) {
    const auto days = identities.find(key);
    if (days == identities.end()) continue;
    for (const auto& [day, row] : days->second) found.push_back(row);
  }
  return found;
}

engine::Progress MemoryJournal::read_progress(engine::ShardNumber shard) {
  const std::lock_guard lock(database_->mutex);
  return database_->shards.at(shard).progress;
}

std::vector<engine::StoredRecord> MemoryJournal::read_journal(engine::ShardNumber shard,
                                                              engine::Seq after,
                                                              std::size_t limit) {
  const std::lock_guard lock(database_->mutex);
  const auto& journal = database_->shards.at(shard).journal;
  std::vector<engine::StoredRecord> rows;
  for (auto row = journal.upper_bound(after); row != journal.end() && rows.size() < limit; ++row) {
    rows.push_back(row->second);
  }
  return rows;
}

std::vector<engine::StoredSnapshot> MemoryJournal::read_snapshots(
    engine::ShardNumber shard, const std::vector<core::SagaId>& ids) {
  const std::lock_guard lock(database_->mutex);
  const auto& sagas = database_->shards.at(shard).sagas;
  std::vector<engine::StoredSnapshot> found;
  for (const auto& id : ids) {
    const auto saga = sagas.find(id);
    if (saga == sagas.end() || !saga->second.snapshot) continue;
    found.push_back({saga->second.first_seq, saga->second.snap_seq, *saga->second.snapshot});
  }
  return found;
}

std::vector<engine::StoredTimer> MemoryJournal::read_timers(engine::ShardNumber shard,
                                                            core::Time until, std::size_t limit) {
  const std::lock_guard lock(database_->mutex);
  std::vector<engine::StoredTimer> due;
  for (const auto& [time, saga] : database_->shards.at(shard).timers) {
    if (time > until || due.size() == limit) break;
    due.push_back({saga, time});
  }
  return due;
}

engine::LiveCount MemoryJournal::count_live(engine::ShardNumber shard) {
  const std::lock_guard lock(database_->mutex);
  engine::LiveCount count;
  for (const auto& [id, saga] : database_->shards.at(shard).sagas) {
    if (!saga.live) continue;
    ++count.live;
    if (saga.state == parked_state) ++count.parked;
  }
  return count;
}

std::size_t MemoryJournal::trim(engine::ShardNumber shard, engine::Seq through, std::size_t limit) {
  const std::lock_guard lock(database_->mutex);
  auto& journal = database_->shards.at(shard).journal;
  std::size_t deleted = 0;
  while (journal.size() > 1 && journal.begin()->first <= through && deleted < limit) {
    journal.erase(journal.begin());
    ++deleted;
  }
  return deleted;
}

}  // namespace sagaloom::store
