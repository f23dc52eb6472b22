// Reads a shard from the store: exactly the reads that the Journal offers, and core::apply.
//
// `step` makes one read and says whether it was the last; between steps the caller may do other
// work. Lifecycle: one per takeover. Threads: the journal's. Errors: StoreError passes through; the
// same step may be repeated. Source: architecture.md section 8.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "runtime/engine/recovered.h"
#include "runtime/engine/store.h"

namespace sagaloom::engine {

class Recovery {
 public:
  Recovery(OwnedShard owned, core::Time now, core::Duration horizon);

  // True: there is nothing more to read.
  bool step(Journal& journal);
  Recovered take();
  std::uint64_t rows_read() const { return rows_read_; }
  // Rows that continue something which is nowhere to be found; 0 in a sound store.
  std::uint64_t damaged() const { return damaged_; }

 private:
  enum class Stage : std::uint8_t { progress, rows, timers, snapshots, inbox, small, done };

  void read_progress(Journal& journal);
  void read_rows(Journal& journal);
  void load_bases(Journal& journal, const std::vector<StoredRecord>& rows);
  void apply_row(const StoredRecord& row);
  void read_timers(Journal& journal);
  void read_due_snapshots(Journal& journal);
  void read_inbox(Journal& journal);
  void read_small(Journal& journal);
  void add_snapshot(StoredSnapshot snapshot);

  struct Found {
    Loaded saga;
    Seq snap_seq = 0;
    bool due = false;  // its timer row is within the horizon
  };
  OwnedShard owned_;
  core::Time now_;
  core::Duration horizon_;
  Stage stage_ = Stage::progress;
  Progress progress_;
  Seq read_through_ = 0;
  std::size_t timer_limit_ = 1'000;
  std::uint64_t rows_read_ = 0, damaged_ = 0;
  std::unordered_map<core::SagaId, Found, core::SagaIdHash> sagas_;
  std::vector<StoredTimer> due_;
  std::vector<InboxHead> inbox_;
  std::vector<SourceRow> sources_;
  std::vector<LockRow> locks_;
  LiveCount count_;
  core::Time next_timer_read_ = core::Time::max();
};

}  // namespace sagaloom::engine
