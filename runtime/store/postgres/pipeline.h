// The sending of a batch and the reading of its answers.
#pragma once

#include <vector>

#include "runtime/engine/store.h"
#include "runtime/store/postgres/connection.h"

namespace sagaloom::store {

// One transaction, one round trip. A definite outcome leaves the connection ready for the next
// batch; throws PgFailure when the connection is lost after a definite failure was rolled back.
engine::CommitOutcome send_batch(PgConnection& connection,
                                 const std::vector<engine::ShardRows>& shards);

}  // namespace sagaloom::store
