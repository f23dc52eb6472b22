// A page of sagas: per shard the newest by an index, merged by id in the server.
#pragma once

#include "runtime/engine/store.h"
#include "runtime/store/postgres/connection.h"

namespace sagaloom::store {

engine::SagaPage list_newest(PgConnection& connection, std::uint16_t shards,
                             const engine::SagaFilter& filter);

}  // namespace sagaloom::store
