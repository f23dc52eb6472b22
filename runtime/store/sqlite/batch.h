// Writes the rows of a batch through the writer's prepared statements, inside its transaction.
#pragma once

#include "runtime/engine/store.h"
#include "runtime/store/sqlite/sqlite_file.h"

namespace sagaloom::store {

// False: an epoch is not ours. Throws SqliteFailure.
bool fence_holds(SqliteWriter& writer, const std::vector<engine::ShardRows>& batch);
void write_batch(SqliteWriter& writer, const std::vector<engine::ShardRows>& batch);

}  // namespace sagaloom::store
