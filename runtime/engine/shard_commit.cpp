// What a commit makes true: states, answers, calls, timers, rows to publish.
#include <algorithm>
#include <atomic>
#include <cassert>
#include <utility>

#include "runtime/engine/rows.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

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

EngineError verb_refused(const core::SagaId& id) {
  EngineError error;
  error.kind = EngineError::Kind::refused;
  error.code = "storage.refused";
  error.message = "the store refused the record for its content; saga " + core::to_string(id) +
                  " did not do what was asked: look at its state, then repeat with other content";
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
  away_ = recovered.count.live - std::min(live_, recovered.count.live);
  away_parked_ = recovered.count.parked - std::min(parked_, recovered.count.parked);
  mail_recovered(recovered);
  locks_recovered(std::move(recovered.locks), now);
  note_progress(now);
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
  for (const InboxHead& head : batch->rows.inbox_removed) inbox_.remove(head);
  for (std::size_t i = 0; i < batch->items.size(); ++i) item_committed(*batch, i, now);
  locks_committed(*batch, now);
  mail_committed(*batch);
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
  for (Completion<bool>& done : item.waiting) {
    effects_.answers.push_back([done = std::move(done),
                                stored = item.refused == BatchItem::Refused::no] { done(stored); });
  }
  if (item.kind == BatchItem::Kind::accept) return accept_committed(item, row, now);
  if (item.kind == BatchItem::Kind::record) return record_committed(item, row, now);
  if (item.refused != BatchItem::Refused::no) mark_refused(item);
}

// The states it held are not stored: each is tried once more by itself, then not before it changes.
void Shard::mark_refused(const BatchItem& item) {
  if (item.ticket) locks_.remove(name_of(*item.ticket), item.ticket->ticket);
  if (item.rows.dead_letters > 0) {
    world_.observer->log("error", "storage.refused",
                         "the store refused the content of " +
                             std::to_string(item.rows.dead_letters) +
                             " dead letters; they are kept without it");
  }
  for (const core::SagaId& id : item.checkpoints) {
    const auto it = residents_.find(id);
    if (it == residents_.end()) continue;
    Resident& resident = it->second;
    resident.checkpoint = false;
    if (item.checkpoints.size() > 1) {
      resident.checkpoint_refused = Resident::CheckpointRefused::in_company;
      want_checkpoint(id, resident);
    } else {
      resident.checkpoint_refused = Resident::CheckpointRefused::alone;
      world_.observer->log("error", "storage.refused",
                           "the store refused the checkpoint of saga " + core::to_string(id) +
                               "; it stays in memory and is read from its records at a restart");
    }
  }
}

void Shard::accept_committed(BatchItem& item, const JournalRow& row, core::Time now) {
  if (item.refused != BatchItem::Refused::no) return start_refused(item);
  Resident& resident = residents_[item.saga];
  resident.state = std::move(item.after);
  resident.definition = item.definition;
  resident.first_seq = row.seq;
  resident.stored_due = item.due_after;
  count_in(resident);
  world_.observer->saga_accepted(resident.state->head.workflow);
  start_accepted(item, resident.state->head);
  after_record(item, row, now);
}

// Nothing of the record is stored: the saga is as it was before, and an answer stays unheard.
void Shard::record_refused(BatchItem& item, core::Time now) {
  const auto it = residents_.find(item.saga);
  Resident& resident = it->second;
  world_.observer->log("error", "storage.refused",
                       "the store refused a record of saga " + core::to_string(item.saga) +
                           " for its content, and no short one could stand for it; the saga is "
                           "as it was before, and an answer that it lost comes after a restart");
  answer_error(item.verb, verb_refused(item.saga));
  // A timer that led to the refused record has not been heard: it fires again.
  std::erase_if(resident.under_way,
                [](const UnderWay& u) { return u.kind != core::Command::Kind::call; });
  ask_refused_again(item.saga, resident);
  refresh(item.saga, resident, now, false);
  enqueue(item.saga, resident);
  if (may_leave(resident)) {
    leave(it);
  } else if (resident.idle && resident.unsnapped != 0) {
    want_checkpoint(item.saga, resident);
  }
}

