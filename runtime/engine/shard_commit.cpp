// What a commit makes true: states, answers, calls, timers, rows to publish.
#include <atomic>
#include <cassert>
#include <utility>

#include "runtime/engine/rows.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

constexpr std::size_t resident_overhead = 2'048;

bool is_parked(const core::Saga& saga) {
  return core::shown(saga) == core::Shown::parked;
}

// Changed in place when nobody else looks at it any more.
core::Saga& writable(std::shared_ptr<core::Saga>& state) {
  if (state.use_count() > 1) state = std::make_shared<core::Saga>(*state);
  std::atomic_thread_fence(std::memory_order_acquire);
  return *state;
}

EngineError stopped() {
  EngineError error;
  error.kind = EngineError::Kind::unavailable;
  error.code = "shard_not_here";
  error.message = "another node owns this saga's shard now; repeat with the same identity";
  error.retry_after_s = 1;
  return error;
}

EngineError saga_unknown(const core::SagaId& id) {
  EngineError error;
  error.kind = EngineError::Kind::not_found;
  error.code = "saga_unknown";
  error.message = "there is no saga " + core::to_string(id);
  return error;
}

}  // namespace

Shard::Shard(Recovered recovered, ShardOptions options, ShardWorld world, core::Time now)
    : first_epoch_(recovered.owned.epoch),
      owned_(recovered.owned),
      options_(options),
      world_(std::move(world)),
      random_(options.seed),
      next_timer_read_(recovered.next_timer_read),
      progress_(recovered.progress),
      stored_progress_(recovered.progress),
      last_now_(now) {
  for (Loaded& saga : recovered.sagas) {
    if (saga.unsnapped != 0) unsnapped_.emplace_back(saga.unsnapped, saga.state->id);
  }
  std::sort(unsnapped_.begin(), unsnapped_.end());
  for (Loaded& saga : recovered.sagas) admit_loaded(std::move(saga), now);
  note_progress(now);
}

// ---------------------------------------------------------------- into memory and out of it

void Shard::admit_loaded(Loaded loaded, core::Time now) {
  const core::SagaId id = loaded.state->id;
  const auto [it, fresh] = residents_.try_emplace(id);
  if (!fresh) return;
  Resident& resident = it->second;
  resident.state = std::move(loaded.state);
  const core::SagaRecord& head = resident.state->head;
  resident.definition = world_.definition(head.definition);
  resident.first_seq = loaded.first_seq;
  resident.last_seq = loaded.last_seq;
  resident.unsnapped = loaded.unsnapped;
  resident.stored_due = loaded.stored_due;
  count_in(resident);
  if (!head.identity.empty() && !core::ended(head.phase)) {
    const auto [known, first] =
        identities_.try_emplace({head.tenant, head.workflow, head.identity});
    if (first) {
      known->second.state = Identity::State::known;
      known->second.saga = id;
    }
  }
  refresh(id, resident, now, true);
  if (resident.idle && !core::ended(head.phase)) want_checkpoint(id, resident);
}

void Shard::count_in(Resident& resident) {
  resident.bytes = resident_overhead + resident.state->head.bytes;
  resident_bytes_ += resident.bytes;
  if (core::ended(resident.state->head.phase)) return;
  ++live_;
  if (is_parked(*resident.state)) ++parked_;
}

bool Shard::may_leave(const Resident& resident) const {
  return resident.idle && resident.unsnapped == 0 && !resident.in_batch && !resident.queued &&
         resident.events.empty();
}

void Shard::leave(Residents::iterator it) {
  const core::SagaId id = it->first;
  Resident& resident = it->second;
  const core::SagaRecord& head = resident.state->head;
  if (!head.identity.empty()) {
    const auto known = identities_.find({head.tenant, head.workflow, head.identity});
    if (known != identities_.end() && known->second.state == Identity::State::known &&
        known->second.saga == id) {
      identities_.erase(known);
    }
  }
  if (!core::ended(head.phase)) {
    --live_;
    ++away_;
    if (resident.due != core::Time{}) {
      next_timer_read_ = std::min(next_timer_read_, resident.due - options_.residence_horizon / 2);
    }
    if (is_parked(*resident.state)) {
      --parked_;
      ++away_parked_;
    }
  }
  arm(id, resident, core::Time{});
  plugin_waits_.erase(id);
  resident_bytes_ -= resident.bytes;
  residents_.erase(it);
}

// ---------------------------------------------------------------- look-ups of sagas

std::vector<core::SagaId> Shard::loads_wanted() {
  return std::exchange(loads_wanted_, {});
}

