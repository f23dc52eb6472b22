#include "runtime/store/replay.h"

#include "runtime/core/decide.h"

namespace sagaloom::store {

core::Saga replay(const core::SagaId& id, std::optional<core::Saga> snapshot, engine::Seq snap_seq,
                  const std::vector<engine::StoredRecord>& records) {
  core::Saga saga;
  if (snapshot) saga = std::move(*snapshot);
  saga.id = id;
  for (const auto& row : records) {
    if (row.seq > snap_seq) core::apply(saga, row.record);
  }
  return saga;
}

}  // namespace sagaloom::store
