#include "runtime/store/sqlite/rows.h"

#include <limits>

#include "runtime/store/bytes.h"
#include "runtime/store/replay.h"

namespace sagaloom::store {

engine::StoredRecord stored_record(const Statement& row) {
  engine::StoredRecord stored;
  stored.seq = row.integer(0);
  stored.saga = row.id(1);
  stored.prev = row.integer(2);
  stored.generation = static_cast<std::uint16_t>(row.integer(3));
  stored.record =
      record_of(stored.seq, static_cast<std::int16_t>(row.integer(4)), stored.saga, row.blob(5));
  return stored;
}

IdentityProbe::IdentityProbe(Connection& connection)
    : next_day_(connection, "select min(day) from identity where shard = ? and day > ?"),
      probe_(connection,
             "select saga, fingerprint from identity where shard = ? and day = ? and tenant = ? "
             "and workflow = ? and key = ?") {}

void IdentityProbe::find(engine::ShardNumber shard, const engine::IdentityKey& key,
                         std::vector<engine::IdentityRow>& found) {
  std::int64_t day = std::numeric_limits<std::int32_t>::min();
  for (;;) {
    next_day_.start().bind(shard).bind(day).step();
    if (next_day_.is_null(0)) return;
    day = next_day_.integer(0);
    probe_.start().bind(shard).bind(day).bind(key.tenant).bind(key.workflow).bind(key.key);
    if (!probe_.step()) continue;
    found.push_back(
        {key, static_cast<std::int32_t>(day), probe_.id(0), digest_text(probe_.blob(1))});
  }
}

}  // namespace sagaloom::store
