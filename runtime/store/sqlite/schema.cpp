#include "runtime/store/sqlite/schema.h"

#include "runtime/store/bytes.h"
#include "runtime/store/migration.h"

namespace sagaloom::store {
namespace {

std::vector<AppliedMigration> applied(Connection& connection) {
  connection.run(
      "create table if not exists migration "
      "(number integer primary key, name text not null, checksum text not null)");
  std::vector<AppliedMigration> list;
  Statement read(connection, "select number, checksum from migration order by number");
  while (read.step()) {
    list.push_back({static_cast<std::int32_t>(read.integer(0)), read.text(1)});
  }
  return list;
}

void apply(Connection& connection, const Migration& migration) {
  connection.run(std::string(migration.sql));
  Statement note(connection, "insert into migration (number, name, checksum) values (?,?,?)");
  note.bind(migration.number).bind(migration.name).bind(checksum(migration)).run();
}

// The id is short, since it stands in every event's id.
void give_identity(Connection& connection, std::uint16_t shards) {
  Statement meta(connection, "insert or ignore into meta (name, value) values (?,?)");
  meta.start().bind("store_id").bind(random_uuid().substr(0, 8)).run();
  meta.start().bind("shards").bind(std::to_string(shards)).run();
  meta.start().bind("format").bind("1").run();
  connection.run(
      "with recursive n(shard) as (select 0 union all select shard + 1 from n where shard + 1 < "
      "(select cast(value as integer) from meta where name = 'shards')) "
      "insert or ignore into shard (shard, epoch, generation) select shard, 0, 0 from n");
  connection.run(
      "insert or ignore into shard_progress (shard, published, checkpoint) "
      "select shard, 0, 0 from shard");
}

}  // namespace

void migrate(Connection& connection, std::uint16_t shards) {
  connection.run("begin exclusive");
  try {
    for (const auto& migration : missing_migrations(sqlite_migrations(), applied(connection))) {
      apply(connection, migration);
    }
    give_identity(connection, shards);
    connection.run("commit");
  } catch (...) {
    connection.try_run("rollback");
    throw;
  }
}

}  // namespace sagaloom::store
