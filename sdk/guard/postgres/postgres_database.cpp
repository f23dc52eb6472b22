#include "sdk/guard/postgres/postgres_database.h"

#include <utility>

#include "sdk/guard/postgres/postgres_connection.h"

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

constexpr int kMaximumTries = 3;
// Any number that is ours: migrations of one database wait for each other on it.
constexpr char kLockMigrations[] = "select pg_advisory_xact_lock(7305798121)";

}  // namespace

PostgresDatabase::PostgresDatabase(PostgresOptions options) : options_(std::move(options)) {
  if (!options_.schema.empty()) {
    PostgresOptions plain = options_;
    plain.schema.clear();
    PostgresConnection connection(plain);
    connection.execute(std::string("begin; ") + kLockMigrations +
                       "; create schema if not exists \"" + options_.schema + "\"; commit");
  }
  idle_.push_back(std::make_unique<PostgresConnection>(options_));
}

PostgresDatabase::~PostgresDatabase() = default;

PostgresDatabase::ConnectionPointer PostgresDatabase::take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return taken_ < options_.connections; });
  ++taken_;
  if (idle_.empty()) return nullptr;
  ConnectionPointer connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void PostgresDatabase::give_back(ConnectionPointer connection) {
  const bool usable = connection != nullptr && !connection->broken();
  std::lock_guard lock(mutex_);
  --taken_;
  if (usable) {
    idle_.push_back(std::move(connection));
  } else {
    idle_.clear();  // what broke one has most likely broken the others
  }
  returned_.notify_one();
}

Outcome PostgresDatabase::run(const Body& body) {
  Outcome outcome;
  for (int tries = 0; tries < kMaximumTries; ++tries) {
    bool again = false;
    outcome = try_once(body, again);
    if (!again) break;
  }
  return outcome;
}

Outcome PostgresDatabase::try_once(const Body& body, bool& again) {
  ConnectionPointer connection = take();
  try {
    if (connection == nullptr) connection = std::make_unique<PostgresConnection>(options_);
    Outcome outcome = run_once(*connection, body, again);
    give_back(std::move(connection));
    return outcome;
  } catch (const DatabaseError& problem) {  // of connecting
    give_back(nullptr);
    return outcome_of(problem);
  } catch (...) {
    give_back(std::move(connection));
    throw;
  }
}

Outcome PostgresDatabase::run_once(PostgresConnection& connection, const Body& body, bool& again) {
  Outcome outcome;
  try {
    connection.execute("begin");
    outcome = body(connection);
  } catch (const RunAgain& problem) {
    connection.roll_back();
    again = true;
    return outcome_of(problem);
  } catch (const DatabaseError& problem) {
    connection.roll_back();
    again = connection.broken();  // nothing was committed: a fresh connection may do better
    return outcome_of(problem);
  } catch (...) {
    connection.roll_back();
    throw;
  }
  const CommitResult result = connection.commit();
  if (result == CommitResult::committed) return outcome;
  if (result == CommitResult::unknown) {
    return Outcome::unknown("database.commit_unknown", "the answer of COMMIT was lost");
  }
  connection.roll_back();
  again = result == CommitResult::again;
  return Outcome::retryable("database.busy", "the database rolled the transaction back");
}

void PostgresDatabase::migrate(const std::function<void(Transaction&)>& body) {
  PostgresConnection connection(options_);
  connection.execute("begin");
  connection.execute(kLockMigrations);
  body(connection);
  if (connection.commit() != CommitResult::committed) {
    throw DatabaseError(DatabaseError::Kind::failed, "the tables could not be made");
  }
}

}  // namespace v1
}  // namespace sagaloom::sdk
