#include "sdk/guard/open_database.h"

#include <stdexcept>

#include "sdk/guard/postgres/postgres_database.h"
#include "sdk/guard/sqlite/sqlite_database.h"

namespace sagaloom::sdk {
inline namespace v1 {

std::unique_ptr<Database> open_database(const DatabaseChoice& choice) {
  if (choice.database.empty() == choice.dsn.empty()) {
    throw std::invalid_argument(
        "the plugin's config needs either \"database\" (a SQLite file) or \"dsn\" (Postgres)");
  }
  if (choice.dsn.empty()) return std::make_unique<SqliteDatabase>(choice.database);
  return std::make_unique<PostgresDatabase>(
      PostgresOptions{choice.dsn, choice.schema, choice.connections});
}

}  // namespace v1
}  // namespace sagaloom::sdk
