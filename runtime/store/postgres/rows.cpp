#include "runtime/store/postgres/rows.h"

#include "runtime/store/bytes.h"
#include "runtime/store/replay.h"
#include "runtime/store/row_rules.h"

namespace sagaloom::store {
namespace {

// The recursion finds the distinct days, one probe each; the join probes each day for each key.
constexpr const char* identity_sql =
    "with recursive d(day) as ((select day from identity where shard = $1 order by day limit 1) "
    "union all select (select i.day from identity i where i.shard = $1 and i.day > d.day "
    "order by i.day limit 1) from d where d.day is not null) "
    "select i.day, k.n, i.saga, i.fingerprint from d cross join "
    "unnest($2::text[], $3::text[], $4::text[]) with ordinality k(tenant, workflow, key, n) "
    "join identity i on i.shard = $1 and i.day = d.day and i.tenant = k.tenant and "
    "i.workflow = k.workflow and i.key = k.key where d.day is not null order by i.day";

// The same for several shards at once: the days of each, then the probes.
constexpr const char* identities_in_sql =
    "with recursive d(shard, day) as ((select u.shard, (select i.day from identity i where "
    "i.shard = u.shard order by i.day limit 1) from (select distinct shard from "
    "unnest($1::int2[]) s(shard)) u) union all select d.shard, (select i.day from identity i where "
    "i.shard = d.shard and i.day > d.day order by i.day limit 1) from d where d.day is not null) "
    "select i.day, k.n, i.saga, i.fingerprint from unnest($1::int2[], $2::text[], $3::text[], "
    "$4::text[]) with ordinality k(shard, tenant, workflow, key, n) join d on d.shard = k.shard "
    "join identity i on i.shard = k.shard and i.day = d.day and i.tenant = k.tenant and "
    "i.workflow = k.workflow and i.key = k.key where d.day is not null order by i.day";

}  // namespace

engine::StoredRecord stored_record(const PgResult& result, int row) {
  engine::StoredRecord stored;
  stored.seq = result.integer(row, 0);
  stored.saga = result.uuid(row, 1);
  stored.prev = result.integer(row, 2);
  stored.generation = static_cast<std::uint16_t>(result.integer(row, 3));
  stored.record = record_of(stored.seq, static_cast<std::int16_t>(result.integer(row, 4)),
                            stored.saga, result.bytes(row, 5));
  return stored;
}

void prepare_identity_statement(PgConnection& connection) {
  connection.prepare("identities_in", identities_in_sql);
}

std::vector<engine::Journal::RowOfShard> identity_rows_in(
    PgConnection& connection, const std::vector<engine::Journal::KeysOfShard>& wanted) {
  PgArray shards(PgType::int2), tenants(PgType::text), workflows(PgType::text);
  PgArray texts(PgType::text);
  std::vector<std::pair<engine::ShardNumber, const engine::IdentityKey*>> asked;
  for (const auto& [shard, keys] : wanted) {
    for (const auto& key : keys) {
      if (holds_nul(key)) continue;  // never stored
      shards.add_int2(shard);
      tenants.add(key.tenant);
      workflows.add(key.workflow);
      texts.add(key.key);
      asked.emplace_back(shard, &key);
    }
  }
  PgParameters parameters;
  parameters.array(shards).array(tenants).array(workflows).array(texts);
  const auto result = connection.query_prepared("identities_in", parameters);
  std::vector<engine::Journal::RowOfShard> found;
  for (int row = 0; row < result.rows(); ++row) {
    const auto& [shard, key] = asked.at(static_cast<std::size_t>(result.integer(row, 1)) - 1);
    found.push_back({shard,
                     {*key, static_cast<std::int32_t>(result.integer(row, 0)), result.uuid(row, 2),
                      digest_text(result.bytes(row, 3))}});
  }
  return found;
}

std::vector<engine::IdentityRow> identity_rows(PgConnection& connection, engine::ShardNumber shard,
                                               const std::vector<engine::IdentityKey>& keys) {
  std::vector<const engine::IdentityKey*> asked;
  PgArray tenants(PgType::text), workflows(PgType::text), texts(PgType::text);
  for (const auto& key : keys) {
    if (holds_nul(key)) continue;
    tenants.add(key.tenant);
    workflows.add(key.workflow);
    texts.add(key.key);
    asked.push_back(&key);
  }
  PgParameters parameters;
  parameters.int2(shard).array(tenants).array(workflows).array(texts);
  const auto result = connection.query(identity_sql, parameters);
  std::vector<engine::IdentityRow> found;
  for (int row = 0; row < result.rows(); ++row) {
    const auto place = static_cast<std::size_t>(result.integer(row, 1)) - 1;
    found.push_back({*asked.at(place), static_cast<std::int32_t>(result.integer(row, 0)),
                     result.uuid(row, 2), digest_text(result.bytes(row, 3))});
  }
  return found;
}

}  // namespace sagaloom::store
