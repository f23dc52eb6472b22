#include "runtime/store/postgres/postgres_store.h"

#include "runtime/store/bytes.h"
#include "runtime/store/open_error.h"
#include "runtime/store/postgres/postgres_catalog.h"
#include "runtime/store/postgres/postgres_journal.h"
#include "runtime/store/postgres/postgres_lookup.h"
#include "runtime/store/postgres/schema.h"

namespace sagaloom::store {
namespace {

// The name goes into statements as it is.
void check_schema_name(const std::string& name) {
  constexpr const char* allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
  if (!name.empty() && name.size() <= 63 && (name[0] < '0' || name[0] > '9') &&
      name.find_first_not_of(allowed) == std::string::npos) {
    return;
  }
  throw OpenError("store.open_failed", "\"" + name +
                                           "\" is no schema name: lower-case letters, digits "
                                           "and _, not beginning with a digit");
}

core::SagaId parse_node(const std::string& text) {
  if (const auto id = core::parse_saga_id(text.empty() ? random_uuid() : text)) return *id;
  throw OpenError("store.open_failed", "the node id \"" + text + "\" is no UUID");
}

engine::StoreIdentity prepare(const PostgresOptions& options) {
  check_schema_name(options.schema);
  try {
    if (options.only_read) {
      PgConnection reading(options, PgUse::looking_up);
      return read_identity(reading);
    }
    PgConnection connection(options, PgUse::migrating);
    check_settings(connection);
    migrate(connection, options);
    return read_identity(connection);
  } catch (const PgFailure& failure) {
    if (failure.lost()) throw engine::StoreError(std::string("PostgreSQL: ") + failure.what());
    throw OpenError("store.open_failed",
                    std::string("PostgreSQL: ") + failure.state() + " " + failure.what());
  }
}

}  // namespace

void migrate_postgres(const PostgresOptions& options) {
  prepare(options);
}

engine::Store open_postgres(PostgresOptions options) {
  const core::SagaId node = parse_node(options.node_id);
  const auto identity = prepare(options);
  engine::Store store;
  if (!options.only_read) store.journal = std::make_unique<PostgresJournal>(options, node);
  store.catalog = std::make_unique<PostgresCatalog>(options, node, identity);
  store.lookup = std::make_unique<PostgresLookup>(options, identity.shards);
  return store;
}

}  // namespace sagaloom::store
