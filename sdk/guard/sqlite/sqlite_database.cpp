#include "sdk/guard/sqlite/sqlite_database.h"

#include <exception>
#include <sqlite3.h>
#include <unordered_map>

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

constexpr std::size_t kMaximumBatch = 64;

DatabaseError::Kind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DatabaseError::Kind::busy;
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
      return DatabaseError::Kind::unavailable;
    default:
      return DatabaseError::Kind::failed;
  }
}

Cell cell_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return Cell();
    case SQLITE_INTEGER:
      return Cell(static_cast<std::int64_t>(sqlite3_column_int64(statement, column)));
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      const int size = sqlite3_column_bytes(statement, column);
      return Cell(std::string(text, static_cast<std::size_t>(size)));
    }
  }
}

// Gives the statement back clean, whatever happened to it.
struct Reset {
  sqlite3_stmt* statement;
  ~Reset() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
};

}  // namespace

// The connection with its prepared statements; also the Transaction that bodies see.
class SqliteConnection : public Transaction {
 public:
  SqliteConnection(const std::string& path, int busy_timeout_ms) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK) {
      const std::string text = "cannot open " + path + ": " + sqlite3_errmsg(handle_);
      sqlite3_close(handle_);
      throw DatabaseError(kind_of(code), text);
    }
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    run("pragma journal_mode = wal", {});
    run("pragma synchronous = full", {});
    run("pragma foreign_keys = on", {});
  }
  ~SqliteConnection() override {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(handle_);
  }
  SqliteConnection(const SqliteConnection&) = delete;

  Rows run(std::string_view sql, const Cells& values) override {
    sqlite3_stmt* statement = prepare(sql);
    const Reset reset{statement};
    for (std::size_t i = 0; i < values.size(); ++i) bind(statement, i + 1, values[i]);
    Rows rows;
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) rows.push_back(read(statement));
    if (code != SQLITE_DONE) fail(code, sql);
    return rows;
  }

  std::string_view create_view() const override { return "create view if not exists"; }
  // False once SQLite has rolled the whole transaction back by itself (disk full, I/O error).
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

 private:
  sqlite3_stmt* prepare(std::string_view sql) {
    const auto found = statements_.find(std::string(sql));
    if (found != statements_.end()) return found->second;
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) fail(code, sql);
    statements_.emplace(sql, statement);
    return statement;
  }

  void bind(sqlite3_stmt* statement, std::size_t number, const Cell& value) {
    const std::string name = "$" + std::to_string(number);
    const int index = sqlite3_bind_parameter_index(statement, name.c_str());
    if (index == 0 || value.is_null()) return;  // an unbound parameter is NULL
    if (value.is_integer()) {
      sqlite3_bind_int64(statement, index, value.integer());
      return;
    }
    const std::string text = value.text();
    sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
  }

  static Cells read(sqlite3_stmt* statement) {
    Cells row;
    const int columns = sqlite3_column_count(statement);
    for (int column = 0; column < columns; ++column) row.push_back(cell_of(statement, column));
    return row;
  }

  [[noreturn]] void fail(int code, std::string_view sql) {
    throw DatabaseError(kind_of(code),
                        std::string(sqlite3_errmsg(handle_)) + " in: " + std::string(sql));
  }

  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

struct SqliteDatabase::Job {
  const Body* body = nullptr;
  Outcome outcome;
  std::exception_ptr thrown;
  bool done = false;
};

SqliteDatabase::SqliteDatabase(const std::string& path, int busy_timeout_ms)
    : connection_(std::make_unique<SqliteConnection>(path, busy_timeout_ms)) {}

SqliteDatabase::~SqliteDatabase() = default;

Outcome SqliteDatabase::run(const Body& body) {
  Job job;
  job.body = &body;
  std::unique_lock lock(mutex_);
  waiting_.push_back(&job);
  while (!job.done) {
    if (working_) {
      changed_.wait(lock);
      continue;
    }
    working_ = true;
    const Batch batch = take_batch();
    lock.unlock();
    run_batch(batch);
    lock.lock();
    for (Job* each : batch) each->done = true;
    working_ = false;
    changed_.notify_all();
  }
  lock.unlock();
  if (job.thrown) std::rethrow_exception(job.thrown);
  return std::move(job.outcome);
}

SqliteDatabase::Batch SqliteDatabase::take_batch() {
  Batch batch;
  while (!waiting_.empty() && batch.size() < kMaximumBatch) {
    batch.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return batch;
}

void SqliteDatabase::run_batch(const Batch& batch) {
  const auto refuse_all = [&batch](const Outcome& outcome) {
    for (Job* job : batch) job->outcome = outcome;
    for (Job* job : batch) job->thrown = nullptr;
  };
  try {
    connection_->run("begin immediate", {});
    for (Job* job : batch) {
      if (!run_job(*job)) {
        return refuse_all(
            Outcome::retryable("database.unavailable", "the database rolled the transaction back"));
      }
    }
  } catch (const DatabaseError& problem) {  // of begin or of a savepoint
    if (connection_->in_transaction()) connection_->run("rollback", {});
    return refuse_all(outcome_of(problem));
  }
  try {
    connection_->run("commit", {});
  } catch (const DatabaseError& problem) {
    // Whether the frame with the commit mark reached the disk is not known after an I/O error.
    refuse_all(Outcome::unknown("database.commit_unknown", problem.what()));
    if (connection_->in_transaction()) connection_->run("rollback", {});
  }
}

// False: the whole transaction is gone.
bool SqliteDatabase::run_job(Job& job) {
  connection_->run("savepoint job", {});
  try {
    job.outcome = (*job.body)(*connection_);
    connection_->run("release savepoint job", {});
    return true;
  } catch (const DatabaseError& problem) {
    job.outcome = outcome_of(problem);
  } catch (...) {
    job.thrown = std::current_exception();
  }
  if (!connection_->in_transaction()) return false;
  connection_->run("rollback to savepoint job", {});
  connection_->run("release savepoint job", {});
  return true;
}

void SqliteDatabase::migrate(const std::function<void(Transaction&)>& body) {
  connection_->run("begin immediate", {});
  try {
    body(*connection_);
    connection_->run("commit", {});
  } catch (...) {
    if (connection_->in_transaction()) connection_->run("rollback", {});
    throw;
  }
}

}  // namespace v1
}  // namespace sagaloom::sdk
