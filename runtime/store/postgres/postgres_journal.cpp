#include "runtime/store/postgres/postgres_journal.h"

#include <algorithm>

#include "runtime/store/postgres/batch.h"
#include "runtime/store/postgres/on_committer.h"
#include "runtime/store/postgres/pipeline.h"
#include "runtime/store/postgres/rows.h"
#include "runtime/store/postgres/transaction.h"
#include "runtime/store/row_rules.h"

namespace sagaloom::store {
namespace {

using engine::CommitOutcome;
using engine::CommitStatus;
using engine::OwnedShard;

// A takeover waits a second for the former owner's batch, then ends its backend, twice at most.
constexpr int take_attempts = 3;

// $1 shards, $2 the node, $3 whether an owner that is alive counts: the shards it may take.
constexpr const char* take_sql =
    "update shard s set epoch = s.epoch + 1, owner = $2, backend_pid = $4, backend_start = $5 "
    "from unnest($1::int2[]) u(shard) where s.shard = u.shard and ($3 or s.owner is null or "
    "s.owner = $2 or not exists (select 1 from node n where n.id = s.owner and n.lease_until > "
    "clock_timestamp())) returning s.shard, s.epoch, s.generation";

// The start time tells whether the process with this number is still the one that was meant.
constexpr const char* end_former_owners_sql =
    "select pg_terminate_backend(a.pid) from pg_stat_activity a where a.pid <> pg_backend_pid() "
    "and exists (select 1 from shard s join unnest($1::int2[]) u(shard) on s.shard = u.shard "
    "where s.backend_pid = a.pid and s.backend_start = a.backend_start and ($3 or s.owner = $2 or "
    "not exists (select 1 from node n where n.id = s.owner and n.lease_until > "
    "clock_timestamp())))";

constexpr const char* settle_sql =
    "update shard s set epoch = s.epoch + 1, backend_pid = $4, backend_start = $5 from "
    "unnest($1::int2[], $2::int8[]) u(shard, epoch) where s.shard = u.shard and s.owner = $3 and "
    "s.epoch between u.epoch and u.epoch + $6 returning s.shard, s.epoch, s.generation";

constexpr const char* max_seq_sql =
    "select s.shard, coalesce((select j.seq from journal j where j.shard = s.shard order by j.seq "
    "desc limit 1), 0) from unnest($1::int2[]) s(shard)";

std::vector<OwnedShard> owned_shards(const PgResult& result) {
  std::vector<OwnedShard> list;
  for (int row = 0; row < result.rows(); ++row) {
    OwnedShard owned;
    owned.shard = static_cast<engine::ShardNumber>(result.integer(row, 0));
    owned.epoch = result.integer(row, 1);
    owned.generation = static_cast<std::uint16_t>(result.integer(row, 2));
    list.push_back(owned);
  }
  std::sort(list.begin(), list.end(),
            [](const auto& left, const auto& right) { return left.shard < right.shard; });
  return list;
}

PgArray numbers_of(const std::vector<OwnedShard>& owned) {
  PgArray numbers(PgType::int2);
  for (const auto& shard : owned) numbers.add_int2(shard.shard);
  return numbers;
}

void read_max_seqs(PgConnection& connection, std::vector<OwnedShard>& owned) {
  PgArray numbers = numbers_of(owned);
  const auto result = connection.query(max_seq_sql, PgParameters().array(numbers));
  for (int row = 0; row < result.rows(); ++row) {
    for (auto& shard : owned) {
      if (shard.shard == result.integer(row, 0)) shard.max_seq = result.integer(row, 1);
    }
  }
}

struct OwnedArrays {
  explicit OwnedArrays(const PostgresJournal::Owned& owned) {
    for (const auto& [shard, epoch] : owned) {
      shards.add_int2(shard);
      epochs.add_int8(epoch);
    }
  }
  PgArray shards{PgType::int2};
  PgArray epochs{PgType::int8};
};

}  // namespace

// A new committer connection: the former one's backend is ended first, since it may be held by
// a network that lost us, with our own locks.
void PostgresJournal::adopt(PgConnection& connection) {
  const auto self = connection.query(
      "select pid, backend_start from pg_stat_activity where pid = pg_backend_pid()");
  const Backend adopted{self.integer(0, 0), self.integer(0, 1)};
  prepare_batch_statements(connection);
  prepare_identity_statement(connection);
  if (backend_.pid != 0) {
    replace_backend(connection, adopted);
    find_shards_behind(connection);
  }
  backend_ = adopted;
}

void PostgresJournal::replace_backend(PgConnection& connection, const Backend& adopted) {
  connection.query(
      "select pg_terminate_backend(pid) from pg_stat_activity "
      "where pid = $1 and backend_start = $2",
      PgParameters().int4(backend_.pid).raw_time(backend_.started));
  PgParameters values;
  values.uuid(node_).int4(adopted.pid).raw_time(adopted.started);
  values.int4(backend_.pid).raw_time(backend_.started);
  connection.query(
      "update shard set backend_pid = $2, backend_start = $3 where owner = $1 and "
      "backend_pid = $4 and backend_start = $5",
      values);
}

void PostgresJournal::find_shards_behind(PgConnection& connection) {
  std::vector<OwnedShard> known;
  for (const auto& [shard, seq] : acknowledged_) known.push_back({shard, 0, 0, 0});
  read_max_seqs(connection, known);
  for (const auto& shard : known) {
    if (shard.max_seq < acknowledged_[shard.shard]) behind_.insert(shard.shard);
  }
}

bool PostgresJournal::any_behind(const std::vector<engine::ShardRows>& shards) const {
  return std::any_of(shards.begin(), shards.end(),
                     [&](const auto& rows) { return behind_.contains(rows.shard); });
}

void PostgresJournal::note_read(const std::vector<OwnedShard>& owned) {
  for (const auto& shard : owned) {
    acknowledged_[shard.shard] = shard.max_seq;
    behind_.erase(shard.shard);
  }
}

PgConnection& PostgresJournal::committer() {
  bool fresh = false;
  auto& connection = server_.connection(&fresh);
  if (!fresh) return connection;
  try {
    adopt(connection);
  } catch (const PgFailure& failure) {
    server_.give_up(failure);
  }
  return connection;
}

CommitOutcome PostgresJournal::commit(const std::vector<engine::ShardRows>& shards) {
  assert_well_formed(shards);
  const std::lock_guard lock(mutex_);
  PgConnection* connection = nullptr;
  try {
    connection = &committer();
  } catch (const engine::StoreError& away) {
    return {CommitStatus::not_written, away.what()};  // nothing was sent
  }
  if (any_behind(shards)) {
    return {CommitStatus::unknown, "the server has fewer rows than it acknowledged"};
  }
  try {
    auto outcome = send_batch(*connection, shards);
    if (outcome.status == CommitStatus::committed) note_acknowledged(shards);
    if (outcome.status == CommitStatus::unknown) server_.drop();
    return outcome;
  } catch (const PgFailure& failure) {
    server_.drop();
    return {CommitStatus::unknown, failure.what()};
  }
}

void PostgresJournal::note_acknowledged(const std::vector<engine::ShardRows>& shards) {
  for (const auto& rows : shards) {
    if (rows.journal.empty()) continue;
    auto& seq = acknowledged_[rows.shard];
    seq = std::max(seq, rows.last_seq());
  }
}

std::vector<OwnedShard> PostgresJournal::try_take(PgConnection& connection, PgArray& shards,
                                                  bool force) {
  return in_transaction(connection, [&] {
    PgParameters parameters;
    parameters.array(shards).uuid(node_).boolean(force);
    parameters.int4(backend_.pid).raw_time(backend_.started);
    auto taken = owned_shards(connection.query(take_sql, parameters));
    read_max_seqs(connection, taken);
    return taken;
  });
}

std::vector<OwnedShard> PostgresJournal::take_over(const std::vector<engine::ShardNumber>& shards,
                                                   bool force) {
  const std::lock_guard lock(mutex_);
  PgArray numbers(PgType::int2);
  for (const auto shard : shards) numbers.add_int2(shard);
  auto taken = on_committer([&](PgConnection& connection) {
    for (int attempt = 1;; ++attempt) {
      try {
        return try_take(connection, numbers, force);
      } catch (const PgFailure& failure) {
        if (failure.state() != "55P03" || attempt == take_attempts) throw;
      }
      connection.query(end_former_owners_sql,
                       PgParameters().array(numbers).uuid(node_).boolean(force));
    }
  });
  note_read(taken);
  return taken;
}

std::vector<OwnedShard> PostgresJournal::try_settle(PgConnection& connection, const Owned& owned) {
  return in_transaction(connection, [&] {
    OwnedArrays arrays(owned);
    PgParameters parameters;
    parameters.array(arrays.shards).array(arrays.epochs).uuid(node_);
    parameters.int4(backend_.pid).raw_time(backend_.started).int8(doubtful_settles_);
    auto mine = owned_shards(connection.query(settle_sql, parameters));
    read_max_seqs(connection, mine);
    raise_generations(connection, mine);
    return mine;
  });
}

// The store has less than was acknowledged (a failover lost commits): seqs will be given out a
// second time, so that the events' ids need another generation.
void PostgresJournal::raise_generations(PgConnection& connection, std::vector<OwnedShard>& owned) {
  for (auto& shard : owned) {
    const auto known = acknowledged_.find(shard.shard);
    if (known == acknowledged_.end() || shard.max_seq >= known->second) continue;
    connection.query("update shard set generation = generation + 1 where shard = $1",
                     PgParameters().int2(shard.shard));
    ++shard.generation;
  }
}

std::vector<OwnedShard> PostgresJournal::settle(const Owned& owned) {
  const std::lock_guard lock(mutex_);
  server_.drop();
  auto mine = on_committer([&](PgConnection& connection) {
    try {
      return try_settle(connection, owned);
    } catch (const PgFailure& failure) {
      if (failure.lost()) ++doubtful_settles_;
      throw;
    }
  });
  doubtful_settles_ = 0;
  note_read(mine);
  return mine;
}

std::vector<OwnedShard> PostgresJournal::read_owned(const Owned& owned) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    OwnedArrays arrays(owned);
    auto mine = owned_shards(connection.query(
        "select s.shard, s.epoch, s.generation from shard s join unnest($1::int2[], $2::int8[]) "
        "u(shard, epoch) on s.shard = u.shard and s.epoch = u.epoch where s.owner = $3",
        PgParameters().array(arrays.shards).array(arrays.epochs).uuid(node_)));
    read_max_seqs(connection, mine);
    return mine;
  });
}

void PostgresJournal::release(const Owned& owned) {
  const std::lock_guard lock(mutex_);
  on_committer([&](PgConnection& connection) {
    OwnedArrays arrays(owned);
    return connection.query(
        "update shard s set epoch = s.epoch + 1, owner = null, backend_pid = null, "
        "backend_start = null from unnest($1::int2[], $2::int8[]) u(shard, epoch) "
        "where s.shard = u.shard and s.epoch = u.epoch and s.owner = $3",
        PgParameters().array(arrays.shards).array(arrays.epochs).uuid(node_));
  });
}

}  // namespace sagaloom::store
