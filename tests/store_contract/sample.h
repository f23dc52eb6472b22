// Rows of made-up orders for the contract cases: deterministic, one order per number.
// Threads: free functions without state.
#pragma once

#include <string>

#include "runtime/engine/store.h"

namespace sagaloom::tests {

core::Time sample_time(std::int64_t n);  // a second apart
core::SagaId sample_id(engine::ShardNumber shard, std::int64_t n);
std::string sample_digest(std::int64_t n);  // 64 hex digits

// A state with `records` records: accepted at 1, one step done at 2, completed at 3.
core::Saga sample_saga(engine::ShardNumber shard, std::int64_t n, int records);
// The record that leads from `records` - 1 to `records`.
core::Record sample_record(engine::ShardNumber shard, std::int64_t n, int records);

engine::IdentityRow sample_identity(engine::ShardNumber shard, std::int64_t n);
engine::SagaRow sample_row(const core::Saga& saga, engine::Seq first, engine::Seq last,
                           const std::string& state);

// A batch in the making: seqs are given from `first` on.
class SampleBatch {
 public:
  SampleBatch(engine::OwnedShard owned, engine::Seq first);
  explicit SampleBatch(const engine::OwnedShard& owned) : SampleBatch(owned, owned.max_seq + 1) {}

  // Order n's first record with its saga row and identity; returns its seq.
  engine::Seq accept(std::int64_t n);
  engine::Seq step(std::int64_t n, engine::Seq prev);
  // The third record and the ended state.
  engine::Seq complete(std::int64_t n, engine::Seq first, engine::Seq prev);
  engine::Seq mark();
  // An accept that the store's fixture refuses.
  engine::Seq accept_refused(std::int64_t n);

  engine::ShardRows rows;
  std::vector<engine::ShardRows> list() const { return {rows}; }

 private:
  engine::Seq append(const core::SagaId& id, engine::Seq prev, core::Record record);
  engine::Seq next_;
};

// The note that makes a store of these tests refuse a row.
inline constexpr const char* refused_mark = "refused-by-the-fixture";

std::string text_of(const core::Record& record);
std::string text_of(const std::vector<engine::StoredRecord>& rows);  // seqs and records
std::vector<engine::Seq> seqs_of(const std::vector<engine::StoredRecord>& rows);

}  // namespace sagaloom::tests
