#include "runtime/store/sqlite/sqlite_journal.h"

#include <string_view>
#include <utility>

#include "runtime/store/bytes.h"
#include "runtime/store/codec.h"
#include "runtime/store/replay.h"
#include "runtime/store/row_rules.h"
#include "runtime/store/sqlite/batch.h"
#include "runtime/store/sqlite/rows.h"

namespace sagaloom::store {
namespace {

using engine::CommitOutcome;
using engine::CommitStatus;

bool is_journal_key(const SqliteFailure& failure) {
  return std::string_view(failure.what()).find("journal.seq") != std::string_view::npos;
}

// What the failure of a statement before COMMIT means: the transaction is rolled back.
CommitOutcome judge_statement(const SqliteFailure& failure) {
  switch (failure.primary_code()) {
    case SQLITE_CONSTRAINT:
      return {is_journal_key(failure) ? CommitStatus::fenced : CommitStatus::refused,
              failure.what()};
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
      return {CommitStatus::refused, failure.what()};
    default:
      return {CommitStatus::not_written, failure.what()};
  }
}

}  // namespace

template <typename Work>
auto SqliteJournal::transaction(Work&& work) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    auto& connection = file_->writer->connection;
    connection.run("begin immediate");
    try {
      auto result = work();
      connection.run("commit");
      return result;
    } catch (...) {
      connection.try_run("rollback");
      throw;
    }
  });
}

engine::OwnedShard SqliteJournal::read_locked(engine::ShardNumber shard) {
  auto& writer = *file_->writer;
  engine::OwnedShard owned;
  owned.shard = shard;
  if (writer.read_shard.start().bind(shard).step()) {
    owned.epoch = writer.read_shard.integer(0);
    owned.generation = static_cast<std::uint16_t>(writer.read_shard.integer(1));
  }
  writer.read_shard.start();
  writer.max_seq.start().bind(shard).step();
  owned.max_seq = writer.max_seq.integer(0);
  writer.max_seq.start();
  return owned;
}

std::vector<engine::OwnedShard> SqliteJournal::take_over(
    const std::vector<engine::ShardNumber>& shards, bool force) {
  return transaction([&] {
    auto& writer = *file_->writer;
    std::vector<engine::OwnedShard> taken;
    for (const auto shard : shards) {
      writer.take_shard.start().bind(node_).bind(shard).bind(force ? 1 : 0);
      writer.take_shard.bind(file_->now().time_since_epoch().count()).run();
      if (writer.connection.changes() == 1) taken.push_back(read_locked(shard));
    }
    return taken;
  });
}

CommitOutcome SqliteJournal::commit(const std::vector<engine::ShardRows>& shards) {
  assert_well_formed(shards);
  if (file_->options.before_batch) file_->options.before_batch();
  const std::lock_guard lock(file_->writer_mutex);
  if (doubtful_) return {CommitStatus::unknown, "an earlier COMMIT is not settled"};
  return commit_locked(shards);
}

CommitOutcome SqliteJournal::commit_locked(const std::vector<engine::ShardRows>& shards) {
  auto& writer = *file_->writer;
  try {
    writer.connection.run("begin immediate");
    if (!fence_holds(writer, shards)) {
      writer.connection.try_run("rollback");
      return {CommitStatus::fenced, "another owner has raised the epoch"};
    }
    if (auto reason = unstorable(shards)) {
      writer.connection.try_run("rollback");
      return {CommitStatus::refused, std::move(*reason)};
    }
    write_batch(writer, shards);
  } catch (const SqliteFailure& failure) {
    writer.connection.try_run("rollback");
    return judge_statement(failure);
  }
  return finish_locked();
}

CommitOutcome SqliteJournal::finish_locked() {
  auto& connection = file_->writer->connection;
  const int code = connection.try_run("commit");
  if (code == SQLITE_OK) return {};
  const std::string reason = sqlite3_errmsg(connection.raw());
  connection.try_run("rollback");
  // Full: the frames that fit are overwritten by the next commit and seen by nobody before it.
  if ((code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_BUSY) {
    return {CommitStatus::not_written, reason};
  }
  doubtful_ = true;
  file_->end_in_doubt(reason);
  return {CommitStatus::unknown, reason};
}

std::vector<engine::OwnedShard> SqliteJournal::settle(const Owned& owned) {
  if (doubtful_) {
    const std::lock_guard lock(file_->writer_mutex);
    file_->reopen();
    doubtful_ = false;
  }
  return transaction([&] {
    auto& writer = *file_->writer;
    std::vector<engine::OwnedShard> mine;
    for (const auto& [shard, epoch] : owned) {
      writer.raise_epoch.start().bind(node_).bind(shard).bind(epoch).bind(node_).run();
      if (writer.connection.changes() == 1) mine.push_back(read_locked(shard));
    }
    return mine;
  });
}

std::vector<engine::OwnedShard> SqliteJournal::read_owned(const Owned& owned) {
  return transaction([&] {
    std::vector<engine::OwnedShard> mine;
    for (const auto& [shard, epoch] : owned) {
      auto& read = file_->writer->read_shard;
      const bool ours =
          read.start().bind(shard).step() && read.integer(0) == epoch && read.text(2) == node_;
      read.start();
      if (ours) mine.push_back(read_locked(shard));
    }
    return mine;
  });
}

void SqliteJournal::release(const Owned& owned) {
  transaction([&] {
    for (const auto& [shard, epoch] : owned) {
      auto& raise = file_->writer->raise_epoch;
      raise.start().bind_null().bind(shard).bind(epoch).bind(node_).run();
    }
    return true;
  });
}

std::vector<engine::IdentityRow> SqliteJournal::find_identities(
    engine::ShardNumber shard, const std::vector<engine::IdentityKey>& keys) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    IdentityProbe probe(file_->writer->connection);
    std::vector<engine::IdentityRow> found;
    for (const auto& key : keys) probe.find(shard, key, found);
    return found;
  });
}

