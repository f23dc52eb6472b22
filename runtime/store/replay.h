// Stored text as values, and a saga from its snapshot and the records after it. What cannot be read
// is Unreadable with the place and the codec's message.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/engine/store.h"

namespace sagaloom::store {

// Applies the records above `snap_seq`, oldest first, to the snapshot, or to an empty saga.
core::Saga replay(const core::SagaId& id, std::optional<core::Saga> snapshot, engine::Seq snap_seq,
                  const std::vector<engine::StoredRecord>& records);

// What is stored can't be read: damaged, or written by a newer program. Not worth a retry.
struct Unreadable : engine::StoreError {
  using engine::StoreError::StoreError;
};

// Both throw Unreadable.
core::Record record_of(engine::Seq seq, std::int16_t format, const core::SagaId& saga,
                       std::string_view text);
core::Saga snapshot_of(const core::SagaId& id, std::string_view text);

}  // namespace sagaloom::store
