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
#include "runtime/engine/inbox.h"
#include "runtime/engine/locks.h"
#include "runtime/engine/recovered.h"
#include "runtime/engine/resident.h"
#include "runtime/engine/shard_world.h"

namespace sagaloom::engine {

class Shard {
 public:
  Shard(Recovered recovered, ShardOptions options, ShardWorld world, core::Time now);

  // ---- inlets
  // False: the inlet is full, `start.done` is left alone.
  bool submit(Start& start);
  // A verb for a saga; its completion gets the state after it, or why not.
  void verb(const core::SagaId& id, core::Event event, Completion<SagaView> done,
            RequestKey once = {});
  // Exactly one answer of each call, and `call_returned`.
  void complete(const core::SagaId& id, core::Event event);
  // Events and signals from outside. False: too many wait, `delivery` is left alone.
  bool deliver(Delivery& delivery);
  // Removes a dead letter and keeps who did it; `again` is delivered in the same batch.
  void settle_dead_letter(SettledLetter settled, std::optional<InboxMessage> again,
                          Completion<bool> done);
  // A call of another shard (or of this one), and the reply to one of its own.
  void called(ShardCall call, Reply reply);
  void replied(std::uint64_t number, ShardReply reply);
  // Every event whose time has come; wakes steps whose plugin is there now.
  void tick(core::Time now);

  // ---- look-ups, batched: those wanted since the last call; each must be answered
  std::vector<IdentityKey> identities_wanted();
  void identities_found(const std::vector<IdentityKey>& asked,
                        const std::vector<IdentityRow>& rows);
  void identities_away(const std::vector<IdentityKey>& asked);
  void identities_refused(const std::vector<IdentityKey>& asked);  // for their content
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
  // For the inbox; nullopt: nothing is wanted, or an answer is awaited.
  std::optional<MailQuestion> mail_wanted();
  void mail_found(const MailQuestion& asked, MailAnswer answer);
  void mail_away(const MailQuestion& asked);

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
  std::size_t inbox_rows() const { return inbox_.size(); }
  std::size_t lock_tickets() const { return locks_.size(); }

 private:
  struct Identity {
    enum class State : std::uint8_t { wanted, asked, creating, known };
    State state = State::wanted;
    core::SagaId saga;
    std::deque<Start> waiting;
  };
  using Waiting = WaitingDelivery;
  // A call to another shard that is not answered.
  struct Asked {
    enum class For : std::uint8_t { command, start, granted };
    For what = For::command;
    ShardCall call;
    core::Command command;  // without its input
    LockRow lock;           // granted
    core::Time first{}, again_at{};
    std::uint32_t tries = 0;
  };
  struct LockWork {
    enum class Kind : std::uint8_t { acquire, acquire_if_free, release };
    Kind kind = Kind::acquire;
    LockRow row;
    Reply reply;  // null: nobody waits
  };
  struct SeenName {
    std::string tenant, workflow, event, id;
    auto operator<=>(const SeenName&) const = default;
  };
  using Residents = std::unordered_map<core::SagaId, Resident, core::SagaIdHash>;

  // shard_accept.cpp: submissions and identities
  void queue_start(Start start);
  void answer_same_identity(Start& start, const core::SagaId& first, std::string_view fingerprint,
                            const core::SagaRecord* head);
  void compare_with_stored(Start start, const core::SagaId& first);
  void compared(const core::SagaId& first, const core::Saga* stored);
  void answer_start(Completion<StartReply>& done, Answer<StartReply> answer);
  void identities_failed(const std::vector<IdentityKey>& asked, const EngineError& error);
  void next_for_identity(const IdentityKey& key);
  void start_accepted(BatchItem& item, const core::SagaRecord& head);
  void start_refused(BatchItem& item);
  void decision_refused(BatchItem& item, const core::Decision& decision);
  void free_identity(const core::SagaId& saga);

  // shard_events.cpp: what happens to sagas in memory
  void give(const core::SagaId& id, Pending pending);
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
  std::optional<Pending> next_event(const core::SagaId& id, Resident& resident, core::Time now);
  void decide_event(const core::SagaId& id, Resident& resident, Pending pending, Batch& batch,
                    core::Time now);
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

  // shard_inbox.cpp: what came in, and who is told of it
  static std::vector<IdentityKey> boxes_of(const core::Saga& saga);
  static IdentityKey own_box(const core::Saga& saga);
  void note_mail(const core::SagaId& id, Resident& resident);
  void bury_mail(Resident& resident);
  std::optional<InboxHead> head_of(const core::Saga& saga, Seq seq) const;
  const Inbox::Entry* next_offer(const Resident& resident, bool& wait_for_data);
  void offered_in_vain(Resident& resident, Seq seq);
  void attend(const IdentityKey& key);
  void attend_saga(const core::SagaId& id);
  void attend_again();
  void find_owners(MailQuestion& question);
  void forget_mail(const Resident& resident);
  void leave_inbox(const InboxHead& head, std::string_view fate, std::string letter = {},
                   core::Value content = {});
  void bury_unreadable(const InboxRow& row);
  void tick_inbox(core::Time now);
  void drop_surplus();
  void mail_committed(const Batch& batch);
  void mail_recovered(Recovered& recovered);

