#include "runtime/store/postgres/postgres_catalog.h"

#include "runtime/store/bytes.h"

namespace sagaloom::store {
namespace {

// One statement: the lease, the store's clock, the definitions' revision, the nodes. Nodes that
// ended a day ago are forgotten on the way.
constexpr const char* lease_sql =
    "with mine as (insert into node (id, url, lease_until, rev) values ($1, $2, clock_timestamp() "
    "+ $3 * interval '1 millisecond', (select count(*) from definition)) on conflict (id) do "
    "update set url = excluded.url, lease_until = excluded.lease_until, rev = excluded.rev "
    "returning id, url, lease_until, rev), gone as (delete from node where id <> $1 and "
    "lease_until < clock_timestamp() - interval '1 day') "
    "select clock_timestamp(), id, url, lease_until > clock_timestamp(), rev, true from mine "
    "union all select clock_timestamp(), id, url, lease_until > clock_timestamp(), rev, false "
    "from node where id <> $1 and lease_until >= clock_timestamp() - interval '1 day'";

}  // namespace

bool PostgresCatalog::register_definition(const engine::StoredDefinition& definition) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) {
    PgParameters values;
    values.bytea(digest_bytes(definition.hash)).text(definition.name).int4(definition.version);
    values.text(definition.text).bytea(definition.operations);
    connection.query(
        "insert into definition (hash, name, version, text, operations) "
        "values ($1, $2, $3, $4, $5) on conflict do nothing",
        values);
    const auto stored =
        connection.query("select hash from definition where name = $1 and version = $2",
                         PgParameters().text(definition.name).int4(definition.version));
    return stored.rows() == 1 && digest_text(stored.bytes(0, 0)) == definition.hash;
  });
}

std::vector<engine::StoredDefinition> PostgresCatalog::definitions() {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) {
    const auto result = connection.query(
        "select hash, name, text, version, operations from definition order by name, version");
    std::vector<engine::StoredDefinition> list;
    for (int row = 0; row < result.rows(); ++row) {
      list.push_back({digest_text(result.bytes(row, 0)), result.text(row, 1), result.text(row, 2),
                      static_cast<std::uint32_t>(result.integer(row, 3)), result.text(row, 4)});
    }
    return list;
  });
}

engine::NodeLease PostgresCatalog::renew_lease(const std::string& url, core::Duration lease) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) {
    PgParameters values;
    values.uuid(node_).text(url).int8(lease.count());
    const auto result = connection.query(lease_sql, values);
    engine::NodeLease answer;
    for (int row = 0; row < result.rows(); ++row) {
      answer.store_now = result.time(row, 0);
      answer.nodes.push_back(
          {core::to_string(result.uuid(row, 1)), result.text(row, 2), result.boolean(row, 3)});
      if (result.boolean(row, 5)) answer.revision = result.integer(row, 4);
    }
    return answer;
  });
}

}  // namespace sagaloom::store
