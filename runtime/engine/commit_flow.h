// What follows from the outcome of a commit: a state machine over the primitives of the Journal,
// without I/O, so that the committer and the simulator run the same decisions.
//
// The driver does what `need` names and reports how it ended, until `done`:
//   commit     send rows()                        -> on_commit
//   settle     Journal::settle(owned())           -> on_settled, or on_away
//   read_owned Journal::read_owned(owned())       -> on_owned, or on_away
//   pause      wait for pause()                   -> on_paused
// Nothing of a shard may be handed out, published or answered before its verdict.
//
// Threads: one. Errors: none; a store that is away leads to pauses without end.
// Source: architecture.md section 5.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "runtime/engine/batch.h"

namespace sagaloom::engine {

struct CommitVerdict {
  enum class Fate : std::uint8_t {
    committed,
    lost,               // the shard is no longer ours: its memory must be dropped
    acknowledged_lost,  // the store has less than was acknowledged: stop the shard, reload it
  };
  Fate fate = Fate::lost;
  BatchPointer batch;
  std::int64_t epoch = 0;  // the shard's now
  Seq missing = 0;         // acknowledged_lost: rows that the store no longer has
};

class CommitFlow {
 public:
  enum class Need : std::uint8_t { commit, settle, read_owned, pause, done };

  explicit CommitFlow(std::vector<BatchPointer> batches);

  Need need() const { return need_; }
  const std::vector<ShardRows>& rows() const { return sending_; }
  std::vector<std::pair<ShardNumber, std::int64_t>> owned() const;
  core::Duration pause() const;

  void on_commit(const CommitOutcome& outcome);
  void on_settled(const std::vector<OwnedShard>& owned);
  void on_owned(const std::vector<OwnedShard>& owned);
  void on_away();
  void on_paused();

  // When done: one verdict per batch, in the order they came in.
  std::vector<CommitVerdict> take_verdicts();

 private:
  struct Member {
    BatchPointer batch;
    CommitVerdict::Fate fate = CommitVerdict::Fate::committed;
    bool dropped = false;
    Seq missing = 0;
  };
  struct Slice {  // items [first, last) of a member's batch
    std::size_t member = 0, first = 0, last = 0;
  };
  using Part = std::vector<Slice>;  // one transaction

  void send_front();
  void take_back();
  void pause_then(Need next);
  void evaluate(const std::vector<OwnedShard>& owned);
  bool keep_slice(const Slice& slice, const std::vector<OwnedShard>& owned);
  void drop(Member& member, CommitVerdict::Fate fate, Seq missing);
  void split();
  void refuse_item(const Slice& slice);

  std::vector<Member> members_;
  std::deque<Part> parts_;  // the front one is being sent
  std::vector<ShardRows> sending_;
  Need need_ = Need::commit;
  Need after_pause_ = Need::commit;
  std::uint32_t failures_ = 0;  // in a row
  std::string reason_;          // why the store refused the part last sent
};

}  // namespace sagaloom::engine
