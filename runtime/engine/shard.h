// Many sagas, one writer: everything a shard decides, without clock, thread, random or I/O.
//
// The driver feeds it (submit, verb, complete, identities_found, loaded), asks for a batch, commits
// it elsewhere and reports the verdict; after each call it takes the effects: calls to make,
// answers to give, rows to publish. At most one batch is in flight, a saga has at most one record
// in it, and nothing is handed out before its commit.
//
// Two inlets: submissions are bounded (submit answers false), completions are never refused, since
// each was paid for when its call went out. When short, undo goes before running before new.
//
// Lifecycle: made from a Recovered (recovery.h), thrown away when the shard is lost; abandon()
// answers whoever still waits. Threads: one at a time. Errors: EngineError through completions.
// Source: architecture.md sections 1, 5, 6 and 8.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/engine/batch.h"
#include "runtime/engine/observer.h"
#include "runtime/engine/recovered.h"
#include "runtime/engine/step_host.h"

namespace sagaloom::engine {

struct ShardOptions {
  std::uint32_t inlet_limit = 4'096;
  std::uint32_t checkpoint_lag = 50'000;
  core::Duration residence_horizon{60'000};
  bool publishes = true;   // false: nobody publishes, `published` follows the committed head
  std::uint64_t seed = 1;  // of the jitter
};

// What the shard asks of the world; pure answers wanted.
struct ShardWorld {
  // The definition with this content hash; null: not known or it can't be compiled now.
  std::function<core::DefinitionPointer(const std::string& hash)> definition;
  // Whether no loaded plugin offers the operation, or one offers it weakened, for this definition.
  std::function<bool(const core::Definition& definition, std::string_view operation)> missing;
  std::shared_ptr<Observer> observer;  // never null
};

struct Start {
  core::SagaId id;  // of the saga, if it is made
  core::DefinitionPointer definition;
  std::shared_ptr<const core::SagaRecord> head;  // as admitted
  Completion<StartReply> done;
};

// What happened, to be done by the driver in this order.
struct Effects {
  std::vector<StepCall> calls;  // may_call is the driver's
  std::vector<std::function<void()>> answers;
  std::vector<StoredRecord> committed;                     // for the relay, in order of seq
  std::vector<std::shared_ptr<const core::Saga>> settled;  // ended or parked just now: for waits
  bool empty() const {
    return calls.empty() && answers.empty() && committed.empty() && settled.empty();
  }
};

class Shard {
 public:
  Shard(Recovered recovered, ShardOptions options, ShardWorld world, core::Time now);

  // ---- inlets
  // False: the inlet is full, `start.done` is left alone.
  bool submit(Start& start);
  // A verb for a saga; its completion gets the state after it, or why not.
  void verb(const core::SagaId& id, core::Event event, Completion<SagaView> done);
  // Exactly one answer of each call, and `call_returned`.
  void complete(const core::SagaId& id, core::Event event);
  // Every event whose time has come; wakes steps whose plugin is there now.
  void tick(core::Time now);

  // ---- look-ups, batched: those wanted since the last call; each must be answered
  std::vector<IdentityKey> identities_wanted();
  void identities_found(const std::vector<IdentityKey>& asked,
                        const std::vector<IdentityRow>& rows);
  void identities_away(const std::vector<IdentityKey>& asked);
  std::vector<core::SagaId> loads_wanted();
  void loaded(const std::vector<core::SagaId>& asked, std::vector<StoredSnapshot> snapshots,
              core::Time now);
  void loads_away(const std::vector<core::SagaId>& asked);
  // Rows of timers by due time, read when this says so (limit: timer_read_limit); they bring sagas
  // back that left memory.
  bool take_timer_read(core::Time now);
  std::size_t timer_read_limit() const { return timer_read_limit_; }
  void timers_found(const std::vector<StoredTimer>& timers, core::Time now);
  void timers_away(core::Time now);

  // ---- publishing
  void published(Seq seq, std::vector<DeadLetterRow> dead_letters, core::Time now);

  // ---- batches
  // Null: nothing to write, or a batch is in flight.
  BatchPointer take_batch(core::Time now, const BatchBudget& budget);
  void on_committed(BatchPointer batch, core::Time now);
  bool in_flight() const { return in_flight_; }

