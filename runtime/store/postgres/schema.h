// Brings a PostgreSQL schema to what this program knows, and reads what is fixed about the store.
#pragma once

#include "runtime/engine/store.h"
#include "runtime/store/postgres/connection.h"

namespace sagaloom::store {

// Makes the schema when it is missing; applies missing migrations in one transaction under a lock
// of the table `migration`; gives a new store its id and shards. Throws OpenError and PgFailure.
void migrate(PgConnection& connection, const PostgresOptions& options);

// Refuses a server that may forget what it confirmed. Throws OpenError `store.unsafe_settings`.
void check_settings(PgConnection& connection);

engine::StoreIdentity read_identity(PgConnection& connection);

}  // namespace sagaloom::store
