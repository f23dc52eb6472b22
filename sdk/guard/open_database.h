// The choice that every bundled plugin offers: a SQLite file, or Postgres by a connection string.
//
// Lifecycle: the caller owns the database. Errors: throws DatabaseError, or std::invalid_argument
// when neither or both are given.
#pragma once

#include <memory>
#include <string>

#include "sdk/guard/database.h"

namespace sagaloom::sdk {
inline namespace v1 {

struct DatabaseChoice {
  std::string database;  // path of a SQLite file
  std::string dsn;       // of Postgres
  std::string schema;    // of Postgres, may be empty
  std::size_t connections = 8;
};

std::unique_ptr<Database> open_database(const DatabaseChoice& choice);

}  // namespace v1
}  // namespace sagaloom::sdk