  Effects take_effects() { return std::exchange(effects_, {}); }
  // The shard is lost, or stopped: answers everybody with `unavailable`.
  Effects abandon(BatchPointer batch);

  // When tick or take_batch has something to do without an event; max: never.
  core::Time next_due() const;

  // Drain: progress is written with no delay from now on.
  void finish() { finishing_ = true; }

  // ---- facts
  const core::Saga* find(const core::SagaId& id) const;
  std::optional<SagaView> view(const core::SagaId& id) const;
  ShardNumber number() const { return owned_.shard; }
  std::int64_t epoch() const { return owned_.epoch; }
  // The epoch it was taken with: an answer to a question asked before is not for this one.
  std::int64_t first_epoch() const { return first_epoch_; }
  std::uint16_t generation() const { return owned_.generation; }
  Seq head() const { return owned_.max_seq; }
  Seq published_seq() const { return progress_.published; }
  Seq checkpoint_seq() const;
  std::uint64_t live() const { return live_ + away_; }
  std::uint64_t parked() const { return parked_ + away_parked_; }
  // The definition of sagas that had none may be known now.
  void definitions_changed();
  std::size_t resident() const { return residents_.size(); }
  std::size_t calls_in_flight() const { return calls_; }
  std::size_t resident_bytes() const { return resident_bytes_; }
  const Progress& stored_progress() const { return stored_progress_; }
  bool progress_written() const { return !progress_moved(); }
  // Nothing is queued and nothing waits for a commit.
  bool settled() const;

 private:
  struct Pending {
    core::Event event;
    Completion<SagaView> done;
  };
  // A command that was handed out, or a timer that has fired.
  struct UnderWay {
    core::Command::Kind kind = core::Command::Kind::call;
    core::Path path;
    core::Purpose purpose = core::Purpose::forward;
    std::uint32_t occurrence = 1, number = 0;
    core::Time due{};
    core::Time since{};
    std::string operation;
    bool answered = false;
    bool running = false;  // answered as timed out, still runs in the host
  };
  struct Resident {
    std::shared_ptr<core::Saga> state;
    core::DefinitionPointer definition;
    Seq first_seq = 0, last_seq = 0;
    Seq unsnapped = 0;        // the first record that no snapshot holds; 0: none
    core::Time stored_due{};  // of its timer row
    core::Time due{};         // its place in timers_
    std::vector<Pending> events;
    std::vector<UnderWay> under_way;
    std::vector<std::string> told_installed;  // operations, while steps wait for their plugins
    std::size_t bytes = 0;
    bool queued = false;
    bool in_batch = false;
    bool checkpoint = false;  // wanted
    // The store refused the last one, in company or by itself; until the state changes.
    enum class CheckpointRefused : std::uint8_t { no, in_company, alone };
    CheckpointRefused checkpoint_refused = CheckpointRefused::no;
    bool waits_for_plugin = false;
    bool idle = false;  // nothing is open but waits beyond the horizon, or it has ended
  };
  struct Identity {
    enum class State : std::uint8_t { wanted, asked, creating, known };
    State state = State::wanted;
    core::SagaId saga;
    std::deque<Start> waiting;
  };
  using Residents = std::unordered_map<core::SagaId, Resident, core::SagaIdHash>;

  // shard_accept.cpp: submissions and identities
  void queue_start(Start start);
  void answer_same_identity(Start& start, const core::SagaId& first, std::string_view fingerprint,
                            const core::SagaRecord* head);
  void compare_with_stored(Start start, const core::SagaId& first);
  void compared(const core::SagaId& first, const core::Saga* stored);
  void answer_start(Completion<StartReply>& done, Answer<StartReply> answer);
  void next_for_identity(const IdentityKey& key);
  void start_accepted(BatchItem& item, const core::SagaRecord& head);
  void start_refused(BatchItem& item);
  void decision_refused(BatchItem& item, const core::Decision& decision);
  void free_identity(const core::SagaId& saga);

