#include "runtime/engine/recovery.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "runtime/core/decide.h"
#include "runtime/engine/failpoint.h"
#include "runtime/engine/rows.h"

namespace sagaloom::engine {

namespace {
constexpr std::size_t page = 2'000;
constexpr std::size_t inbox_page = 5'000;

bool is_live(const core::Saga& saga) {
  return !core::ended(saga.head.phase) || has_open_call(saga);
}

}  // namespace

Recovery::Recovery(OwnedShard owned, core::Time now, core::Duration horizon)
    : owned_(owned), now_(now), horizon_(horizon) {}

bool Recovery::step(Journal& journal) {
  SAGALOOM_FAILPOINT("during_recovery");
  switch (stage_) {
    case Stage::progress:
      read_progress(journal);
      break;
    case Stage::rows:
      read_rows(journal);
      break;
    case Stage::timers:
      read_timers(journal);
      break;
    case Stage::snapshots:
      read_due_snapshots(journal);
      break;
    case Stage::inbox:
      read_inbox(journal);
      break;
    case Stage::small:
      read_small(journal);
      break;
    case Stage::done:
      break;
  }
  return stage_ == Stage::done;
}

void Recovery::read_progress(Journal& journal) {
  progress_ = journal.read_progress(owned_.shard);
  read_through_ = std::min(progress_.checkpoint, progress_.published);
  stage_ = Stage::rows;
}

void Recovery::read_rows(Journal& journal) {
  const std::vector<StoredRecord> rows = journal.read_journal(owned_.shard, read_through_, page);
  load_bases(journal, rows);
  for (const StoredRecord& row : rows) apply_row(row);
  std::erase_if(sagas_, [](const auto& entry) { return !is_live(*entry.second.saga.state); });
  rows_read_ += rows.size();
  if (!rows.empty()) {
    read_through_ = rows.back().seq;
    owned_.generation = std::max(owned_.generation, rows.back().generation);
  }
  if (rows.size() < page) stage_ = Stage::timers;
}

// A saga whose first row on this page continues something older is in its snapshot up to there.
void Recovery::load_bases(Journal& journal, const std::vector<StoredRecord>& rows) {
  std::vector<core::SagaId> wanted;
  for (const StoredRecord& row : rows) {
    if (row.saga.nil() || row.prev == 0 || sagas_.contains(row.saga)) continue;
    if (row.prev < rows.front().seq) wanted.push_back(row.saga);  // rows are dense
  }
  if (wanted.empty()) return;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (StoredSnapshot& snapshot : journal.read_snapshots(owned_.shard, wanted)) {
    add_snapshot(std::move(snapshot));
  }
}

void Recovery::add_snapshot(StoredSnapshot snapshot) {
  const core::SagaId id = snapshot.saga.id;
  Found& found = sagas_[id];
  found.saga.state = std::make_shared<core::Saga>(std::move(snapshot.saga));
  found.saga.first_seq = snapshot.first_seq;
  found.saga.last_seq = snapshot.snap_seq;
  found.snap_seq = snapshot.snap_seq;
}

void Recovery::apply_row(const StoredRecord& row) {
  if (row.saga.nil()) return;
  if (row.prev != 0 && !sagas_.contains(row.saga)) {
    ++damaged_;  // continues something that neither the journal nor a snapshot has
    return;
  }
  Found& found = sagas_[row.saga];
  if (row.seq <= found.saga.last_seq) return;  // the snapshot holds it
  if (!found.saga.state) {
    found.saga.state = std::make_shared<core::Saga>();
    found.saga.first_seq = row.seq;
  }
  core::Record record = row.record;
  record.saga = row.saga;
  core::apply(*found.saga.state, record);
  found.saga.last_seq = row.seq;
  if (found.saga.unsnapped == 0) found.saga.unsnapped = row.seq;
}

// Grows its page until a row beyond the horizon or the end is in sight.
void Recovery::read_timers(Journal& journal) {
  const core::Time horizon = now_ + horizon_;
  std::vector<StoredTimer> timers =
      journal.read_timers(owned_.shard, core::Time::max(), timer_limit_);
  const auto beyond = std::find_if(timers.begin(), timers.end(),
                                   [&](const StoredTimer& timer) { return timer.due > horizon; });
  if (beyond == timers.end() && timers.size() == timer_limit_) {
    timer_limit_ *= 10;
    return;
  }
  if (beyond != timers.end()) next_timer_read_ = beyond->due - horizon_ / 2;
  due_.assign(timers.begin(), beyond);
  stage_ = Stage::snapshots;
}

void Recovery::read_due_snapshots(Journal& journal) {
  std::vector<core::SagaId> wanted;
  for (const StoredTimer& timer : due_) {
    if (!sagas_.contains(timer.saga)) wanted.push_back(timer.saga);
  }
  if (!wanted.empty()) {
    for (StoredSnapshot& snapshot : journal.read_snapshots(owned_.shard, wanted)) {
      add_snapshot(std::move(snapshot));
    }
  }
  for (const StoredTimer& timer : due_) {
    const auto it = sagas_.find(timer.saga);
    if (it == sagas_.end()) continue;
    it->second.due = true;
    it->second.saga.stored_due = timer.due;
  }
  stage_ = Stage::inbox;
}

void Recovery::read_inbox(Journal& journal) {
  std::optional<InboxHead> after;
  if (!inbox_.empty()) after = inbox_.back();
  std::vector<InboxHead> heads = journal.read_inbox_heads(owned_.shard, after, inbox_page);
  if (heads.size() < inbox_page) stage_ = Stage::small;
  inbox_.insert(inbox_.end(), std::make_move_iterator(heads.begin()),
                std::make_move_iterator(heads.end()));
}

void Recovery::read_small(Journal& journal) {
  sources_ = journal.read_sources(owned_.shard);
  locks_ = journal.read_locks(owned_.shard);
  count_ = journal.count_live(owned_.shard);
  stage_ = Stage::done;
}

// Those that are neither in the tail nor due soon stay where they are: in their snapshots.
Recovered Recovery::take() {
  assert(stage_ == Stage::done);
  Recovered result;
  result.owned = owned_;
  result.progress = progress_;
  result.next_timer_read = next_timer_read_;
  result.inbox = std::move(inbox_);
  result.sources = std::move(sources_);
  result.locks = std::move(locks_);
  result.count = count_;
  for (auto& [id, found] : sagas_) {
    if (is_live(*found.saga.state) && (found.saga.unsnapped != 0 || found.due)) {
      if (core::ended(found.saga.state->head.phase)) found.saga.unsnapped = 0;  // in its snapshot
      result.sagas.push_back(std::move(found.saga));
    }
  }
  std::sort(result.sagas.begin(), result.sagas.end(),
            [](const Loaded& a, const Loaded& b) { return a.first_seq < b.first_seq; });
  sagas_.clear();
  return result;
}

}  // namespace sagaloom::engine
