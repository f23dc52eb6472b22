#include "runtime/engine/ownership.h"

#include <algorithm>
#include <utility>

#include "runtime/engine/shard_thread.h"

namespace sagaloom::engine {

namespace {

constexpr core::Duration retry_pause{500};
constexpr core::Duration trim_interval{600'000};
constexpr core::Duration look_interval{500};
constexpr std::size_t trim_slice = 5'000;
constexpr std::size_t marks_passed = 200;  // a mark row has no time
constexpr int slices_per_visit = 20;
constexpr std::uint32_t hurried_loads = 4;

std::vector<std::pair<ShardNumber, std::int64_t>> owned_pairs(const Wiring& wiring) {
  std::vector<std::pair<ShardNumber, std::int64_t>> pairs;
  for (std::size_t i = 0; i < wiring.board.size(); ++i) {
    const ShardFacts& facts = wiring.board[i];
    if (facts.owned) pairs.emplace_back(static_cast<ShardNumber>(i), facts.epoch.load());
  }
  return pairs;
}

}  // namespace

struct Ownership::Gate {
  std::mutex mutex;
  std::condition_variable wake;
  std::size_t open = 1;  // the take-over itself
  void add() {
    const std::lock_guard lock(mutex);
    ++open;
  }
  void done() {
    {
      const std::lock_guard lock(mutex);
      --open;
    }
    wake.notify_all();
  }
  bool wait(core::Duration limit) {
    std::unique_lock lock(mutex);
    return wake.wait_for(lock, limit, [&] { return open == 0; });
  }
};

bool Ownership::begin() {
  while (!renew()) {
    if (!pause(retry_pause)) return false;
  }
  reload_definitions();
  const auto gate = std::make_shared<Gate>();
  take_free(gate);
  while (!gate->wait(look_interval)) {
    if (!pause(core::Duration{0})) return false;
    renew();  // a long recovery must not cost the lease
  }
  thread_ = std::thread([this] { loop(); });
  return true;
}

void Ownership::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// False: stopped.
bool Ownership::pause(core::Duration span) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, span, [&] { return stopping_; });
}

std::string Ownership::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Ownership::loop() {
  auto gate = std::make_shared<Gate>();
  gate->done();
  core::Duration look_again = boot_time();
  while (pause(look_interval)) {
    const core::Duration now = boot_time();
    const bool wanted = std::any_of(wiring_.board.begin(), wiring_.board.end(),
                                    [](const ShardFacts& facts) { return facts.wanted.load(); });
    const bool due = now - renewed_at_ >= wiring_.options.lease_renewal;
    if (each_look_) each_look_();
    if (due && !renew()) continue;
    if (wiring_.draining) continue;
    // A shard that is still being loaded is not owned yet, and must not be taken twice.
    const bool loading = !gate->wait(core::Duration{0});
    if (!loading && (wanted || now >= look_again) && !unowned().empty()) {
      gate = std::make_shared<Gate>();
      look_again = now + wiring_.options.lease_renewal;
      take_free(gate);
    }
    if (now - trimmed_at_ >= trim_interval || trimmed_at_ == core::Duration{0}) trim();
  }
}

// ---------------------------------------------------------------- lease

bool Ownership::renew() {
  const core::Duration sent = boot_time();
  const bool lapsed = renewed_at_ != core::Duration{0} && !wiring_.lease->may_call();
  try {
    const NodeLease lease =
        wiring_.ports.store.catalog->renew_lease(wiring_.options.node_url, wiring_.options.lease);
    wiring_.clock.set(lease.store_now, sent + (boot_time() - sent) / 2);
    if (!lapsed) wiring_.lease->renewed(sent, wiring_.options.lease);
    renewed_at_ = sent;
    if (revision_ != -1 && lease.revision != revision_) reload_definitions();
    revision_ = lease.revision;
  } catch (const StoreError& error) {
    const std::lock_guard lock(mutex_);
    trouble_ = error.what();
    return false;
  }
  if (lapsed) verify_owned(sent);
  const std::lock_guard lock(mutex_);
  trouble_.clear();
  return true;
}

