// A page of sagas: one cursor per shard, newest first, merged by id.
#pragma once

#include "runtime/engine/store.h"
#include "runtime/store/sqlite/statement.h"

namespace sagaloom::store {

engine::SagaPage list_newest(Connection& connection, std::uint16_t shards,
                             const engine::SagaFilter& filter);

}  // namespace sagaloom::store
