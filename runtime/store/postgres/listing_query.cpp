#include "runtime/store/postgres/listing_query.h"

#include <algorithm>
#include <string>

#include "runtime/store/codec.h"
#include "runtime/store/listing.h"
#include "runtime/store/row_rules.h"

namespace sagaloom::store {
namespace {

constexpr std::int64_t filtered_slice = 2'000;  // rows a round trip when rows may be dropped

constexpr const char* columns =
    "s.id, s.tenant, s.workflow, s.identity, s.state, s.status, s.version, s.created, s.ended";

core::SagaId above_all() {
  core::SagaId id;
  id.bytes.fill(0xff);
  return id;
}

// $1 shards, $2 cursor, $3 rows, then the values of the filter's index. A plain `order by` would
// read everything.
std::string slice_sql(const engine::SagaFilter& filter) {
  std::string lateral = "select ";
  if (filter.attribute) {
    lateral += std::string(columns) +
               " from attribute a join saga s on s.shard = a.shard and s.id = a.saga where "
               "a.shard = n.shard and a.tenant = $4 and a.name = $5 and a.value = $6 and "
               "a.saga < $2 order by a.saga desc";
  } else {
    lateral += std::string(columns) + " from saga s where s.shard = n.shard and s.id < $2";
    if (filter.live == true) {
      lateral += " and s.ended is null";
    } else if (filter.workflow) {
      lateral += " and s.workflow = $4";
    }
    lateral += " order by s.id desc";
  }
  return "select q.* from unnest($1::int2[]) n(shard) cross join lateral (" + lateral +
         " limit $3) q order by q.id desc limit $3";
}

PgResult read_slice(PgConnection& connection, PgArray& shards, const core::SagaId& before,
                    std::int64_t rows, const engine::SagaFilter& filter) {
  PgParameters parameters;
  parameters.array(shards).uuid(before).int8(rows);
  if (filter.attribute) {
    parameters.text(filter.tenant).text(filter.attribute->first).text(filter.attribute->second);
  } else if (filter.live != true && filter.workflow) {
    parameters.text(*filter.workflow);
  }
  return connection.query(slice_sql(filter).c_str(), parameters);
}

engine::SagaSummary summary(const PgResult& result, int row) {
  return {result.uuid(row, 0),
          result.text(row, 1),
          result.text(row, 2),
          result.text(row, 3),
          std::string(state_text(static_cast<std::int16_t>(result.integer(row, 4)))),
          result.text(row, 5),
          static_cast<std::uint32_t>(result.integer(row, 6)),
          result.time(row, 7),
          result.time(row, 8)};
}

}  // namespace

engine::SagaPage list_newest(PgConnection& connection, std::uint16_t shards,
                             const engine::SagaFilter& filter) {
  if (holds_nul(filter)) return {};  // never stored
  PgArray numbers(PgType::int2);
  for (std::uint16_t shard = 0; shard < shards; ++shard) numbers.add_int2(shard);
  const std::size_t limit = page_limit(filter);
  const std::int64_t slice =
      needs_filtering(filter) ? filtered_slice : static_cast<std::int64_t>(limit) + 1;
  engine::SagaPage page;
  core::SagaId before = filter.before.value_or(above_all());
  for (std::size_t read = 0;;) {
    const auto result = read_slice(connection, numbers, before, slice, filter);
    for (int row = 0; row < result.rows(); ++row, ++read) {
      if (read == most_rows_read || page.items.size() == limit) {
        page.next = before;
        return page;
      }
      auto item = summary(result, row);
      before = item.id;
      const bool live = result.is_null(row, 8);
      if (matches(item, live, filter)) page.items.push_back(std::move(item));
    }
    if (result.rows() < slice) return page;
  }
}

}  // namespace sagaloom::store
