#include "runtime/store/postgres/schema.h"

#include "runtime/store/bytes.h"
#include "runtime/store/migration.h"
#include "runtime/store/open_error.h"
#include "runtime/store/postgres/transaction.h"

namespace sagaloom::store {
namespace {

constexpr int create_attempts = 5;

bool lost_a_race(const PgFailure& failure) {
  const auto& state = failure.state();
  return state == "23505" || state == "42P06" || state == "42P07";
}

// `if not exists` does not keep two sessions from colliding in the system's catalogue.
void create_frame(PgConnection& connection, const std::string& schema) {
  const auto found = connection.query("select to_regclass($1) is not null",
                                      PgParameters().text(schema + ".migration"));
  if (found.boolean(0, 0)) return;
  for (int attempt = 1;; ++attempt) {
    try {
      return connection.run("create schema if not exists " + schema +
                            "; create table if not exists " + schema +
                            ".migration (number int4 primary key, name text not null, "
                            "checksum text not null, applied timestamptz not null)");
    } catch (const PgFailure& failure) {
      if (!lost_a_race(failure) || attempt == create_attempts) throw;
    }
  }
}

std::vector<AppliedMigration> applied(PgConnection& connection) {
  const auto result = connection.query("select number, checksum from migration order by number");
  std::vector<AppliedMigration> list;
  for (int row = 0; row < result.rows(); ++row) {
    list.push_back({static_cast<std::int32_t>(result.integer(row, 0)), result.text(row, 1)});
  }
  return list;
}

void apply(PgConnection& connection, const Migration& migration) {
  connection.run(std::string(migration.sql));
  PgParameters values;
  values.int4(migration.number).text(migration.name).text(checksum(migration));
  connection.query(
      "insert into migration (number, name, checksum, applied) "
      "values ($1, $2, $3, clock_timestamp())",
      values);
}

// The id is short, since it stands in every event's id.
void give_identity(PgConnection& connection, std::uint16_t shards) {
  const auto meta = [&](std::string_view name, std::string_view value) {
    connection.query("insert into meta (name, value) values ($1, $2) on conflict do nothing",
                     PgParameters().text(name).text(value));
  };
  meta("store_id", random_uuid().substr(0, 8));
  meta("shards", std::to_string(shards));
  meta("format", "1");
  connection.run(
      "insert into shard (shard, epoch, generation) select n, 0, 0 from generate_series(0, "
      "(select value::int - 1 from meta where name = 'shards')) n on conflict do nothing;"
      "insert into shard_progress (shard, published, checkpoint) select shard, 0, 0 from shard "
      "on conflict do nothing");
}

}  // namespace

void migrate(PgConnection& connection, const PostgresOptions& options) {
  create_frame(connection, options.schema);
  in_transaction(connection, [&] {
    connection.run("set local lock_timeout = '60s'; lock table migration in exclusive mode");
    for (const auto& migration : missing_migrations(postgres_migrations(), applied(connection))) {
      apply(connection, migration);
    }
    give_identity(connection, options.shards);
    return true;
  });
}

void check_settings(PgConnection& connection) {
  const auto result =
      connection.query("select current_setting('fsync'), current_setting('synchronous_commit')");
  for (int column = 0; column < 2; ++column) {
    if (result.text(0, column) != "off") continue;
    throw OpenError("store.unsafe_settings",
                    std::string("PostgreSQL runs with ") +
                        (column == 0 ? "fsync" : "synchronous_commit") +
                        " = off: what it confirms may be lost; set it to on");
  }
}

engine::StoreIdentity read_identity(PgConnection& connection) {
  const auto result = connection.query("select name, value from meta");
  engine::StoreIdentity identity;
  for (int row = 0; row < result.rows(); ++row) {
    if (result.bytes(row, 0) == "store_id") identity.store_id = result.text(row, 1);
    if (result.bytes(row, 0) == "shards") {
      identity.shards = static_cast<std::uint16_t>(std::stoul(result.text(row, 1)));
    }
  }
  return identity;
}

}  // namespace sagaloom::store
