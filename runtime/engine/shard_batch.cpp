// Deciding: from what waits in the inlets to the rows of one batch.
#include <algorithm>
#include <utility>

#include "runtime/engine/rows.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

constexpr core::Duration progress_interval{1'000};
constexpr std::size_t checkpoints_per_batch = 100;

// splitmix64: a stream of jitter that the seed alone decides.
double draw(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

// A task that is not there, input that does not fit: the rest is a conflict with the state.
EngineError::Kind kind_of(std::string_view refusal) {
  if (refusal == "task.not_open") return EngineError::Kind::not_found;
  if (refusal == "input.invalid") return EngineError::Kind::invalid;
  return EngineError::Kind::conflict;
}

core::Event offer_of(const Inbox::Entry& entry) {
  core::Event event;
  event.code = bare_name(entry.head);
  event.inbox = entry.head.seq;
  if (!is_signal(entry.head)) {
    event.kind = core::EventKind::deliver;
    event.details = *entry.data;
    return event;
  }
  event.kind = core::EventKind::signal;
  const core::Value* data = entry.data->find("data");
  event.output = data == nullptr ? core::Value{} : *data;
  event.by = text_of(*entry.data, "by");
  return event;
}

bool full(const Batch& batch, const BatchBudget& budget) {
  return batch.items.size() >= budget.rows || batch.bytes >= budget.bytes;
}

// A migration is proven for the saga as it was; then `occurrence` is how many records it had.
bool moved_since(const core::Event& event, const core::Saga& saga) {
  return event.kind == core::EventKind::migrate && event.occurrence != saga.head.records;
}

EngineError moved_on() {
  EngineError error;
  error.kind = EngineError::Kind::conflict;
  error.code = "saga.moved";
  error.message = "the saga moved on after the migration was proven; repeat";
  return error;
}

}  // namespace

core::Context Shard::context(const core::Definition& definition, core::Time now) {
  core::Context context;
  context.now = now;
  context.jitter = draw(random_);
  if (world_.missing) {
    context.missing = [this, definition = &definition](std::string_view operation) {
      return world_.missing(*definition, operation);
    };
  }
  return context;
}

BatchPointer Shard::take_batch(core::Time now, const BatchBudget& budget) {
  if (in_flight_ || !has_work(now)) return nullptr;
  auto batch = std::make_unique<Batch>();
  batch->base = owned_.max_seq;
  batch->taken_epoch = first_epoch_;
  batch->rows.shard = owned_.shard;
  batch->rows.epoch = owned_.epoch;
  batch->rows.generation = owned_.generation;
  take_mail(*batch, budget, now);
  decide_queue(undo_, *batch, budget, now);
  decide_queue(running_, *batch, budget, now);
  decide_starts(*batch, budget, now);
  take_proofs(*batch);
  add_checkpoints(*batch, now);
  add_progress(*batch, now);
  if (batch->items.empty() && !batch->rows.progress) return nullptr;
  in_flight_ = true;
  return batch;
}

bool Shard::has_work(core::Time now) const {
  if (!undo_.empty() || !running_.empty() || !starts_.empty() || !checkpoints_.empty()) return true;
  if (mail_work()) return true;
  if (progress_moved_at_ == core::Time::max()) return false;
  return finishing_ || progress_moved_at_ + progress_interval <= now;
}

void Shard::decide_queue(std::deque<core::SagaId>& queue, Batch& batch, const BatchBudget& budget,
                         core::Time now) {
  while (!queue.empty() && !full(batch, budget)) {
    const core::SagaId id = queue.front();
    queue.pop_front();
    const auto it = residents_.find(id);
    if (it == residents_.end()) continue;
    it->second.queued = false;
    decide_saga(id, it->second, batch, now);
    if (it->second.in_batch) continue;
    refresh(id, it->second, now, false);
    if (may_leave(it->second)) leave(it);
  }
}

// Takes events until one leads to a record; those that change nothing are answered at once.
void Shard::decide_saga(const core::SagaId& id, Resident& resident, Batch& batch, core::Time now) {
  if (!resident.definition) return;
  while (!resident.in_batch) {
    std::optional<Pending> next = next_event(id, resident, now);
    if (!next) return;
    decide_event(id, resident, std::move(*next), batch, now);
  }
}

// What is stored in the inbox goes before timers, and after everything else that waits.
std::optional<Pending> Shard::next_event(const core::SagaId& id, Resident& resident,
                                         core::Time now) {
  const bool only_timers = resident.events.empty() ||
                           resident.events.front().event.kind == core::EventKind::timer ||
                           resident.events.front().event.kind == core::EventKind::deadline;
  if (resident.mail && only_timers) {
    bool wait_for_data = false;
    const Inbox::Entry* entry = next_offer(resident, wait_for_data);
    if (wait_for_data) return std::nullopt;
    if (entry != nullptr) return Pending{offer_of(*entry), nullptr};
    resident.mail = false;
  }
  if (resident.events.empty()) return std::nullopt;
  Pending next = std::move(resident.events.front());
  resident.events.erase(resident.events.begin());
  return next;
}

void Shard::decide_event(const core::SagaId& id, Resident& resident, Pending pending, Batch& batch,
                         core::Time now) {
  if (moved_since(pending.event, *resident.state)) return answer_error(pending.done, moved_on());
  core::Decision decision = core::decide(*resident.definition, *resident.state, pending.event,
                                         context(*resident.definition, now));
  const Seq row = pending.event.inbox;
  if (decision.record) {
    BatchItem item;
    item.kind = BatchItem::Kind::record;
    item.saga = id;
    item.first_seq = resident.first_seq;
    item.stored_due = resident.stored_due;
    item.due_unsure = resident.due_unsure;
    item.before = resident.state;
    item.definition = resident.definition;
    item.verb = std::move(pending.done);
    if (row != 0) item.taken = head_of(*resident.state, row);
    decision.record->saga = id;
    append_record(batch, std::move(item), std::move(*decision.record), resident.last_seq);
    if (!pending.once.key.empty()) remember(batch, own_box(*resident.state), pending.once, now);
    resident.in_batch = true;
  } else if (row != 0) {
    offered_in_vain(resident, row);
  } else if (decision.refusal) {
    EngineError error;
    error.kind = kind_of(decision.refusal->code);
    error.code = decision.refusal->code;
    error.message = decision.refusal->message;
    if (pending.proof) return answer_proven<SagaView>(std::move(pending.done), std::move(error));
    // Perhaps refused because of what the same request did a moment ago.
    if (!pending.once.key.empty()) {
      return ask_first(id, resident, std::move(pending), std::move(error));
    }
    answer_error(pending.done, std::move(error));
  } else {
    world_.observer->event_stale(core::name(pending.event.kind));
    if (!pending.proof) return answer_view(pending.done, resident);
    answer_proven<SagaView>(std::move(pending.done),
                            SagaView{*resident.state, resident.definition});
  }
}

void Shard::decide_starts(Batch& batch, const BatchBudget& budget, core::Time now) {
  while (!starts_.empty() && !full(batch, budget)) {
    Start start = std::move(starts_.front());
    starts_.pop_front();
    --submissions_;
    core::Event event;
    event.kind = start.kind;
    event.start = start.head;
    if (start.lock_held) event.code = "lock_held";
    core::Saga none;
    none.id = start.id;
    core::Decision decision =
        core::decide(*start.definition, none, event, context(*start.definition, now));
    BatchItem item;
    item.kind = BatchItem::Kind::accept;
    item.saga = start.id;
    item.definition = start.definition;
    item.accepted = std::move(start.done);
    if (!decision.record) {
      decision_refused(item, decision);
      continue;
    }
    decision.record->saga = start.id;
    append_record(batch, std::move(item), std::move(*decision.record), 0);
  }
}

// Sagas whose first record without a snapshot lies too far behind want a checkpoint.
void Shard::find_laggards() {
  while (!unsnapped_.empty()) {
    const auto [seq, id] = unsnapped_.front();
    const auto it = residents_.find(id);
    if (it != residents_.end() && it->second.unsnapped == seq) break;
    unsnapped_.pop_front();
  }
  for (const auto& [seq, id] : unsnapped_) {
    if (owned_.max_seq - seq <= options_.checkpoint_lag) return;
    if (checkpoints_.size() >= checkpoints_per_batch) return;
    const auto it = residents_.find(id);
    if (it == residents_.end() || it->second.unsnapped != seq) continue;
    want_checkpoint(id, it->second);
  }
}

void Shard::want_checkpoint(const core::SagaId& id, Resident& resident) {
  if (resident.checkpoint_refused == Resident::CheckpointRefused::alone) return;
  if (std::exchange(resident.checkpoint, true)) return;
  checkpoints_.push_back(id);
}

// States of sagas that lie far behind or will wait long, so that recovery stays bounded. One whose
// checkpoint was refused in company gets a mark row of its own, which tells whose fault it was.
void Shard::add_checkpoints(Batch& batch, core::Time now) {
  find_laggards();
  std::deque<core::SagaId> later;
  std::vector<Residents::iterator> together, alone;
  while (!checkpoints_.empty() && together.size() + alone.size() < checkpoints_per_batch) {
    const auto it = residents_.find(checkpoints_.front());
    checkpoints_.pop_front();
    if (it == residents_.end()) continue;
    Resident& resident = it->second;
    if (resident.unsnapped == 0) {  // its snapshot is the newest state
      resident.checkpoint = false;
    } else if (resident.in_batch) {
      later.push_back(it->first);
    } else {
      const bool refused = resident.checkpoint_refused != Resident::CheckpointRefused::no;
      (refused ? alone : together).push_back(it);
    }
  }
  if (!together.empty()) append_mark(batch);
  for (const auto& it : together) add_checkpoint(batch, it->first, it->second, now);
  for (const auto& it : alone) {
    append_mark(batch);
    add_checkpoint(batch, it->first, it->second, now);
  }
  checkpoints_.insert(checkpoints_.end(), later.begin(), later.end());
}

void Shard::add_checkpoint(Batch& batch, const core::SagaId& id, const Resident& resident,
                           core::Time now) {
  batch.items.back().checkpoints.push_back(id);
  append_checkpoint(batch,
                    {resident.state, resident.first_seq, resident.last_seq, resident.stored_due,
                     resident.idle ? resident.due : now, resident.due_unsure});
}

bool Shard::progress_moved() const {
  const Seq published = options_.publishes ? progress_.published : owned_.max_seq;
  return published != stored_progress_.published ||
         checkpoint_seq() != stored_progress_.checkpoint || !dead_letters_.empty();
}

void Shard::note_progress(core::Time now) {
  if (progress_moved_at_ == core::Time::max() && progress_moved()) progress_moved_at_ = now;
}

// With a batch that goes anyway, or alone after a second; at most once a second.
void Shard::add_progress(Batch& batch, core::Time now) {
  if (!progress_moved()) {
    progress_moved_at_ = core::Time::max();
    return;
  }
  const core::Time due = batch.items.empty() ? progress_moved_at_ : progress_written_at_;
  // A process that lives less than the interval must still shorten the next one's recovery.
  const bool far =
      checkpoint_seq() - stored_progress_.checkpoint > static_cast<Seq>(options_.checkpoint_lag);
  if (!finishing_ && !far && now < due + progress_interval) return;
  if (!dead_letters_.empty()) {
    BatchItem& mark = append_mark(batch);
    mark.rows.dead_letters = static_cast<std::uint32_t>(dead_letters_.size());
    batch.rows.dead_letters = std::exchange(dead_letters_, {});
  }
  if (!options_.publishes) progress_.published = owned_.max_seq;
  progress_.checkpoint = checkpoint_seq();
  batch.rows.progress = progress_;
  progress_written_at_ = now;
  progress_moved_at_ = core::Time::max();
}

}  // namespace sagaloom::engine