void Shard::loaded(const std::vector<core::SagaId>& asked, std::vector<StoredSnapshot> snapshots,
                   core::Time now) {
  for (StoredSnapshot& snapshot : snapshots) {
    const core::SagaId id = snapshot.saga.id;
    compared(id, &snapshot.saga);
    if (residents_.contains(id)) continue;
    const bool parked = is_parked(snapshot.saga);
    const bool over = core::ended(snapshot.saga.head.phase);
    Loaded loaded;
    loaded.first_seq = snapshot.first_seq;
    loaded.last_seq = snapshot.snap_seq;
    loaded.state = std::make_shared<core::Saga>(std::move(snapshot.saga));
    admit_loaded(std::move(loaded), now);
    Resident& resident = residents_.at(id);
    resident.stored_due = resident.due;  // it left with a timer row for its next due time
    if (over) continue;
    if (away_ > 0) --away_;
    if (parked && away_parked_ > 0) --away_parked_;
  }
  for (const core::SagaId& id : asked) give_loaded(id);
}

// What waited for this saga goes to it; it does not stay in memory without a reason.
void Shard::give_loaded(const core::SagaId& id) {
  compared(id, nullptr);
  std::vector<Pending> events;
  if (auto waiting = loading_.extract(id)) events = std::move(waiting.mapped());
  const auto it = residents_.find(id);
  for (Pending& pending : events) {
    if (it == residents_.end()) {
      answer_error(pending.done, saga_unknown(id));
    } else {
      push(id, it->second, std::move(pending));
    }
  }
  if (it != residents_.end() && may_leave(it->second)) leave(it);
}

