#include "runtime/store/postgres/postgres_lookup.h"

#include <algorithm>

#include "runtime/store/codec.h"
#include "runtime/store/postgres/listing_query.h"
#include "runtime/store/postgres/rows.h"
#include "runtime/store/replay.h"

namespace sagaloom::store {
namespace {

using engine::Seq;
using engine::StoredRecord;

constexpr std::int64_t event_page = 500;

// An ended saga's last record is that of its snapshot. A live one has its last record above the
// checkpoint, or it is in its snapshot: so only the journal's live end is searched.
constexpr const char* saga_sql =
    "select s.snap_seq, s.snapshot, case when s.ended is not null then greatest(s.snap_seq, "
    "s.first_seq) else coalesce((select j.seq from journal j where j.shard = $1 and j.saga = $2 "
    "and j.seq > greatest(s.snap_seq, s.first_seq - 1, (select p.checkpoint - 1 from "
    "shard_progress p where p.shard = $1)) order by j.seq desc limit 1), greatest(s.snap_seq, "
    "s.first_seq)) end from saga s where s.shard = $1 and s.id = $2";

// From $3 back to above $4 by way of `prev`, given out oldest first.
constexpr const char* walk_sql =
    "with recursive walk as (select seq, saga, prev, generation, format, record from journal where "
    "shard = $1 and seq = $2 and seq > $3 union all select j.seq, j.saga, j.prev, j.generation, "
    "j.format, j.record from walk w join journal j on j.shard = $1 and j.seq = w.prev where "
    "w.prev > $3) select * from walk order by seq limit $4";

std::vector<StoredRecord> walk(PgConnection& connection, const core::SagaId& id, Seq last,
                               Seq after, std::size_t limit) {
  PgParameters parameters;
  parameters.int2(id.shard()).int8(last).int8(after).int8(static_cast<std::int64_t>(limit));
  const auto result = connection.query(walk_sql, parameters);
  std::vector<StoredRecord> rows;
  for (int row = 0; row < result.rows(); ++row) rows.push_back(stored_record(result, row));
  return rows;
}

PgResult read_saga(PgConnection& connection, const core::SagaId& id) {
  return connection.query(saga_sql, PgParameters().int2(id.shard()).uuid(id));
}

using Events = std::vector<std::pair<engine::ShardNumber, StoredRecord>>;

// Appends at most `wanted` publishable records of one shard.
void read_events(PgConnection& connection, engine::EventPosition position, std::size_t wanted,
                 Events& found) {
  for (std::size_t taken = 0; taken < wanted;) {
    PgParameters parameters;
    parameters.int2(position.shard).int8(position.seq).int8(event_page);
    const auto result = connection.query(
        "select seq, saga, prev, generation, format, record from journal "
        "where shard = $1 and seq > $2 order by seq limit $3",
        parameters);
    for (int row = 0; row < result.rows() && taken < wanted; ++row) {
      auto record = stored_record(result, row);
      position.seq = record.seq;
      if (!publishable(record.record)) continue;
      found.emplace_back(position.shard, std::move(record));
      ++taken;
    }
    if (result.rows() < event_page) return;
  }
}

}  // namespace

std::optional<core::Saga> PostgresLookup::get(const core::SagaId& id) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) -> std::optional<core::Saga> {
    const auto row = read_saga(connection, id);
    if (row.rows() == 0) return std::nullopt;
    const Seq snap_seq = row.integer(0, 0);
    std::optional<core::Saga> snapshot;
    if (!row.is_null(0, 1)) snapshot = snapshot_of(id, row.bytes(0, 1));
    const auto records = walk(connection, id, row.integer(0, 2), snap_seq, 1'000'000);
    return replay(id, std::move(snapshot), snap_seq, records);
  });
}

std::optional<engine::StoredRow> PostgresLookup::row(const core::SagaId& id) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) -> std::optional<engine::StoredRow> {
    const auto found = connection.query(
        "select tenant, workflow, identity, state, status, version, created, ended, first_seq, "
        "snap_seq, snapshot from saga where shard = $1 and id = $2",
        PgParameters().int2(id.shard()).uuid(id));
    if (found.rows() == 0) return std::nullopt;
    engine::StoredRow row;
    row.summary = {id,
                   found.text(0, 0),
                   found.text(0, 1),
                   found.text(0, 2),
                   std::string(state_text(static_cast<std::int16_t>(found.integer(0, 3)))),
                   found.text(0, 4),
                   static_cast<std::uint32_t>(found.integer(0, 5)),
                   found.time(0, 6),
                   found.time(0, 7)};
    row.first_seq = found.integer(0, 8);
    row.snap_seq = found.integer(0, 9);
    if (!found.is_null(0, 10)) row.snapshot = snapshot_of(id, found.bytes(0, 10));
    return row;
  });
}

std::optional<engine::IdentityRow> PostgresLookup::find_identity(engine::ShardNumber shard,
                                                                 const engine::IdentityKey& key) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) -> std::optional<engine::IdentityRow> {
    auto found = identity_rows(connection, shard, {key});
    if (found.empty()) return std::nullopt;
    return std::move(found.back());
  });
}

engine::SagaPage PostgresLookup::list(const engine::SagaFilter& filter) {
  const std::lock_guard lock(mutex_);
  return server_.use(
      [&](PgConnection& connection) { return list_newest(connection, shards_, filter); });
}

std::vector<StoredRecord> PostgresLookup::history(const core::SagaId& id, Seq after,
                                                  std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) {
    const auto row = read_saga(connection, id);
    if (row.rows() == 0) return std::vector<StoredRecord>();
    return walk(connection, id, row.integer(0, 2), after, limit);
  });
}

Events PostgresLookup::events(const std::vector<engine::EventPosition>& after, std::size_t limit) {
  Events found;
  if (after.empty()) return found;
  const std::size_t share = std::max<std::size_t>(1, limit / after.size());
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) {
    for (const auto& position : after) {
      if (found.size() >= limit) break;
      read_events(connection, position, std::min(share, limit - found.size()), found);
    }
    return std::move(found);
  });
}

}  // namespace sagaloom::store
