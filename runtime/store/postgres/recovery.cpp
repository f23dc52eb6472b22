// The reads of a shard's start, and the trimming of its journal.
#include <algorithm>

#include "runtime/store/postgres/on_committer.h"
#include "runtime/store/postgres/postgres_journal.h"
#include "runtime/store/postgres/rows.h"
#include "runtime/store/replay.h"
#include "runtime/store/row_rules.h"

namespace sagaloom::store {

std::vector<engine::IdentityRow> PostgresJournal::find_identities(
    engine::ShardNumber shard, const std::vector<engine::IdentityKey>& keys) {
  std::vector<engine::IdentityRow> rows;
  for (auto& [of, row] : find_identities_in({{shard, keys}})) rows.push_back(std::move(row));
  return rows;
}

std::vector<engine::Journal::RowOfShard> PostgresJournal::find_identities_in(
    const std::vector<KeysOfShard>& wanted) {
  const std::lock_guard lock(mutex_);
  const bool any = std::any_of(wanted.begin(), wanted.end(),
                               [](const KeysOfShard& keys) { return !keys.second.empty(); });
  if (!any) return {};
  return on_committer(
      [&](PgConnection& connection) { return identity_rows_in(connection, wanted); });
}

engine::Progress PostgresJournal::read_progress(engine::ShardNumber shard) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    const auto result =
        connection.query("select published, checkpoint from shard_progress where shard = $1",
                         PgParameters().int2(shard));
    engine::Progress progress;
    if (result.rows() == 1) progress = {result.integer(0, 0), result.integer(0, 1)};
    return progress;
  });
}

std::vector<engine::StoredRecord> PostgresJournal::read_journal(engine::ShardNumber shard,
                                                                engine::Seq after,
                                                                std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    PgParameters parameters;
    parameters.int2(shard).int8(after).int8(static_cast<std::int64_t>(limit));
    const auto result = connection.query(
        "select seq, saga, prev, generation, format, record from journal "
        "where shard = $1 and seq > $2 order by seq limit $3",
        parameters);
    std::vector<engine::StoredRecord> rows;
    for (int row = 0; row < result.rows(); ++row) rows.push_back(stored_record(result, row));
    return rows;
  });
}

std::vector<engine::StoredSnapshot> PostgresJournal::read_snapshots(
    engine::ShardNumber shard, const std::vector<core::SagaId>& ids) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    PgArray wanted(PgType::uuid);
    for (const auto& id : ids) wanted.add(id);
    PgParameters parameters;
    parameters.int2(shard).array(wanted);
    const auto result = connection.query(
        "select s.id, s.first_seq, s.snap_seq, s.snapshot from unnest($2::uuid[]) u(id) join saga "
        "s on s.shard = $1 and s.id = u.id where s.snapshot is not null",
        parameters);
    std::vector<engine::StoredSnapshot> found;
    for (int row = 0; row < result.rows(); ++row) {
      found.push_back({result.integer(row, 1), result.integer(row, 2),
                       snapshot_of(result.uuid(row, 0), result.bytes(row, 3))});
    }
    return found;
  });
}

std::vector<engine::StoredTimer> PostgresJournal::read_timers(engine::ShardNumber shard,
                                                              core::Time until, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    PgParameters parameters;
    parameters.int2(shard).time(until).int8(static_cast<std::int64_t>(limit));
    const auto result = connection.query(
        "select saga, due from timer where shard = $1 and due <= $2 order by due, saga limit $3",
        parameters);
    std::vector<engine::StoredTimer> due;
    for (int row = 0; row < result.rows(); ++row) {
      due.push_back({result.uuid(row, 0), result.time(row, 1)});
    }
    return due;
  });
}

engine::LiveCount PostgresJournal::count_live(engine::ShardNumber shard) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    const auto result = connection.query(
        "select count(*), count(*) filter (where state = $2) from saga where shard = $1 and ended "
        "is null",
        PgParameters().int2(shard).int2(stored_state(parked_state)));
    return engine::LiveCount{static_cast<std::uint64_t>(result.integer(0, 0)),
                             static_cast<std::uint64_t>(result.integer(0, 1))};
  });
}

// A range of the primary key: its end is the row `limit` rows on, never the shard's newest.
std::size_t PostgresJournal::trim(engine::ShardNumber shard, engine::Seq through,
                                  std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    PgParameters parameters;
    parameters.int2(shard).int8(through).int8(static_cast<std::int64_t>(limit));
    const auto result = connection.query(
        "with removed as (delete from journal where shard = $1 and seq <= (select max(q.seq) from "
        "(select j.seq from journal j where j.shard = $1 and j.seq <= $2 and j.seq < (select n.seq "
        "from journal n where n.shard = $1 order by n.seq desc limit 1) order by j.seq limit $3) "
        "q) returning 1) select count(*) from removed",
        parameters);
    return static_cast<std::size_t>(result.integer(0, 0));
  });
}

}  // namespace sagaloom::store