void Shard::loads_away(const std::vector<core::SagaId>& asked) {
  for (const core::SagaId& id : asked) {
    compared(id, nullptr);
    const auto waiting = loading_.find(id);
    if (waiting == loading_.end()) continue;
    for (Pending& pending : waiting->second) {
      EngineError error = stopped();
      error.code = "store_away";
      error.message = "the store did not answer; repeat";
      answer_error(pending.done, std::move(error));
    }
    loading_.erase(waiting);
  }
  // What was asked for by a timer is asked for again.
  next_timer_read_ = std::min(next_timer_read_, last_now_ + core::Duration{1'000});
}

bool Shard::take_timer_read(core::Time now) {
  if (next_timer_read_ > now) return false;
  next_timer_read_ = core::Time::max();
  return true;
}

void Shard::timers_away(core::Time now) {
  next_timer_read_ = std::min(next_timer_read_, now + core::Duration{1'000});
}

// Rows within the horizon bring their sagas back; the first beyond it says when to look again.
void Shard::timers_found(const std::vector<StoredTimer>& timers, core::Time now) {
  for (const StoredTimer& timer : timers) {
    if (timer.due > now + options_.residence_horizon) {
      next_timer_read_ = std::min(next_timer_read_, timer.due - options_.residence_horizon / 2);
      break;
    }
    const auto it = residents_.find(timer.saga);
    if (it != residents_.end()) {
      it->second.stored_due = timer.due;
    } else if (!loading_.contains(timer.saga)) {
      loading_.try_emplace(timer.saga);
      loads_wanted_.push_back(timer.saga);
    }
  }
}

// ---------------------------------------------------------------- commits

void Shard::published(Seq seq, std::vector<DeadLetterRow> dead_letters, core::Time now) {
  progress_.published = std::max(progress_.published, seq);
  dead_letters_.insert(dead_letters_.end(), std::make_move_iterator(dead_letters.begin()),
                       std::make_move_iterator(dead_letters.end()));
  note_progress(now);
}

void Shard::on_committed(BatchPointer batch, core::Time now) {
  assert(in_flight_);
  in_flight_ = false;
  last_now_ = std::max(last_now_, now);
  owned_.epoch = batch->rows.epoch;
  owned_.max_seq = batch->base + static_cast<Seq>(batch->items.size());
  if (batch->rows.progress) stored_progress_ = *batch->rows.progress;
  checkpoints_committed(*batch);
  batch->rows.sagas.clear();  // they share states that are changed now
  for (std::size_t i = 0; i < batch->items.size(); ++i) item_committed(*batch, i, now);
  if (options_.publishes) {
    for (JournalRow& row : batch->rows.journal) {
      effects_.committed.push_back(
          {row.seq, row.saga, row.prev, batch->rows.generation, std::move(row.record)});
    }
  }
  note_progress(now);
}

void Shard::item_committed(Batch& batch, std::size_t index, core::Time now) {
  BatchItem& item = batch.items[index];
  const JournalRow& row = batch.rows.journal[index];
  if (item.kind == BatchItem::Kind::accept) return accept_committed(item, row, now);
  if (item.kind == BatchItem::Kind::record) return record_committed(item, row, now);
}

void Shard::accept_committed(BatchItem& item, const JournalRow& row, core::Time now) {
  if (item.refused != BatchItem::Refused::no) return start_refused(item);
  Resident& resident = residents_[item.saga];
  resident.state = std::move(item.after);
  resident.definition = item.definition;
  resident.first_seq = row.seq;
  count_in(resident);
  world_.observer->saga_accepted(resident.state->head.workflow);
  start_accepted(item, resident.state->head);
  after_record(item, row, now);
}

void Shard::record_committed(BatchItem& item, const JournalRow& row, core::Time now) {
  Resident& resident = residents_.at(item.saga);
  resident.in_batch = false;
  if (item.refused == BatchItem::Refused::gone) {
    world_.observer->log("error", "storage.refused",
                         "the store refused even the short record of saga " +
                             core::to_string(item.saga) + "; it stands still until a restart");
    answer_view(item.verb, resident);
    return enqueue(item.saga, resident);
  }
  const bool was_over = core::ended(resident.state->head.phase);
  const bool was_parked = !was_over && is_parked(*resident.state);
  item.before.reset();
  if (item.after) {
    resident.state = std::move(item.after);
  } else {
    core::apply(writable(resident.state), row.record);
  }
  const bool over = core::ended(resident.state->head.phase);
  const bool parked = !over && is_parked(*resident.state);
  if (over && !was_over) --live_;
  if (was_parked != parked) parked_ += parked ? 1 : -1;
  if (parked && !was_parked) world_.observer->saga_parked(resident.state->head.workflow);
  if (over && !was_over) {
    const core::SagaRecord& head = resident.state->head;
    world_.observer->saga_ended(head.workflow, core::name(head.phase),
                                static_cast<double>((head.ended - head.created).count()) / 1e3);
  }
  resident.stored_due = core::Time{};
  answer_view(item.verb, resident);
  if ((over && !was_over) || (parked && !was_parked)) effects_.settled.push_back(resident.state);
  after_record(item, row, now);
}

// The state is the new one: what follows from it.
void Shard::after_record(BatchItem& item, const JournalRow& row, core::Time now) {
  const auto it = residents_.find(item.saga);
  Resident& resident = it->second;
  resident.last_seq = row.seq;
  if (core::ended(resident.state->head.phase)) {
    resident.unsnapped = 0;  // its end was written with the final state
  } else if (resident.unsnapped == 0) {
    resident.unsnapped = row.seq;
    unsnapped_.emplace_back(row.seq, item.saga);
  }
  refresh(item.saga, resident, now, false);
  enqueue(item.saga, resident);
  if (may_leave(resident)) {
    leave(it);
  } else if (resident.idle && resident.unsnapped != 0) {
    want_checkpoint(item.saga, resident);
  }
}

void Shard::checkpoints_committed(const Batch& batch) {
  for (const TimerRow& timer : batch.rows.timers) {
    const auto it = residents_.find(timer.saga);
    if (it != residents_.end()) it->second.stored_due = timer.due;
  }
  for (const SagaRow& row : batch.rows.sagas) {
    if (!row.snapshot || !row.live) continue;
    const auto it = residents_.find(row.id);
    if (it == residents_.end()) continue;
    it->second.unsnapped = 0;
    it->second.checkpoint = false;
    if (may_leave(it->second)) leave(it);
  }
}

Seq Shard::checkpoint_seq() const {
  for (const auto& [seq, id] : unsnapped_) {
    const auto it = residents_.find(id);
    if (it != residents_.end() && it->second.unsnapped == seq) return seq - 1;
  }
  return owned_.max_seq;
}

// ---------------------------------------------------------------- the end, facts

Effects Shard::abandon(BatchPointer batch) {
  if (batch) {
    for (BatchItem& item : batch->items) {
      answer_start(item.accepted, stopped());
      answer_error(item.verb, stopped());
    }
  }
  for (Start& start : starts_) answer_start(start.done, stopped());
  for (auto& [key, identity] : identities_) {
    for (Start& start : identity.waiting) answer_start(start.done, stopped());
  }
  for (auto& [id, resident] : residents_) {
    for (Pending& pending : resident.events) answer_error(pending.done, stopped());
  }
  for (auto& [id, starts] : comparing_) {
    for (Start& start : starts) answer_start(start.done, stopped());
  }
  for (auto& [id, events] : loading_) {
    for (Pending& pending : events) answer_error(pending.done, stopped());
  }
  effects_.calls.clear();
  return take_effects();
}

const core::Saga* Shard::find(const core::SagaId& id) const {
  const auto it = residents_.find(id);
  return it == residents_.end() ? nullptr : it->second.state.get();
}

std::optional<SagaView> Shard::view(const core::SagaId& id) const {
  const auto it = residents_.find(id);
  if (it == residents_.end()) return std::nullopt;
  return SagaView{*it->second.state, it->second.definition};
}

bool Shard::settled() const {
  return !in_flight_ && starts_.empty() && undo_.empty() && running_.empty() && submissions_ == 0;
}

}  // namespace sagaloom::engine