void Ownership::reload_definitions() {
  bool added = false;
  try {
    for (const StoredDefinition& stored : wiring_.ports.store.catalog->definitions()) {
      if (wiring_.registry.knows(stored.hash)) continue;
      core::DefinitionPointer definition = wiring_.ports.compile(stored);
      if (!definition) {
        wiring_.log("warning", "definition.not_compiled",
                    stored.name + " version " + std::to_string(stored.version) +
                        " can't be compiled on this node; its sagas wait");
        continue;
      }
      wiring_.registry.add(std::move(definition));
      added = true;
    }
  } catch (const StoreError& error) {
    wiring_.log("warning", "store.away", error.what());
    revision_ = -2;  // read them again at the next renewal
  }
  if (!added) return;
  for (const auto& inlet : wiring_.inlets) {
    inlet->put(ThreadTask([](ShardThread& thread) { thread.definitions_changed(); }));
  }
}

// ---------------------------------------------------------------- shards

std::vector<ShardNumber> Ownership::unowned() const {
  std::vector<ShardNumber> list;
  for (std::size_t i = 0; i < wiring_.board.size(); ++i) {
    if (!wiring_.board[i].owned) list.push_back(static_cast<ShardNumber>(i));
  }
  return list;
}

void Ownership::take_free(std::shared_ptr<Gate> gate) {
  wiring_.committer->run_job([&wiring = wiring_, wanted = unowned(), gate](Journal& journal) {
    for (const OwnedShard& owned : journal.take_over(wanted, false)) {
      gate->add();
      load(wiring, owned, gate);
    }
    gate->done();
  });
}

void Ownership::load(Wiring& wiring, OwnedShard owned, std::shared_ptr<Gate> gate) {
  auto recovery =
      std::make_shared<Recovery>(owned, wiring.clock.now(), wiring.options.residence_horizon);
  load_step(wiring, std::move(recovery), owned.shard, std::move(gate));
}

// Not tried again here: a row that can't be decoded must not hold up the commits of other shards.
// The shard stays without owner's memory and is taken again, a few times in a hurry, then with the
// lease's renewals.
void Ownership::load_failed(Wiring& wiring, ShardNumber shard, const std::string& why) {
  ShardFacts& facts = wiring.board[shard];
  const std::uint32_t failures = ++facts.load_failures;
  facts.wanted = failures < hurried_loads;
  if (failures != hurried_loads) return;
  wiring.log("error", "shard.unreadable",
             "shard " + std::to_string(shard) + " can't be loaded: " + why +
                 "; its sagas stand still and it is tried again every few seconds, while other "
                 "shards go on: repair the row that is named, or restore it from a backup");
  facts.unreadable = true;
}

// One read per job, so that commits of other shards go on in between.
void Ownership::load_step(Wiring& wiring, std::shared_ptr<Recovery> recovery, ShardNumber shard,
                          std::shared_ptr<Gate> gate) {
  wiring.committer->run_job([&wiring, recovery, shard, gate](Journal& journal) {
    try {
      if (!recovery->step(journal)) return load_step(wiring, recovery, shard, gate);
    } catch (const StoreError& error) {
      load_failed(wiring, shard, error.what());
      return gate->done();
    }
    if (recovery->damaged() > 0) {
      wiring.log("error", "journal.damaged",
                 std::to_string(recovery->damaged()) + " rows of shard " + std::to_string(shard) +
                     " continue sagas that are nowhere in the store");
    }
    auto recovered = std::make_shared<Recovered>(recovery->take());
    wiring.inlet_of(shard).put(ThreadTask([recovered, gate](ShardThread& thread) {
      thread.install(std::move(*recovered));
      gate->done();
    }));
  });
}

