// Drives the shards of one engine thread: brings arrivals to them, offers their batches, does what
// their commits allow. There is no decision about a saga here.
//
// Order of a turn: arrivals, timers, look-ups and batches (so that the committer can begin), then
// rows to the relay, answers, calls. Lifecycle: `start`, `stop`. Threads: one of its own; others
// talk to it through its inlet only (members that a ThreadTask calls run on this thread).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/engine/shard.h"
#include "runtime/engine/waits.h"
#include "runtime/engine/wiring.h"

namespace sagaloom::engine {

class ShardThread {
 public:
  ShardThread(Wiring& wiring, std::size_t index);
  ~ShardThread();
  void start();
  void stop();

  // ---- for tasks
  void install(Recovered recovered);
  void drop(ShardNumber shard);
  void verb(const core::SagaId& id, core::Event event, Completion<SagaView> done,
            RequestKey once = {});
  void get(const core::SagaId& id, Completion<SagaView> done);
  void wait(const core::SagaId& id, core::Time until, Completion<SagaView> done);
  void wait_read(const core::SagaId& id, const Answer<SagaView>& stored);
  // Answers `done` with `overloaded` when the shard takes no more now.
  void deliver(ShardNumber shard, Delivery delivery);
  void called(ShardNumber shard, ShardCall call, Reply reply);
  void replied(ShardNumber shard, std::int64_t epoch, std::uint64_t number, ShardReply reply);
  void settle_dead_letter(SettledLetter settled, std::optional<InboxMessage> again,
                          Completion<bool> done);
  void published(ShardNumber shard, Seq seq, std::vector<DeadLetterRow> dead_letters);
  void definitions_changed();
  void finish();  // drain: write progress at once
  Shard* shard(ShardNumber number);
  core::Time now() const { return now_; }

 private:
  struct Asked {  // one look-up of identities, and its answer
    std::vector<Journal::KeysOfShard> wanted;
    std::vector<std::int64_t> epochs;  // first_epoch of each shard when it was asked
    std::vector<Journal::RowOfShard> rows;
    std::vector<Journal::KeysOfShard> refused;  // for their content
    bool away = false;
    void look_up(Journal& journal);
    void look_up_one_by_one(Journal& journal);
  };
  struct Held {
    ShardNumber shard = 0;
    StepCall call;
  };

  void loop();
  void turn();
  void dispatch(Arrival& arrival);
  void submitted(Submitted arrival);
  void completed(Completed arrival);
  void verdict(CommitVerdict verdict);
  static void turn_away(Batch& batch);
  void lose(Shard& shard, CommitVerdict verdict);
  void ask_identities();
  void identities_answered(const Asked& asked);
  void ask_loads(Shard& shard);
  void ask_timers(Shard& shard);
  void ask_mail(Shard& shard);
  void ask_shard(Shard& shard, ShardCall call);
  void act(ShardNumber number, Effects effects);
  void invoke(ShardNumber number, StepCall call);
  void invoke_held();
  void expire_waits();
  void publish_facts(Shard& shard);
  core::Duration time_to_next() const;
  BatchBudget budget() const;
  void forget(ShardNumber number);

  Wiring& wiring_;
  std::shared_ptr<Inlet> inlet_;
  std::map<ShardNumber, std::unique_ptr<Shard>> shards_;
  std::vector<Arrival> arrivals_;
  std::vector<Held> held_;  // while the lease has ended
  Waits waits_;
  core::Time now_{};
  bool looking_up_ = false;
  std::thread thread_;
};

}  // namespace sagaloom::engine
