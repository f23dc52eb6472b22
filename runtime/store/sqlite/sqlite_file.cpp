#include "runtime/store/sqlite/sqlite_file.h"

#include <chrono>
#include <cstdio>
#include <unistd.h>

#include "runtime/store/open_error.h"
#include "runtime/store/sqlite/schema.h"

namespace sagaloom::store {
namespace {

constexpr int exit_in_doubt = 70;  // EX_SOFTWARE: the supervisor starts us again

Connection connect(const SqliteOptions& options) {
  Connection connection(options.path, options.vfs);
  connection.run(
      "pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full;"
      "pragma cache_size = -65536; pragma temp_store = memory;"
      "pragma wal_autocheckpoint = 2000; pragma journal_size_limit = 67108864");
  return connection;
}

// Of an earlier process nothing is left: its shards are free, its batches stale.
void take_from_earlier_process(Connection& connection) {
  connection.run(
      "begin immediate; delete from node; update shard set epoch = epoch + 1, owner = null;"
      "commit");
}

}  // namespace

SqliteWriter::SqliteWriter(const SqliteOptions& options)
    : connection(connect(options)),
      fence(connection, "select 1 from shard where shard = ? and epoch = ?"),
      insert_journal(connection, "insert into journal values (?,?,?,?,?,?,?)"),
      insert_saga(connection, "insert into saga values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
      update_saga(connection,
                  "update saga set state = ?, status = ?, ended = ?, version = ?, snap_seq = ifnull(?, "
                  "snap_seq), snapshot = ifnull(?, snapshot) where shard = ? and id = ?"),
      insert_identity(connection, "insert into identity values (?,?,?,?,?,?,?)"),
      add_attribute(connection, "insert or ignore into attribute values (?,?,?,?,?)"),
      remove_attribute(connection,
                       "delete from attribute where shard = ? and tenant = ? and name = ? and "
                       "value = ? and saga = ?"),
      insert_timer(connection, "insert or ignore into timer values (?,?,?)"),
      remove_timer(connection, "delete from timer where shard = ? and due = ? and saga = ?"),
      insert_dead_letter(connection, "insert or ignore into dead_letter values (?,?,?,?,?,?,?)"),
      update_progress(connection,
                      "update shard_progress set published = ?, checkpoint = ? where shard = ?"),
      insert_inbox(connection, "insert into inbox values (?,?,?,?,?,?,?,?)"),
      remove_inbox(connection,
                   "delete from inbox where shard = ? and tenant = ? and workflow = ? and key = ? "
                   "and event = ? and seq = ?"),
      raise_source(connection,
                   "insert into source values (?,?,?,?) on conflict do update set next_offset = "
                   "max(next_offset, excluded.next_offset)"),
      insert_seen(connection,
                  "insert into seen values (?,?,?,?,?,?) on conflict do update set day = max(day, "
                  "excluded.day)"),
      put_lock(connection,
               "insert into lock values (?,?,?,?,?,?,?,?,?) on conflict do update set held = "
               "excluded.held"),
      remove_lock(connection,
                  "delete from lock where shard = ? and tenant = ? and scope = ? and key = ? and "
                  "ticket = ?"),
      remove_dead_letter(connection,
                         "delete from dead_letter where shard = ? and seq = ? and n = ?"),
      settle_letter(connection,
                    "insert or ignore into letter_settled values (?,?,?,?,?,?,?,?,?,?)"),
      raise_epoch(connection,
                  "update shard set epoch = epoch + 1, owner = ? where shard = ? and epoch = ? "
                  "and owner = ?"),
      take_shard(connection,
                 "update shard set epoch = epoch + 1, owner = ?1 where shard = ?2 and (?3 or "
                 "owner is null or owner = ?1 or not exists (select 1 from node where id = "
                 "shard.owner and lease_until > ?4))"),
      read_shard(connection, "select epoch, generation, owner from shard where shard = ?"),
      max_seq(connection, "select ifnull(max(seq), 0) from journal where shard = ?"),
      renew(connection,
            "insert into node (id, url, lease_until, rev) values (?1, ?2, ?3, (select count(*) "
            "from definition)) on conflict (id) do update set url = excluded.url, lease_until = "
            "excluded.lease_until, rev = excluded.rev"),
      read_nodes(connection, "select id, url, lease_until, rev from node order by id") {}

SqliteFile::SqliteFile(SqliteOptions given) : options(std::move(given)) {
  try {
    if (options.only_read) {
      open_to_read();
      return;
    }
    lock_.emplace(options.path, options.lock_wait);
    Connection first = connect(options);
    migrate(first, options.shards);
    take_from_earlier_process(first);
    open();
    read_identity();
  } catch (const SqliteFailure& failure) {
    throw OpenError("store.open_failed", options.path + ": " + failure.what());
  }
}

void SqliteFile::open_to_read() {
  if (::access(options.path.c_str(), R_OK) != 0) {
    throw OpenError("store.open_failed", options.path + ": there is no such file to read");
  }
  reader = std::make_unique<Connection>(connect(options));
  reader->run("pragma query_only = on");
  read_identity();
}

void SqliteFile::open() {
  writer = std::make_unique<SqliteWriter>(options);
  reader = std::make_unique<Connection>(connect(options));
}

void SqliteFile::reopen() {
  const std::lock_guard lock(reader_mutex);
  reader.reset();
  writer.reset();
  as_store_error([&] { open(); });
}

void SqliteFile::read_identity() {
  Statement read(*reader, "select name, value from meta");
  while (read.step()) {
    if (read.text(0) == "store_id") identity.store_id = read.text(1);
    if (read.text(0) == "shards") {
      identity.shards = static_cast<std::uint16_t>(std::stoul(read.text(1)));
    }
  }
}

core::Time SqliteFile::now() const {
  if (options.now) return options.now();
  return std::chrono::floor<core::Duration>(std::chrono::system_clock::now());
}

void SqliteFile::end_in_doubt(const std::string& reason) const {
  if (options.on_doubt) return options.on_doubt(reason);
  std::fprintf(stderr,
               "sagaloom: %s: the outcome of a COMMIT is open (%s); ending, the next start reads "
               "the truth\n",
               options.path.c_str(), reason.c_str());
  ::_exit(exit_in_doubt);
}

}  // namespace sagaloom::store