// After a lapse: others may have taken shards that were quiet here. The lease that was renewed by
// the request sent at `sent` counts when the last of these has been dropped, with its held calls.
void Ownership::verify_owned(core::Duration sent) {
  wiring_.committer->run_job([&wiring = wiring_, sent](Journal& journal) {
    const auto pairs = owned_pairs(wiring);
    const std::vector<OwnedShard> ours = journal.read_owned(pairs);
    const std::shared_ptr<void> counts_when_gone(
        nullptr, [lease = wiring.lease, sent, span = wiring.options.lease](void*) {
          lease->renewed(sent, span);
        });
    for (const auto& [shard, epoch] : pairs) {
      const auto it = std::find_if(ours.begin(), ours.end(), [&, number = shard](const auto& o) {
        return o.shard == number;
      });
      if (it != ours.end()) continue;
      wiring.inlet_of(shard).put(
          ThreadTask([number = shard, taken = epoch, counts_when_gone](ShardThread& thread) {
            const Shard* target = thread.shard(number);
            if (target != nullptr && target->epoch() == taken) thread.drop(number);
          }));
    }
  });
}

bool Ownership::release(core::Duration limit) {
  const auto gate = std::make_shared<Gate>();
  wiring_.committer->run_job([&wiring = wiring_, gate](Journal& journal) {
    try {
      journal.release(owned_pairs(wiring));
    } catch (const StoreError& error) {  // the lease will end by itself
      wiring.log("warning", "store.away", error.what());
    }
    gate->done();
  });
  return gate->wait(limit);
}

// ---------------------------------------------------------------- retention

void Ownership::trim() {
  trimmed_at_ = boot_time();
  const core::Time before = wiring_.clock.now() - wiring_.options.journal_keep;
  for (const auto& [shard, epoch] : owned_pairs(wiring_)) {
    wiring_.committer->run_job([&wiring = wiring_, number = shard, before](Journal& journal) {
      try {
        trim_shard(wiring, number, before, journal);
        sweep_shard(wiring, number, journal);
      } catch (const StoreError&) {  // at the next visit
      }
    });
  }
}

// What has no more use: events seen long ago, the oldest dead letters of a workflow with too many.
void Ownership::sweep_shard(Wiring& wiring, ShardNumber shard, Journal& journal) {
  const auto today = std::chrono::floor<std::chrono::days>(wiring.clock.now());
  const auto day = static_cast<std::int32_t>(today.time_since_epoch().count());
  const std::size_t keep = wiring.options.dead_letters_kept / wiring.store.shards + 1;
  for (int i = 0; i < slices_per_visit; ++i) {
    if (journal.sweep_seen(shard, day, trim_slice) < trim_slice) break;
  }
  journal.sweep_dead_letters(shard, keep, trim_slice);
}

// Slices whose last row is older than what is kept, never above published and checkpoint.
void Ownership::trim_shard(Wiring& wiring, ShardNumber shard, core::Time before, Journal& journal) {
  ShardFacts& facts = wiring.board[shard];
  const Seq limit = std::min(facts.published.load(), facts.checkpoint.load());
  for (int i = 0; i < slices_per_visit; ++i) {
    const std::vector<StoredRecord> oldest = journal.read_journal(shard, 0, 1);
    if (oldest.empty()) return;
    facts.oldest = oldest.front().seq;
    const Seq through = oldest.front().seq + static_cast<Seq>(trim_slice) - 1;
    if (through > limit) return;
    const std::vector<StoredRecord> next = journal.read_journal(shard, through - 1, marks_passed);
    const auto dated = std::find_if(next.begin(), next.end(),
                                    [](const StoredRecord& row) { return !row.saga.nil(); });
    if (dated == next.end() || dated->record.now >= before) return;
    facts.oldest = through + 1;  // said first: a reader must not step over what goes now
    journal.trim(shard, through, trim_slice);
  }
}

}  // namespace sagaloom::engine
