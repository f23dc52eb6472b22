#include "runtime/store/memory/memory_database.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <tuple>

#include "runtime/store/row_rules.h"

namespace sagaloom::store {
namespace {

using engine::CommitOutcome;
using engine::CommitStatus;
using engine::ShardRows;

bool repeats_a_seq(const MemoryShard& shard, const ShardRows& rows) {
  return std::any_of(rows.journal.begin(), rows.journal.end(),
                     [&](const auto& row) { return shard.journal.contains(row.seq); });
}

// The belt of the primary key: within a day an identity names one saga.
bool repeats_an_identity(const MemoryShard& shard, const ShardRows& rows) {
  std::set<std::pair<engine::IdentityKey, std::int32_t>> batch;
  for (const auto& row : rows.identities) {
    if (!batch.emplace(row.key, row.day).second) return true;
    const auto stored = shard.identities.find(row.key);
    if (stored != shard.identities.end() && stored->second.contains(row.day)) return true;
  }
  return false;
}

bool repeats_a_saga(const MemoryShard& shard, const ShardRows& rows) {
  std::set<core::SagaId> batch;
  for (const auto& row : rows.sagas) {
    if (!row.insert) continue;
    if (!batch.insert(row.id).second || shard.sagas.contains(row.id)) return true;
  }
  return false;
}

void write_journal(MemoryShard& shard, const ShardRows& rows) {
  for (const auto& row : rows.journal) {
    engine::StoredRecord stored{row.seq, row.saga, row.prev, rows.generation, row.record};
    stored.record.saga = row.saga;
    shard.journal.emplace_hint(shard.journal.end(), row.seq, std::move(stored));
  }
}

void write_saga(MemoryShard& shard, const engine::SagaRow& row) {
  const auto found = shard.sagas.find(row.id);
  if (found == shard.sagas.end() && !row.insert) return;  // an update of no row
  auto& saga = found == shard.sagas.end() ? shard.sagas[row.id] : found->second;
  if (row.insert) saga.first_seq = row.first_seq;
  saga.head = row.head;
  saga.state = row.state;
  saga.live = row.live;
  if (!row.snapshot) return;
  saga.snapshot = row.snapshot;
  saga.snap_seq = row.last_seq;
}

void write_letters(MemoryShard& shard, const ShardRows& rows) {
  auto& letters = shard.dead_letters;
  for (const auto& row : rows.dead_letters) {
    const bool known = std::any_of(letters.begin(), letters.end(), [&](const auto& other) {
      return other.seq == row.seq && other.n == row.n;
    });
    if (!known) letters.push_back(row);
  }
  std::sort(letters.begin(), letters.end(), [](const auto& a, const auto& b) {
    return std::pair(a.seq, a.n) < std::pair(b.seq, b.n);
  });
  for (const auto& settled : rows.letters_settled) {
    std::erase_if(letters, [&](const auto& row) {
      return row.seq == settled.name.seq && row.n == settled.name.n;
    });
    shard.settled.emplace(settled.name, settled);
  }
}

void write_mail(MemoryShard& shard, const ShardRows& rows) {
  write_letters(shard, rows);
  for (const auto& row : rows.inbox) {
    shard.inbox.insert_or_assign({row.head.key, row.head.event, row.head.seq}, row);
  }
  for (const auto& row : rows.inbox_removed) shard.inbox.erase({row.key, row.event, row.seq});
  for (const auto& row : rows.sources) {
    auto& next = shard.sources[{row.topic, row.part}];
    next = std::max(next, row.next_offset);
  }
  for (const auto& row : rows.seen) {
    auto& day = shard.seen[{row.tenant, row.workflow, row.event, row.id}];
    day = std::max(day, row.day);
  }
  for (const auto& row : rows.locks) {
    shard.locks.insert_or_assign({row.tenant, row.scope, row.key, row.ticket}, row);
  }
  for (const auto& row : rows.locks_removed) {
    shard.locks.erase({row.tenant, row.scope, row.key, row.ticket});
  }
}

void write_small_rows(MemoryShard& shard, const ShardRows& rows) {
  for (const auto& row : rows.identities) shard.identities[row.key].emplace(row.day, row);
  for (const auto& row : rows.attributes_removed) {
    shard.attributes.erase({row.tenant, row.name, row.value, row.saga});
  }
  for (const auto& row : rows.attributes_added) {
    shard.attributes.insert({row.tenant, row.name, row.value, row.saga});
  }
  for (const auto& row : rows.timers) {
    if (row.previous != core::Time{}) shard.timers.erase({row.previous, row.saga});
    if (row.due != core::Time{}) shard.timers.emplace(row.due, row.saga);
  }
  write_mail(shard, rows);
  if (rows.progress) shard.progress = *rows.progress;
}

}  // namespace

MemoryDatabase::MemoryDatabase(MemoryOptions given) : options(std::move(given)) {
  shards.resize(options.shards);
}

void MemoryDatabase::migrate_locked() {
  static constexpr Migration known[] = {
      {1, "0001_initial", "the tables of memory_database.h"},
      {2, "0002_letter_settled", "who settled a dead letter, and why"},
  };
  for (const auto& migration : missing_migrations(known, applied)) {
    applied.push_back({migration.number, checksum(migration)});
  }
}

core::Time MemoryDatabase::now() const {
  if (options.now) return options.now();
  return std::chrono::floor<core::Duration>(std::chrono::system_clock::now());
}

bool MemoryDatabase::owner_is_gone_locked(const MemoryShard& shard) const {
  if (shard.owner.empty()) return true;
  const auto node = nodes.find(shard.owner);
  return node == nodes.end() || node->second.lease_until <= now();
}

bool MemoryDatabase::owns_locked(engine::ShardNumber shard, std::int64_t epoch,
                                 const std::string& node) const {
  return shard < shards.size() && shards[shard].epoch == epoch && shards[shard].owner == node;
}

std::optional<CommitOutcome> MemoryDatabase::objection_locked(
    const std::vector<ShardRows>& batch) const {
  assert_well_formed(batch);
  for (const auto& rows : batch) {
    assert(rows.shard < shards.size());
    if (shards[rows.shard].epoch != rows.epoch) {
      return CommitOutcome{CommitStatus::fenced, "another owner has raised the epoch"};
    }
  }
  if (auto reason = unstorable(batch)) {
    return CommitOutcome{CommitStatus::refused, std::move(*reason)};
  }
  for (const auto& rows : batch) {
    const auto& shard = shards[rows.shard];
    if (repeats_a_seq(shard, rows)) {
      return CommitOutcome{CommitStatus::fenced, "a journal row with this seq exists"};
    }
    if (repeats_an_identity(shard, rows)) {
      return CommitOutcome{CommitStatus::refused, "an identity is taken"};
    }
    if (repeats_a_saga(shard, rows)) return CommitOutcome{CommitStatus::refused, "a saga exists"};
  }
  return std::nullopt;
}

CommitOutcome MemoryDatabase::write_locked(const std::vector<ShardRows>& batch) {
  if (auto objection = objection_locked(batch)) return *objection;
  for (const auto& rows : batch) {
    auto& shard = shards[rows.shard];
    write_journal(shard, rows);
    for (const auto& row : rows.sagas) write_saga(shard, row);
    for (const auto& row : rows.journal) {
      const auto saga = shard.sagas.find(row.saga);
      if (saga != shard.sagas.end()) saga->second.last_seq = row.seq;
    }
    write_small_rows(shard, rows);
  }
  return {};
}

}  // namespace sagaloom::store
