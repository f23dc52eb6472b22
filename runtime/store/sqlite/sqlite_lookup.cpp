#include "runtime/store/sqlite/sqlite_lookup.h"

#include <algorithm>

#include "runtime/store/codec.h"
#include "runtime/store/replay.h"
#include "runtime/store/sqlite/listing_cursor.h"
#include "runtime/store/sqlite/rows.h"

namespace sagaloom::store {

using engine::Seq;

// An ended saga's last record is that of its snapshot. A live one has its last record above the
// checkpoint, or it is in its snapshot: so only the journal's live end is searched.
Seq SqliteLookup::last_seq_locked(const core::SagaId& id) {
  Statement row(*file_->reader,
                "select ended is not null, max(snap_seq, first_seq), max(snap_seq, first_seq - 1, "
                "(select checkpoint from shard_progress p where p.shard = saga.shard) - 1) "
                "from saga where shard = ? and id = ?");
  if (!row.bind(id.shard()).bind(id).step()) return 0;
  const Seq known = row.integer(1);
  if (row.integer(0) != 0) return known;
  Statement newest(*file_->reader,
                   "select seq from journal where shard = ? and seq > ? and saga = ? "
                   "order by seq desc limit 1");
  newest.bind(id.shard()).bind(row.integer(2)).bind(id);
  return newest.step() ? newest.integer(0) : known;
}

std::vector<engine::StoredRecord> SqliteLookup::walk_locked(const core::SagaId& id, Seq last,
                                                            Seq after) {
  Statement read(*file_->reader,
                 "select seq, saga, prev, generation, format, record from journal "
                 "where shard = ? and seq = ?");
  std::vector<engine::StoredRecord> rows;
  for (Seq seq = last; seq > after; seq = rows.back().prev) {
    if (!read.start().bind(id.shard()).bind(seq).step()) break;  // trimmed
    rows.push_back(stored_record(read));
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

std::optional<core::Saga> SqliteLookup::get(const core::SagaId& id) {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&]() -> std::optional<core::Saga> {
    const Seq last = last_seq_locked(id);
    if (last == 0) return std::nullopt;
    Statement row(*file_->reader, "select snap_seq, snapshot from saga where shard = ? and id = ?");
    if (!row.bind(id.shard()).bind(id).step()) return std::nullopt;
    const Seq snap_seq = row.integer(0);
    std::optional<core::Saga> snapshot;
    if (!row.is_null(1)) snapshot = snapshot_of(id, row.blob(1));
    return replay(id, std::move(snapshot), snap_seq, walk_locked(id, last, snap_seq));
  });
}

std::optional<engine::StoredRow> SqliteLookup::row(const core::SagaId& id) {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&]() -> std::optional<engine::StoredRow> {
    Statement read(*file_->reader,
                   "select tenant, workflow, identity, state, status, version, created, ended, "
                   "first_seq, snap_seq, snapshot from saga where shard = ? and id = ?");
    if (!read.bind(id.shard()).bind(id).step()) return std::nullopt;
    engine::StoredRow row;
    row.summary = {id,
                   read.text(0),
                   read.text(1),
                   read.text(2),
                   std::string(state_text(static_cast<std::int16_t>(read.integer(3)))),
                   read.text(4),
                   static_cast<std::uint32_t>(read.integer(5)),
                   read.time(6),
                   read.time(7)};
    row.first_seq = read.integer(8);
    row.snap_seq = read.integer(9);
    if (!read.is_null(10)) row.snapshot = snapshot_of(id, read.blob(10));
    return row;
  });
}

std::optional<engine::IdentityRow> SqliteLookup::find_identity(engine::ShardNumber shard,
                                                               const engine::IdentityKey& key) {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&]() -> std::optional<engine::IdentityRow> {
    std::vector<engine::IdentityRow> found;
    IdentityProbe(*file_->reader).find(shard, key, found);
    if (found.empty()) return std::nullopt;
    return found.back();
  });
}

engine::SagaPage SqliteLookup::list(const engine::SagaFilter& filter) {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error(
      [&] { return list_newest(*file_->reader, file_->identity.shards, filter); });
}

std::vector<engine::StoredRecord> SqliteLookup::history(const core::SagaId& id, Seq after,
                                                        std::size_t limit) {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&] {
    auto rows = walk_locked(id, last_seq_locked(id), after);
    if (rows.size() > limit) rows.resize(limit);
    return rows;
  });
}

std::vector<std::pair<engine::ShardNumber, engine::StoredRecord>> SqliteLookup::events(
    const std::vector<engine::EventPosition>& after, std::size_t limit) {
  std::vector<std::pair<engine::ShardNumber, engine::StoredRecord>> found;
  if (after.empty()) return found;
  const std::size_t share = std::max<std::size_t>(1, limit / after.size());
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&] {
    Statement read(*file_->reader,
                   "select seq, saga, prev, generation, format, record from journal "
                   "where shard = ? and seq > ? order by seq");
    for (const auto& position : after) {
      read.start().bind(position.shard).bind(position.seq);
      for (std::size_t taken = 0; taken < share && found.size() < limit && read.step();) {
        auto row = stored_record(read);
        if (!publishable(row.record)) continue;
        found.emplace_back(position.shard, std::move(row));
        ++taken;
      }
    }
    return found;
  });
}

}  // namespace sagaloom::store
