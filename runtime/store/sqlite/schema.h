// Brings an SQLite file to the schema that this program knows.
#pragma once

#include <cstdint>

#include "runtime/store/sqlite/statement.h"

namespace sagaloom::store {

// One exclusive transaction: applies missing migrations, and gives a new file its id and shards.
// Throws OpenError (store.newer, store.migration_edited) and SqliteFailure.
void migrate(Connection& connection, std::uint16_t shards);

}  // namespace sagaloom::store
