#include "runtime/store/replay.h"

#include "runtime/core/decide.h"
#include "runtime/store/codec.h"

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

core::Record record_of(engine::Seq seq, std::int16_t format, const core::SagaId& saga,
                       std::string_view text) {
  auto record = decode_record(format, saga, text);
  if (record) return std::move(record).value();
  throw Unreadable("journal row " + std::to_string(seq) + ": " + record.error().code +
                           ": " + record.error().message);
}

core::Saga snapshot_of(const core::SagaId& id, std::string_view text) {
  auto saga = decode_saga(id, text);
  if (saga) return std::move(saga).value();
  throw Unreadable("snapshot of saga " + core::to_string(id) + ": " + saga.error().code +
                           ": " + saga.error().message);
}

}  // namespace sagaloom::store