void Shard::record_committed(BatchItem& item, const JournalRow& row, core::Time now) {
  Resident& resident = residents_.at(item.saga);
  resident.in_batch = false;
  if (item.refused == BatchItem::Refused::gone) return record_refused(item, now);
  const bool was_over = core::ended(resident.state->head.phase);
  const bool was_parked = !was_over && is_parked(*resident.state);
  item.before.reset();
  if (item.after) {
    resident.state = std::move(item.after);
  } else {
    core::apply(writable(resident.state), row.record);
  }
  const std::string& hash = resident.state->head.definition;
  if (item.definition->hash != hash) resident.definition = world_.definition(hash);  // migrated
  const bool over = core::ended(resident.state->head.phase);
  const bool parked = !over && is_parked(*resident.state);
  if (over && !was_over) --live_;
  if (was_over && !over) ++live_;  // a held child that goes back
  if (was_parked != parked) parked_ += parked ? 1 : -1;
  if (parked && !was_parked) world_.observer->saga_parked(resident.state->head.workflow);
  if (over && !was_over) {
    const core::SagaRecord& head = resident.state->head;
    world_.observer->saga_ended(head.workflow, core::name(head.phase),
                                static_cast<double>((head.ended - head.created).count()) / 1e3);
  }
  resident.stored_due = item.due_after;
  resident.due_unsure = false;
  resident.offered = 0;
  if (item.taken) {
    world_.observer->event_in(item.taken->key.workflow, item.taken->event, "taken");
  }
  if (item.refused == BatchItem::Refused::parked) {
    // A timer that led to the refused record has not been heard: it fires again.
    std::erase_if(resident.under_way,
                  [](const UnderWay& u) { return u.kind != core::Command::Kind::call; });
    ask_refused_again(item.saga, resident);
    answer_error(item.verb, verb_refused(item.saga));
  } else {
    answer_view(item.verb, resident);
  }
  if ((over && !was_over) || (parked && !was_parked)) effects_.settled.push_back(resident.state);
  after_record(item, row, now);
}

// The state is the new one: what follows from it.
void Shard::after_record(BatchItem& item, const JournalRow& row, core::Time now) {
  const auto it = residents_.find(item.saga);
  Resident& resident = it->second;
  resident.last_seq = row.seq;
  resident.checkpoint_refused = Resident::CheckpointRefused::no;
  if (row.record.event.kind != core::EventKind::plugin_installed) resident.told_installed.clear();
  if (core::ended(resident.state->head.phase)) {
    resident.unsnapped = 0;  // its end was written with the final state
  } else if (resident.unsnapped == 0) {
    resident.unsnapped = row.seq;
    unsnapped_.emplace_back(row.seq, item.saga);
  }
  refresh(item.saga, resident, now, false);
  note_mail(item.saga, resident);
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
    if (it == residents_.end()) continue;
    it->second.stored_due = timer.due;
    it->second.due_unsure = false;
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

void Shard::turn_away(std::vector<Completion<bool>>& waiting) {
  for (Completion<bool>& done : waiting) {
    if (!done) continue;
    effects_.answers.push_back([done = std::move(done)] { done(stopped()); });
  }
}

Effects Shard::abandon(BatchPointer batch) {
  if (batch) {
    for (BatchItem& item : batch->items) {
      answer_start(item.accepted, stopped());
      answer_error(item.verb, stopped());
      turn_away(item.waiting);
    }
  }
  for (Waiting& waiting : deliveries_) {
    std::vector<Completion<bool>> one;
    one.push_back(std::move(waiting.delivery.done));
    turn_away(one);
  }
  turn_away(proofs_);
  for (auto& [number, start] : locking_) answer_start(start.done, stopped());
  for (LockWork& work : lock_work_) respond(work.reply, {.again = true});
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
  effects_.asked.clear();
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
  return !in_flight_ && starts_.empty() && undo_.empty() && running_.empty() && submissions_ == 0 &&
         deliveries_.empty() && lock_work_.empty() && proofs_.empty();
}

}  // namespace sagaloom::engine
