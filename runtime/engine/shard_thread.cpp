#include "runtime/engine/shard_thread.h"

#include <algorithm>
#include <random>
#include <utility>

#include "runtime/engine/failpoint.h"
#include "runtime/engine/relay_thread.h"

namespace sagaloom::engine {

namespace {

constexpr core::Duration longest_sleep{1'000};
constexpr core::Duration held_sleep{50};
constexpr std::size_t least_rows_per_shard = 64;

EngineError not_here() {
  EngineError error = error_of(EngineError::Kind::unavailable, "shard_not_here",
                               "this node does not own the saga's shard; try again");
  error.retry_after_s = 1;
  return error;
}

}  // namespace

ShardThread::ShardThread(Wiring& wiring, std::size_t index)
    : wiring_(wiring), inlet_(wiring.inlets[index]) {}

ShardThread::~ShardThread() {
  stop();
}

void ShardThread::start() {
  thread_ = std::thread([this] { loop(); });
}

void ShardThread::stop() {
  inlet_->close();
  if (thread_.joinable()) thread_.join();
}

void ShardThread::loop() {
  while (!inlet_->closed()) {
    inlet_->take(arrivals_, time_to_next());
    turn();
  }
  arrivals_.clear();
}

void ShardThread::turn() {
  now_ = wiring_.clock.now();
  for (Arrival& arrival : arrivals_) dispatch(arrival);
  const BatchBudget limits = budget();
  for (auto& [number, shard] : shards_) {
    shard->tick(now_);
    ask_mail(*shard);  // first, since what it finds may have to be loaded
    ask_loads(*shard);
    if (shard->take_timer_read(now_)) ask_timers(*shard);
  }
  ask_identities();
  for (auto& [number, shard] : shards_) {
    if (BatchPointer batch = shard->take_batch(now_, limits)) {
      wiring_.committer->offer(std::move(batch));
    }
  }
  for (auto& [number, shard] : shards_) {
    Effects effects = shard->take_effects();
    // First what a drain waits for, then the facts it looks at, then those who might ask.
    if (wiring_.relay && !effects.committed.empty()) {
      wiring_.relay->committed(number, std::move(effects.committed));
    }
    publish_facts(*shard);
    if (!effects.empty()) act(number, std::move(effects));
  }
  invoke_held();
  expire_waits();
}

core::Duration ShardThread::time_to_next() const {
  core::Time due = waits_.next_due();
  for (const auto& [number, shard] : shards_) due = std::min(due, shard->next_due());
  core::Duration sleep = longest_sleep;
  const core::Time now = wiring_.clock.now();
  if (due != core::Time::max()) sleep = std::min(sleep, std::max(due - now, core::Duration{0}));
  return held_.empty() ? sleep : std::min(sleep, held_sleep);
}

BatchBudget ShardThread::budget() const {
  const std::size_t all = std::max<std::size_t>(shards_.size() * wiring_.inlets.size(), 1);
  BatchBudget budget;
  budget.rows = std::max<std::size_t>(wiring_.options.batch_rows / all, least_rows_per_shard);
  budget.rows = std::min<std::size_t>(budget.rows, wiring_.options.batch_rows);
  budget.bytes = std::max<std::size_t>(wiring_.options.batch_bytes / all, 1);
  return budget;
}

// ---------------------------------------------------------------- arrivals

void ShardThread::dispatch(Arrival& arrival) {
  if (auto* done = std::get_if<Completed>(&arrival)) return completed(std::move(*done));
  if (auto* start = std::get_if<Submitted>(&arrival)) return submitted(std::move(*start));
  if (auto* commit = std::get_if<CommitVerdict>(&arrival)) return verdict(std::move(*commit));
  std::get<ThreadTask>(arrival)(*this);
}

Shard* ShardThread::shard(ShardNumber number) {
  const auto it = shards_.find(number);
  return it == shards_.end() ? nullptr : it->second.get();
}

void ShardThread::submitted(Submitted arrival) {
  Shard* target = shard(arrival.shard);
  if (target == nullptr) return arrival.start.done(not_here());
  if (target->submit(arrival.start)) return;
  EngineError error = error_of(EngineError::Kind::overloaded, "inlet_full",
                               "too many submissions wait for this shard; try again shortly");
  error.retry_after_s = 1;
  wiring_.ports.observer->submission_refused(error.code);
  arrival.start.done(std::move(error));
}

void ShardThread::completed(Completed arrival) {
  if (arrival.event.purpose == core::Purpose::undo) {
    SAGALOOM_FAILPOINT("during_undo");
  } else if (arrival.event.outcome == core::Outcome::ok) {
    SAGALOOM_FAILPOINT("after_effect_before_result");
  }
  if (Shard* target = shard(arrival.saga.shard())) {
    target->complete(arrival.saga, std::move(arrival.event));
  }
}

void ShardThread::verdict(CommitVerdict verdict) {
  Shard* target = shard(verdict.batch->rows.shard);
  if (target == nullptr || target->first_epoch() != verdict.batch->taken_epoch) {
    return turn_away(*verdict.batch);
  }
  if (verdict.fate != CommitVerdict::Fate::committed) return lose(*target, std::move(verdict));
  target->on_committed(std::move(verdict.batch), now_);
}

// The shard that made this batch is gone; who waited for it can't know how it ended.
void ShardThread::turn_away(Batch& batch) {
  for (BatchItem& item : batch.items) {
    if (item.accepted) item.accepted(not_here());
    if (item.verb) item.verb(not_here());
    for (Completion<bool>& done : item.waiting) done(not_here());
  }
}

void ShardThread::lose(Shard& shard, CommitVerdict verdict) {
  const ShardNumber number = shard.number();
  ShardFacts& facts = wiring_.board[number];
  if (verdict.fate == CommitVerdict::Fate::acknowledged_lost) {
    wiring_.ports.observer->acknowledged_lost(static_cast<std::uint64_t>(verdict.missing));
    wiring_.log("error", "acknowledged_lost",
                "the store lost " + std::to_string(verdict.missing) +
                    " acknowledged rows of shard " + std::to_string(number) +
                    "; the shard is loaded again with a new generation");
    facts.generation_floor = static_cast<std::uint16_t>(shard.generation() + 1);
    facts.wanted = true;
  } else {
    wiring_.log("warning", "shard.lost",
                "another node took shard " + std::to_string(number) + "; its memory is dropped");
  }
  Effects last = shard.abandon(std::move(verdict.batch));
  forget(number);
  for (auto& answer : last.answers) answer();
}

void ShardThread::drop(ShardNumber number) {
  Shard* target = shard(number);
  if (target == nullptr) return;
  Effects last = target->abandon(nullptr);
  forget(number);
  for (auto& answer : last.answers) answer();
}

void ShardThread::forget(ShardNumber number) {
  shards_.erase(number);
  ShardFacts& facts = wiring_.board[number];
  facts.owned = false;
  facts.live = facts.parked = facts.calls = facts.bytes = 0;
  facts.settled = true;
  if (wiring_.relay) wiring_.relay->drop(number);
  std::erase_if(held_, [&](const Held& held) { return held.shard == number; });
  for (const core::SagaId& id : waits_.sagas()) {
    if (id.shard() != number) continue;
    for (auto& done : waits_.take(id)) done(not_here());
  }
}

void ShardThread::install(Recovered recovered) {
  const ShardNumber number = recovered.owned.shard;
  ShardFacts& facts = wiring_.board[number];
  OwnedShard& owned = recovered.owned;
  owned.generation = std::max(owned.generation, facts.generation_floor.load());
  if (wiring_.relay) wiring_.relay->own(number, recovered.progress.published, owned.max_seq);
  ShardOptions options;
  options.inlet_limit = wiring_.options.inlet_limit;
  options.checkpoint_lag = wiring_.options.checkpoint_lag;
  options.residence_horizon = wiring_.options.residence_horizon;
  options.absent_limit =
      std::max<std::size_t>(wiring_.options.absent_events / wiring_.store.shards, 100);
  options.publishes = wiring_.relay != nullptr;
  options.seed = std::random_device{}();
  ShardWorld world;
  world.observer = wiring_.ports.observer;
  world.definition = [this](const std::string& hash) { return wiring_.registry.by_hash(hash); };
  world.missing = [this](const core::Definition& definition, std::string_view operation) {
    if (const auto child = child_named(operation)) {
      return wiring_.registry.find(child->first, child->second) == nullptr;
    }
    return is_missing(*wiring_.ports.steps, definition, operation);
  };
  world.registered = [this](const std::string& workflow, std::uint32_t version) {
    return wiring_.registry.find(workflow, version);
  };
  auto made = std::make_unique<Shard>(std::move(recovered), options, std::move(world), now_);
  facts.epoch = made->epoch();
  facts.head = made->head();
  facts.wanted = false;
  facts.load_failures = 0;
  facts.unreadable = false;
  facts.owned = true;
  shards_[number] = std::move(made);
}

void ShardThread::published(ShardNumber number, Seq seq, std::vector<DeadLetterRow> letters) {
  if (Shard* target = shard(number)) target->published(seq, std::move(letters), now_);
}

void ShardThread::definitions_changed() {
  for (auto& [number, shard] : shards_) shard->definitions_changed();
}

void ShardThread::finish() {
  for (auto& [number, shard] : shards_) shard->finish();
}

void ShardThread::publish_facts(Shard& shard) {
  ShardFacts& facts = wiring_.board[shard.number()];
  constexpr auto relaxed = std::memory_order_relaxed;
  facts.epoch.store(shard.epoch(), relaxed);
  facts.head.store(shard.head(), relaxed);
  facts.published.store(shard.stored_progress().published, relaxed);
  facts.checkpoint.store(shard.stored_progress().checkpoint, relaxed);
  facts.live.store(shard.live(), relaxed);
  facts.parked.store(shard.parked(), relaxed);
  facts.calls.store(shard.calls_in_flight(), relaxed);
  facts.bytes.store(shard.resident_bytes(), relaxed);
  facts.progress_written.store(shard.progress_written(), relaxed);
  facts.settled.store(shard.settled(), std::memory_order_release);
}

// ---------------------------------------------------------------- look-ups

void ShardThread::Asked::look_up(Journal& journal) {
  try {
    rows = journal.find_identities_in(wanted);
  } catch (const ContentError&) {
    look_up_one_by_one(journal);
  } catch (const StoreError&) {
    away = true;
  }
}

// One of them is what the store will never take; the others shall not suffer for it.
void ShardThread::Asked::look_up_one_by_one(Journal& journal) {
  std::vector<Journal::KeysOfShard> good;
  for (const auto& [number, keys] : wanted) {
    std::vector<IdentityKey> taken, not_taken;
    for (const IdentityKey& key : keys) {
      try {
        for (IdentityRow& row : journal.find_identities(number, {key})) {
          rows.emplace_back(number, std::move(row));
        }
        taken.push_back(key);
      } catch (const ContentError&) {
        not_taken.push_back(key);
      } catch (const StoreError&) {
        away = true;
        return;
      }
    }
    good.emplace_back(number, std::move(taken));
    refused.emplace_back(number, std::move(not_taken));
  }
  wanted = std::move(good);
}

// One look-up at a time for all shards of the thread: the next takes what came meanwhile.
void ShardThread::ask_identities() {
  if (looking_up_) return;
  std::vector<Journal::KeysOfShard> wanted;
  for (auto& [number, shard] : shards_) {
    std::vector<IdentityKey> keys = shard->identities_wanted();
    if (!keys.empty()) wanted.emplace_back(number, std::move(keys));
  }
  if (wanted.empty()) return;
  looking_up_ = true;
  auto asked = std::make_shared<Asked>();
  asked->wanted = std::move(wanted);
  for (const auto& [number, keys] : asked->wanted) {
    asked->epochs.push_back(shards_.at(number)->first_epoch());
  }
  wiring_.committer->run_job([inlet = inlet_, asked](Journal& journal) {
    asked->look_up(journal);
    inlet->put(ThreadTask([asked](ShardThread& thread) { thread.identities_answered(*asked); }));
  });
}

void ShardThread::identities_answered(const Asked& asked) {
  looking_up_ = false;
  for (std::size_t i = 0; i < asked.wanted.size(); ++i) {
    const auto& [number, keys] = asked.wanted[i];
    Shard* target = shard(number);
    if (target == nullptr || target->first_epoch() != asked.epochs[i]) continue;
    std::vector<IdentityRow> rows;
    for (const auto& [of, row] : asked.rows) {
      if (of == number) rows.push_back(row);
    }
    if (asked.away) {
      target->identities_away(keys);
    } else {
      if (!asked.refused.empty()) target->identities_refused(asked.refused[i].second);
      target->identities_found(keys, rows);
    }
  }
}

void ShardThread::ask_loads(Shard& shard) {
  std::vector<core::SagaId> ids = shard.loads_wanted();
  if (ids.empty()) return;
  wiring_.committer->run_job([inlet = inlet_, number = shard.number(), epoch = shard.first_epoch(),
                              ids = std::move(ids)](Journal& journal) {
    std::optional<std::vector<StoredSnapshot>> found;
    try {
      found = journal.read_snapshots(number, ids);
    } catch (const StoreError&) {  // answered below
    }
    inlet->put(ThreadTask([=](ShardThread& thread) {
      Shard* target = thread.shard(number);
      if (target == nullptr || target->first_epoch() != epoch) return;
      if (found) {
        target->loaded(ids, *found, thread.now());
      } else {
        target->loads_away(ids);
      }
    }));
  });
}

void ShardThread::ask_timers(Shard& shard) {
  wiring_.committer->run_job([inlet = inlet_, number = shard.number(), epoch = shard.first_epoch(),
                              limit = shard.timer_read_limit()](Journal& journal) {
    std::optional<std::vector<StoredTimer>> found;
    try {
      found = journal.read_timers(number, core::Time::max(), limit);
    } catch (const StoreError&) {  // tried again below
    }
    inlet->put(ThreadTask([=](ShardThread& thread) {
      Shard* target = thread.shard(number);
      if (target == nullptr || target->first_epoch() != epoch) return;
      if (found) {
        target->timers_found(*found, thread.now());
      } else {
        target->timers_away(thread.now());
      }
    }));
  });
}

}  // namespace sagaloom::engine
