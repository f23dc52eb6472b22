// Rows of a PostgreSQL store as the ports' values.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/engine/store.h"
#include "runtime/store/postgres/connection.h"

namespace sagaloom::store {

// Of `select seq, saga, prev, generation, format, record`. Throws engine::StoreError when a record
// cannot be read.
engine::StoredRecord stored_record(const PgResult& result, int row);

// The identity rows of these keys on every day from the shard's oldest retained one on, oldest day
// first.
std::vector<engine::Journal::RowOfShard> identity_rows_in(
    PgConnection& connection, const std::vector<engine::Journal::KeysOfShard>& wanted);
void prepare_identity_statement(PgConnection& connection);  // what identity_rows_in asks with
std::vector<engine::IdentityRow> identity_rows(PgConnection& connection, engine::ShardNumber shard,
                                               const std::vector<engine::IdentityKey>& keys);

}  // namespace sagaloom::store