engine::Progress SqliteJournal::read_progress(engine::ShardNumber shard) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select published, checkpoint from shard_progress where shard = ?");
    engine::Progress progress;
    if (read.bind(shard).step()) progress = {read.integer(0), read.integer(1)};
    return progress;
  });
}

std::vector<engine::StoredRecord> SqliteJournal::read_journal(engine::ShardNumber shard,
                                                              engine::Seq after,
                                                              std::size_t limit) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select seq, saga, prev, generation, format, record from journal "
                   "where shard = ? and seq > ? order by seq limit ?");
    read.bind(shard).bind(after).bind(static_cast<std::int64_t>(limit));
    std::vector<engine::StoredRecord> rows;
    while (read.step()) rows.push_back(stored_record(read));
    return rows;
  });
}

std::vector<engine::StoredSnapshot> SqliteJournal::read_snapshots(
    engine::ShardNumber shard, const std::vector<core::SagaId>& ids) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select first_seq, snap_seq, snapshot from saga where shard = ? and id = ? and "
                   "snapshot is not null");
    std::vector<engine::StoredSnapshot> found;
    for (const auto& id : ids) {
      if (!read.start().bind(shard).bind(id).step()) continue;
      found.push_back({read.integer(0), read.integer(1), snapshot_of(id, read.blob(2))});
    }
    return found;
  });
}

std::vector<engine::StoredTimer> SqliteJournal::read_timers(engine::ShardNumber shard,
                                                            core::Time until, std::size_t limit) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select saga, due from timer where shard = ? and due <= ? order by due, saga "
                   "limit ?");
    read.bind(shard).bind(until.time_since_epoch().count());
    read.bind(static_cast<std::int64_t>(limit));
    std::vector<engine::StoredTimer> due;
    while (read.step()) due.push_back({read.id(0), read.time(1)});
    return due;
  });
}

engine::LiveCount SqliteJournal::count_live(engine::ShardNumber shard) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select count(*), coalesce(sum(state = ?), 0) from saga where shard = ? and "
                   "ended is null");
    read.bind(stored_state(parked_state)).bind(shard).step();
    return engine::LiveCount{static_cast<std::uint64_t>(read.integer(0)),
                             static_cast<std::uint64_t>(read.integer(1))};
  });
}

std::size_t SqliteJournal::trim(engine::ShardNumber shard, engine::Seq through, std::size_t limit) {
  return transaction([&] {
    auto& connection = file_->writer->connection;
    Statement remove(connection,
                     "delete from journal where shard = ?1 and seq in (select seq from journal "
                     "where shard = ?1 and seq <= ?2 and seq < (select max(seq) from journal "
                     "where shard = ?1) order by seq limit ?3)");
    remove.bind(shard).bind(through).bind(static_cast<std::int64_t>(limit)).run();
    return static_cast<std::size_t>(connection.changes());
  });
}

std::size_t SqliteJournal::sweep_seen(engine::ShardNumber shard, std::int32_t day,
                                      std::size_t limit) {
  return transaction([&] {
    auto& connection = file_->writer->connection;
    Statement remove(connection,
                     "delete from seen where (shard, tenant, workflow, event, id) in (select "
                     "shard, tenant, workflow, event, id from seen where shard = ? and day < ? "
                     "order by day limit ?)");
    remove.bind(shard).bind(day).bind(static_cast<std::int64_t>(limit)).run();
    return static_cast<std::size_t>(connection.changes());
  });
}

std::size_t SqliteJournal::sweep_dead_letters(engine::ShardNumber shard, std::size_t keep,
                                              std::size_t limit) {
  return transaction([&] {
    auto& connection = file_->writer->connection;
    Statement remove(connection,
                     "delete from dead_letter where (shard, seq, n) in (select shard, seq, n from "
                     "(select shard, seq, n, row_number() over (partition by workflow order by "
                     "seq desc, n desc) as place from dead_letter where shard = ? and workflow <> "
                     "'') where place > ? order by seq, n limit ?)");
    remove.bind(shard).bind(static_cast<std::int64_t>(keep));
    remove.bind(static_cast<std::int64_t>(limit)).run();
    const auto letters = static_cast<std::size_t>(connection.changes());
    Statement forget(connection,
                     "delete from letter_settled where (shard, seq, n) in (select shard, seq, n "
                     "from (select shard, seq, n, row_number() over (partition by workflow order "
                     "by seq desc, n desc) as place from letter_settled where shard = ?) where "
                     "place > ? order by seq, n limit ?)");
    forget.bind(shard).bind(static_cast<std::int64_t>(keep));
    forget.bind(static_cast<std::int64_t>(limit)).run();
    return letters + static_cast<std::size_t>(connection.changes());
  });
}

}  // namespace sagaloom::store
