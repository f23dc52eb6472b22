// Rows of an SQLite store as the ports' values.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/engine/store.h"
#include "runtime/store/sqlite/statement.h"

namespace sagaloom::store {

// Of `select seq, saga, prev, generation, format, record`. Throws engine::StoreError when the
// record cannot be read.
engine::StoredRecord stored_record(const Statement& row);

// Finds identity rows of a key on every day from the shard's oldest retained one on: the day
// stands before the key in the index, so each day is one probe.
class IdentityProbe {
 public:
  explicit IdentityProbe(Connection& connection);
  // Appends, oldest day first.
  void find(engine::ShardNumber shard, const engine::IdentityKey& key,
            std::vector<engine::IdentityRow>& found);

 private:
  Statement next_day_, probe_;
};

}  // namespace sagaloom::store
