// Which sagas are in memory: how they come, what they are read for, when they leave.
#include <algorithm>
#include <utility>

#include "runtime/engine/rows.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

constexpr std::size_t resident_overhead = 2'048;
constexpr std::size_t timers_beyond_known = 1'000;  // rows of one read, beyond those in memory
constexpr core::Duration timer_read_pause{1'000};

bool is_parked(const core::Saga& saga) {
  return core::shown(saga) == core::Shown::parked;
}

EngineError away() {
  EngineError error;
  error.kind = EngineError::Kind::unavailable;
  error.code = "store_away";
  error.message = "the store did not answer; repeat";
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
  if (resident.stored_due == core::Time{}) {  // a row that was not read lies where its state says
    resident.stored_due = timer_row_of(*resident.state);
    resident.due_unsure = resident.stored_due != core::Time{};
  }
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
  note_mail(id, resident);
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
         resident.events.empty() && !resident.mail;
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
  forget_mail(resident);
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
    if (const auto row = woken_by_.extract(id)) loaded.stored_due = row.mapped();
    loaded.state = std::make_shared<core::Saga>(std::move(snapshot.saga));
    admit_loaded(std::move(loaded), now);
    if (over) continue;
    if (away_ > 0) --away_;
    if (parked && away_parked_ > 0) --away_parked_;
  }
  for (const core::SagaId& id : asked) give_loaded(id);
}

// What waited for this saga goes to it; it does not stay in memory without a reason.
void Shard::give_loaded(const core::SagaId& id) {
  compared(id, nullptr);
  woken_by_.erase(id);
  std::vector<Pending> events;
  if (auto waiting = loading_.extract(id)) events = std::move(waiting.mapped());
  const auto it = residents_.find(id);
  for (Pending& pending : events) {
    if (it != residents_.end()) {
      push(id, it->second, std::move(pending));
    } else if (pending.proof) {
      answer_proven<SagaView>(std::move(pending.done), saga_unknown(id));
    } else {
      answer_error(pending.done, saga_unknown(id));
    }
  }
  if (it != residents_.end() && may_leave(it->second)) leave(it);
}

void Shard::loads_away(const std::vector<core::SagaId>& asked) {
  for (const core::SagaId& id : asked) {
    compared(id, nullptr);
    woken_by_.erase(id);
    const auto waiting = loading_.find(id);
    if (waiting == loading_.end()) continue;
    for (Pending& pending : waiting->second) {
      answer_error(pending.done, away());
    }
    loading_.erase(waiting);
  }
  attend_again();
  // What was asked for by a timer is asked for again.
  next_timer_read_ = std::min(next_timer_read_, last_now_ + core::Duration{1'000});
}

bool Shard::take_timer_read(core::Time now) {
  if (next_timer_read_ > now) return false;
  next_timer_read_ = core::Time::max();
  timer_read_limit_ = residents_.size() + loading_.size() + timers_beyond_known;
  return true;
}

void Shard::timers_away(core::Time now) {
  next_timer_read_ = std::min(next_timer_read_, now + core::Duration{1'000});
}

// Rows within the horizon bring their sagas back; the first beyond it says when to look again. A
// read that was full without one is followed by a larger one, and rows that nothing comes of do
// not make it spin.
void Shard::timers_found(const std::vector<StoredTimer>& timers, core::Time now) {
  bool fresh = false;
  for (const StoredTimer& timer : timers) {
    if (timer.due > now + options_.residence_horizon) {
      next_timer_read_ = std::min(next_timer_read_, timer.due - options_.residence_horizon / 2);
      return;
    }
    const auto it = residents_.find(timer.saga);
    if (it != residents_.end()) {
      it->second.stored_due = timer.due;
      it->second.due_unsure = false;
    } else if (!loading_.contains(timer.saga)) {
      loading_.try_emplace(timer.saga);
      woken_by_[timer.saga] = timer.due;
      loads_wanted_.push_back(timer.saga);
      fresh = true;
    }
  }
  if (timers.size() < timer_read_limit_) return;
  const core::Time again = fresh ? now : now + timer_read_pause;
  next_timer_read_ = std::min(next_timer_read_, again);
}

}  // namespace sagaloom::engine
