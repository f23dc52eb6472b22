// A plugin's own Postgres database (or schema of one), by libpq, with a bounded set of connections.
//
// Each run takes one connection; connections are opened when they are needed, checked by use and
// replaced when they broke, so a restart of the server costs one retry. Statements are prepared
// once per connection. Serialisation failures and deadlocks run the body again, three times at
// most. Lifecycle: the constructor opens the first connection (throws DatabaseError). Threads: run
// from any; a caller waits while all connections are taken. Units: limits of the server side are
// set per session: statements 15 s, locks 5 s, idle in a transaction 30 s.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sdk/guard/database.h"

namespace sagaloom::sdk {
inline namespace v1 {

class PostgresConnection;

struct PostgresOptions {
  std::string dsn;     // "host=… dbname=…" or "postgresql://…"
  std::string schema;  // empty: the search path of the role; else made when it is missing
  std::size_t connections = 8;
};

class PostgresDatabase : public Database {
 public:
  explicit PostgresDatabase(PostgresOptions options);
  ~PostgresDatabase() override;

  Outcome run(const Body& body) override;
  void migrate(const std::function<void(Transaction&)>& body) override;

 private:
  using ConnectionPointer = std::unique_ptr<PostgresConnection>;

  ConnectionPointer take();
  void give_back(ConnectionPointer connection);
  Outcome run_once(PostgresConnection& connection, const Body& body, bool& again);
  Outcome try_once(const Body& body, bool& again);

  const PostgresOptions options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<ConnectionPointer> idle_;
  std::size_t taken_ = 0;
};

}  // namespace v1
}  // namespace sagaloom::sdk
