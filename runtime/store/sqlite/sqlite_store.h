// The store in one SQLite file: for `dev` and small single-node use.
//
// WAL, synchronous=FULL, one writer connection under a mutex (a commit is one transaction), one
// connection for lookups. The file belongs to one process: a flock on `<path>.lock` is held for
// the life of the SqliteFile, and the epochs rise at open, so that nothing of an earlier process
// can be mistaken for ours.
//
// Errors: OpenError `store.locked` (another process has the file; after `lock_wait`),
// `store.newer`, `store.migration_edited`, `store.open_failed`. A full disk is `not_written` and
// worth a retry: until the next commit succeeds nothing of the batch is visible, and that commit
// overwrites it in the WAL. An I/O error at COMMIT leaves the outcome open, and a failed fsync must
// not be believed or repeated: `on_doubt` ends the process, and recovery reads the truth.
// Lifecycle: the file lives as long as the last store on it. Threads: any, as the ports say.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/engine/store.h"

namespace sagaloom::store {

struct SqliteOptions {
  std::string path;
  std::uint16_t shards = 4;         // used when the file is made
  core::Duration lock_wait{2000};   // how long to wait for a process that is just ending
  std::function<core::Time()> now;  // empty: the system clock
  std::string vfs;                  // name of a registered VFS; empty: SQLite's own
  // Called before a commit takes the writer: a seam for tests that hold a client back.
  std::function<void()> before_batch;
  // To read beside a server that has the file: no lock, no migration, no epoch is raised, the
  // store's journal is null and of the catalogue only identity and definitions may be asked. The
  // file must be there.
  bool only_read = false;
  // After a COMMIT of unknown outcome. Empty: says so on stderr and ends the process. When it
  // returns, commit reports `unknown` and `settle` opens the file anew and reads it.
  std::function<void(const std::string& reason)> on_doubt;
};

class SqliteFile;

std::shared_ptr<SqliteFile> open_sqlite_file(SqliteOptions options);
engine::Store open_sqlite(std::shared_ptr<SqliteFile> file, std::string node_id);
engine::Store open_sqlite(SqliteOptions options, std::string node_id);

}  // namespace sagaloom::store
