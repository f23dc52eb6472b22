// The store on PostgreSQL (14 or newer).
//
// One committer connection in pipeline mode: fence, rows and COMMIT go out together and cost one
// round trip whatever their number. One connection for lookups, one for the catalogue and the
// lease. Each is re-made with backoff when it is lost; no call hangs for more than `call_limit`.
// The SQL is that of architecture.md section 5; plans are pinned per session.
//
// Lifecycle: open_postgres migrates and reads the store's identity; the connections live as long
// as the store's parts. Threads: as the ports say. Errors: OpenError (`store.newer`,
// `store.migration_edited`, `store.unsafe_settings`, `store.open_failed`) at open, StoreError while
// the server is away, StoreReplaced when another database answers under the same address.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/engine/store.h"

namespace sagaloom::store {

struct PostgresOptions {
  std::string dsn;                  // key=value or postgresql://
  std::string schema = "sagaloom";  // made when it is missing
  std::string node_id;              // a UUID; empty: a random one
  std::string application_name = "sagaloom";
  std::uint16_t shards = 16;  // used when the store is made
  // To read beside servers: nothing is made or migrated, the store's journal is null and of the
  // catalogue only identity and definitions may be asked. The schema must be there.
  bool only_read = false;
  core::Duration connect_limit{3'000};
  core::Duration call_limit{10'000};
};

// The server that answers is not the one this store was opened on: its system identifier differs.
struct StoreReplaced : engine::StoreError {
  using engine::StoreError::StoreError;
};

engine::Store open_postgres(PostgresOptions options);

// Makes the schema or brings it up to date, as open_postgres does.
void migrate_postgres(const PostgresOptions& options);

}  // namespace sagaloom::store
