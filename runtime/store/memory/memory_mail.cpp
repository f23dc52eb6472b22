// The Journal's reads of what comes in from outside, and the sweeps over it.
#include <algorithm>
#include <map>

#include "runtime/store/memory/memory_journal.h"

namespace sagaloom::store {

std::vector<engine::InboxHead> MemoryJournal::read_inbox_heads(
    engine::ShardNumber shard, const std::optional<engine::InboxHead>& after, std::size_t limit) {
  const std::lock_guard lock(database_->mutex);
  const auto& inbox = database_->shards.at(shard).inbox;
  auto row = after ? inbox.upper_bound({after->key, after->event, after->seq}) : inbox.begin();
  std::vector<engine::InboxHead> heads;
  for (; row != inbox.end() && heads.size() < limit; ++row) heads.push_back(row->second.head);
  return heads;
}

std::vector<engine::InboxRow> MemoryJournal::read_inbox(
    engine::ShardNumber shard, const std::vector<engine::IdentityKey>& keys) {
  const std::lock_guard lock(database_->mutex);
  const auto& inbox = database_->shards.at(shard).inbox;
  std::vector<engine::InboxRow> rows;
  for (const auto& key : keys) {
    for (auto row = inbox.lower_bound({key, "", 0});
         row != inbox.end() && std::get<0>(row->first) == key; ++row) {
      rows.push_back(row->second);
    }
  }
  return rows;
}

std::vector<engine::SourceRow> MemoryJournal::read_sources(engine::ShardNumber shard) {
  const std::lock_guard lock(database_->mutex);
  std::vector<engine::SourceRow> rows;
  for (const auto& [place, next] : database_->shards.at(shard).sources) {
    rows.push_back({place.first, place.second, next});
  }
  return rows;
}

std::vector<engine::LockRow> MemoryJournal::read_locks(engine::ShardNumber shard) {
  const std::lock_guard lock(database_->mutex);
  std::vector<engine::LockRow> rows;
  for (const auto& [place, row] : database_->shards.at(shard).locks) rows.push_back(row);
  return rows;
}

std::vector<engine::SeenRow> MemoryJournal::find_seen(engine::ShardNumber shard, std::int32_t day,
                                                      const std::vector<engine::SeenRow>& asked) {
  const std::lock_guard lock(database_->mutex);
  const auto& seen = database_->shards.at(shard).seen;
  std::vector<engine::SeenRow> found;
  for (const auto& name : asked) {
    const auto row = seen.find({name.tenant, name.workflow, name.event, name.id});
    if (row == seen.end() || row->second < day) continue;
    found.push_back(name);
    found.back().day = row->second;
  }
  return found;
}

std::size_t MemoryJournal::sweep_seen(engine::ShardNumber shard, std::int32_t day,
                                      std::size_t limit) {
  const std::lock_guard lock(database_->mutex);
  std::size_t deleted = 0;
  std::erase_if(database_->shards.at(shard).seen, [&](const auto& row) {
    return row.second < day && deleted < limit && ++deleted > 0;
  });
  return deleted;
}

std::size_t MemoryJournal::sweep_dead_letters(engine::ShardNumber shard, std::size_t keep,
                                              std::size_t limit) {
  const std::lock_guard lock(database_->mutex);
  auto& letters = database_->shards.at(shard).dead_letters;
  std::map<std::string, std::size_t> surplus;
  for (const auto& row : letters) ++surplus[row.workflow];
  for (auto& [workflow, count] : surplus) count = count > keep ? count - keep : 0;
  surplus[""] = 0;  // what could not be published waits for a person
  std::size_t deleted = 0;
  std::erase_if(letters, [&](const auto& row) {
    auto& left = surplus[row.workflow];
    if (left == 0 || deleted == limit) return false;
    --left;
    return ++deleted > 0;
  });
  auto& settled = database_->shards.at(shard).settled;
  std::map<std::string, std::size_t> audits;
  for (const auto& [name, row] : settled) ++audits[row.workflow];
  std::size_t forgotten = 0;
  std::erase_if(settled, [&](const auto& row) {
    auto& left = audits[row.second.workflow];
    return left > keep && forgotten < limit && (--left, ++forgotten > 0);
  });
  return deleted + forgotten;
}

}  // namespace sagaloom::store