  // shard_delivery.cpp: from deliveries to rows
  std::optional<EngineError> objection_to(const core::SagaId& id, const Resident& resident) const;
  void queue_signal(const core::SagaId& id, const Resident& resident, Pending pending);
  // shard_requests.cpp: what a client may repeat under its key
  void ask_first(const core::SagaId& id, const Resident& resident, Pending pending,
                 std::optional<EngineError> objection);
  void told_first(const core::SagaId& id, Pending& pending, const SagaView& view,
                  const std::optional<EngineError>& objection, KeyedRequest::Fate fate);
  static void ask_seen(const KeyedRequest& request, std::vector<SeenRow>& asked);
  void request_seen(Waiting& waiting, const std::set<SeenName>& stored) const;
  void fold_seen();
  bool take_request(Batch& batch, Waiting& waiting);
  void remember(Batch& batch, const IdentityKey& saga, const RequestKey& once, core::Time now);
  void seen_committed(const Batch& batch);

  void prepare(Waiting& waiting);
  void tell_in(const InboxMessage& message, std::string_view fate);
  void tell_in(const DeadLetterRow& letter);
  bool box_full(const IdentityKey& key) const;
  void turn_away_full(Completion<bool> done, const IdentityKey& key);
  bool listens_now(const InboxMessage& message) const;
  bool mail_work() const;
  void take_mail(Batch& batch, const BatchBudget& budget, core::Time now);
  void take_delivery(Batch& batch, Waiting waiting, core::Time now);
  bool store_message(Batch& batch, InboxMessage& message, core::Time now);
  void store_letters(Batch& batch, std::vector<DeadLetterRow> letters);
  static void store_settled(Batch& batch, SettledLetter settled, bool joined);
  void take_leaving(Batch& batch);
  void after_batch(Batch& batch, Completion<bool> done);
  static void prove(Batch& batch, Completion<bool> done);
  void take_proofs(Batch& batch);
  template <typename Result>
  void answer_proven(Completion<Result> done, Answer<Result> answer);
  void turn_away(std::vector<Completion<bool>>& waiting);

  // shard_calls.cpp: calls between shards
  void ask_for(const core::SagaId& id, Resident& resident, const core::Command& command);
  void ask(Asked asked);
  void tick_calls(core::Time now);
  void ask_refused_again(const core::SagaId& id, Resident& resident);
  bool still_wanted(const Asked& asked) const;
  void command_replied(const Asked& asked, ShardReply reply);
  void call_child(const ShardCall& call, Reply reply);
  std::optional<Start> child_start(const ShardCall& call, const core::DefinitionPointer& definition,
                                   const Reply& reply);
  void tell(const core::SagaId& id, core::Event event, Reply reply);
  void meet_child(Start start, const core::SagaId& id, const core::SagaRecord& head);
  core::SagaId new_id();
  void respond(const Reply& reply, ShardReply answer);

  // shard_locks.cpp: this shard as the home of concurrency keys
  void call_lock(const ShardCall& call, Reply reply);
  void take_lock_work(Batch& batch, const BatchBudget& budget);
  void acquire(Batch& batch, LockWork work);
  void release(Batch& batch, LockWork work);
  void tick_locks(core::Time now);
  void granted_replied(const Asked& asked, const ShardReply& reply);
  void ask_start_lock(Start start);
  void start_lock_replied(std::uint64_t number, const ShardReply& reply);
  void locks_committed(const Batch& batch, core::Time now);
  void locks_recovered(std::vector<LockRow> rows, core::Time now);

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
  std::map<core::SagaId, core::Time> woken_by_;           // of those: their timer rows
  std::map<core::SagaId, std::vector<Start>> comparing_;  // with sagas that are read for it
  std::set<std::pair<core::Time, core::SagaId>> timers_;
  std::set<core::SagaId> plugin_waits_;
  core::Time next_plugin_look_{};
  core::Time next_timer_read_ = core::Time::max();
  std::size_t timer_read_limit_ = 0;  // of the read under way or the last one
  std::deque<core::SagaId> checkpoints_;
  std::deque<std::pair<Seq, core::SagaId>> unsnapped_;  // in order; stale entries are skipped
  std::vector<DeadLetterRow> dead_letters_;

  Inbox inbox_;
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> sources_;  // with what is in flight
  std::deque<Waiting> deliveries_;
  std::deque<LeavingRow> leaving_;
  std::set<IdentityKey> unattended_;  // boxes whose saga must be found
  std::set<IdentityKey> unread_;      // boxes whose rows must be read
  std::map<SeenName, bool> seen_;     // recent; true: committed
  bool mail_asked_ = false;
  core::Time next_mail_{};  // not before, after a failure

  std::uint64_t last_call_ = 0;
  std::map<std::uint64_t, Asked> asked_;
  std::set<std::pair<core::Time, std::uint64_t>> repeats_;
  std::map<std::uint64_t, Start> locking_;  // starts whose key is asked for, by call
  std::set<core::SagaId> starting_;         // with a key that they hold, not yet accepted
  std::vector<Completion<bool>> proofs_;    // answers that wait for a commit of this owner

  Locks locks_;
  std::set<core::SagaId> unknown_holders_;  // of tickets, found unknown once
  std::deque<LockWork> lock_work_;

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

// Another node may have decided otherwise meanwhile: who is asked by another shard says that
// nothing came of it only once a later commit has shown that it still owns this one.
template <typename Result>
void Shard::answer_proven(Completion<Result> done, Answer<Result> answer) {
  if (!done) return;
  proofs_.push_back(
      [done = std::move(done), answer = std::move(answer)](Answer<bool> committed) mutable {
        if (auto* error = std::get_if<EngineError>(&committed)) return done(std::move(*error));
        done(std::move(answer));
      });
}

}  // namespace sagaloom::engine