  // shard_events.cpp: what happens to sagas in memory
  void push(const core::SagaId& id, Resident& resident, Pending pending);
  void enqueue(const core::SagaId& id, Resident& resident);
  void fire(const core::SagaId& id, Resident& resident, core::Time now);
  void wake_for_plugins(const core::SagaId& id, Resident& resident);
  void note_plugin_wait(const core::SagaId& id, Resident& resident);
  void answer_view(Completion<SagaView>& done, const Resident& resident);
  void answer_error(Completion<SagaView>& done, EngineError error);
  void refresh(const core::SagaId& id, Resident& resident, core::Time now, bool fresh);
  void hand_out(const core::SagaId& id, Resident& resident, core::Command command, core::Time now);
  void interrupt(const core::SagaId& id, Resident& resident, const core::Command& command,
                 core::Time now);
  static void drop_finished(Resident& resident, const std::vector<bool>& open);
  void arm(const core::SagaId& id, Resident& resident, core::Time due);

  // shard_residence.cpp: which sagas are in memory
  void give_loaded(const core::SagaId& id);
  void admit_loaded(Loaded loaded, core::Time now);
  void leave(Residents::iterator it);
  bool may_leave(const Resident& resident) const;
  void count_in(Resident& resident);

  // shard_batch.cpp: deciding
  bool has_work(core::Time now) const;
  void decide_queue(std::deque<core::SagaId>& queue, Batch& batch, const BatchBudget& budget,
                    core::Time now);
  void decide_saga(const core::SagaId& id, Resident& resident, Batch& batch, core::Time now);
  void decide_starts(Batch& batch, const BatchBudget& budget, core::Time now);
  void add_checkpoints(Batch& batch, core::Time now);
  static void add_checkpoint(Batch& batch, const core::SagaId& id, const Resident& resident,
                             core::Time now);
  void find_laggards();
  void want_checkpoint(const core::SagaId& id, Resident& resident);
  void add_progress(Batch& batch, core::Time now);
  bool progress_moved() const;
  void note_progress(core::Time now);
  core::Context context(const core::Definition& definition, core::Time now);

  // shard_commit.cpp: what a commit makes true
  void item_committed(Batch& batch, std::size_t index, core::Time now);
  void accept_committed(BatchItem& item, const JournalRow& row, core::Time now);
  void record_committed(BatchItem& item, const JournalRow& row, core::Time now);
  void after_record(BatchItem& item, const JournalRow& row, core::Time now);
  void record_refused(BatchItem& item, core::Time now);
  void mark_refused(const BatchItem& item);
  void checkpoints_committed(const Batch& batch);

  std::int64_t first_epoch_ = 0;
  OwnedShard owned_;  // max_seq is the committed head
  ShardOptions options_;
  ShardWorld world_;
  std::uint64_t random_;

  Residents residents_;
  std::map<IdentityKey, Identity> identities_;
  std::size_t submissions_ = 0;  // waiting in the inlet
  std::vector<IdentityKey> keys_wanted_;
  std::deque<Start> starts_;
  std::deque<core::SagaId> undo_, running_;
  std::map<core::SagaId, std::vector<Pending>> loading_;
  std::vector<core::SagaId> loads_wanted_;
  std::map<core::SagaId, std::vector<Start>> comparing_;  // with sagas that are read for it
  std::set<std::pair<core::Time, core::SagaId>> timers_;
  std::set<core::SagaId> plugin_waits_;
  core::Time next_plugin_look_{};
  core::Time next_timer_read_ = core::Time::max();
  std::size_t timer_read_limit_ = 0;  // of the read under way or the last one
  std::deque<core::SagaId> checkpoints_;
  std::deque<std::pair<Seq, core::SagaId>> unsnapped_;  // in order; stale entries are skipped
  std::vector<DeadLetterRow> dead_letters_;

  Progress progress_;                                 // as it should be
  Progress stored_progress_;                          // as the store has it
  core::Time progress_moved_at_ = core::Time::max();  // first change that is not written
  core::Time progress_written_at_{};
  bool finishing_ = false;  // progress is written at once
  bool in_flight_ = false;
  std::uint64_t live_ = 0, parked_ = 0;       // in memory
  std::uint64_t away_ = 0, away_parked_ = 0;  // left memory and are known to be live
  std::size_t calls_ = 0;
  std::size_t resident_bytes_ = 0;
  core::Time last_now_{};
  Effects effects_;
};

}  // namespace sagaloom::engine
