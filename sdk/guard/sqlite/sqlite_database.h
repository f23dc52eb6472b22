// A plugin's own SQLite file: WAL, synchronous FULL, one connection, group commit.
//
// Calls that arrive while a commit is under way wait and then share one transaction, each in a
// savepoint of its own, so that one flush pays for up to 64 of them and none sees another's
// failure. The thread that finds nobody at work runs the batch, the others sleep.
// Lifecycle: opened by the constructor (throws DatabaseError with the path), closed by the
// destructor. Threads: run from any; waiting calls are bounded by the caller's pool.
// Units: the busy timeout is in milliseconds.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "sdk/guard/database.h"

namespace sagaloom::sdk {
inline namespace v1 {

class SqliteConnection;

class SqliteDatabase : public Database {
 public:
  // Makes the file and its directory's entry if it is missing; the directory must exist.
  explicit SqliteDatabase(const std::string& path, int busy_timeout_ms = 5000);
  ~SqliteDatabase() override;

  Outcome run(const Body& body) override;
  void migrate(const std::function<void(Transaction&)>& body) override;

 private:
  struct Job;
  using Batch = std::deque<Job*>;

  Batch take_batch();
  void run_batch(const Batch& batch);
  bool run_job(Job& job);

  std::unique_ptr<SqliteConnection> connection_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Batch waiting_;
  bool working_ = false;
};

}  // namespace v1
}  // namespace sagaloom::sdk
