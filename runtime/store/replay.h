// A saga from its snapshot and the records after it.
#pragma once

#include <optional>
#include <vector>

#include "runtime/engine/store.h"

namespace sagaloom::store {

// Applies the records above `snap_seq`, oldest first, to the snapshot, or to an empty saga.
core::Saga replay(const core::SagaId& id, std::optional<core::Saga> snapshot, engine::Seq snap_seq,
                  const std::vector<engine::StoredRecord>& records);

}  // namespace sagaloom::store
