// An open SQLite file: its lock, its two connections, and their prepared statements.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/store/sqlite/file_lock.h"
#include "runtime/store/sqlite/sqlite_store.h"
#include "runtime/store/sqlite/statement.h"

namespace sagaloom::store {

// The writer connection with the statements of a commit.
struct SqliteWriter {
  explicit SqliteWriter(const SqliteOptions& options);

  Connection connection;
  Statement fence, insert_journal, insert_saga, update_saga, insert_identity, add_attribute,
      remove_attribute, insert_timer, remove_timer, insert_dead_letter, update_progress;
  Statement insert_inbox, remove_inbox, raise_source, insert_seen, put_lock, remove_lock,
      remove_dead_letter, settle_letter;
  Statement raise_epoch, take_shard, read_shard, max_seq, renew, read_nodes;
};

class SqliteFile {
 public:
  // Takes the lock, migrates, raises the epochs. Throws OpenError.
  explicit SqliteFile(SqliteOptions given);

  // Closes both connections and opens them again: recovery of the WAL reads the truth.
  // `writer_mutex` must be held.
  void reopen();

  core::Time now() const;
  // Calls options.on_doubt, or ends the process.
  void end_in_doubt(const std::string& reason) const;

  const SqliteOptions options;
  std::mutex writer_mutex;  // guards `writer`
  std::mutex reader_mutex;  // guards `reader`
  std::unique_ptr<SqliteWriter> writer;
  std::unique_ptr<Connection> reader;
  engine::StoreIdentity identity;

 private:
  void open();
  void open_to_read();
  void read_identity();

  std::optional<FileLock> lock_;
};

// Runs `work` and gives an SqliteFailure out as the ports' StoreError.
template <typename Work>
auto as_store_error(Work&& work) {
  try {
    return work();
  } catch (const SqliteFailure& failure) {
    throw engine::StoreError(std::string("SQLite: ") + failure.what());
  }
}

}  // namespace sagaloom::store
