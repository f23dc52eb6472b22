// The unit of commit of one shard: rows, and beside each journal row what was decided for it.
//
// Lifecycle: made by Shard::take_batch, owned by the committer while it is in flight, given back
// with its verdict. A saga has at most one record in a batch. Threads: one owner at a time; the
// states in `before` and `after` are not changed by anybody while the batch exists.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/core/saga.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/store.h"

namespace sagaloom::engine {

// One journal row, and how many of the batch's other rows belong to it: these stand in the same
// order as the items, so that a refused batch can be cut between any two items.
struct BatchItem {
  enum class Kind : std::uint8_t { accept, record, mark };
  enum class Refused : std::uint8_t {
    no,
    parked,  // the store refused the record: it says PARKED storage.refused now
    gone,    // nothing of it is left but a mark row
  };
  struct Counts {
    std::uint32_t sagas = 0, identities = 0, added = 0, removed = 0, timers = 0, dead_letters = 0;
    std::uint32_t inbox = 0, inbox_removed = 0, sources = 0, seen = 0, locks = 0;
    std::uint32_t locks_removed = 0, letters_settled = 0;
  };

  Kind kind = Kind::mark;
  Refused refused = Refused::no;
  core::SagaId saga;
  Seq first_seq = 0;                         // of the saga; 0 for its accept
  core::Time stored_due{};                   // of the saga's timer row; none: there is none
  bool due_unsure = false;                   // whether that row exists
  core::Time due_after{};                    // the same once the item is committed
  std::optional<InboxHead> taken;            // the inbox row that the record consumes
  std::shared_ptr<const core::Saga> before;  // null for accepts and marks
  std::shared_ptr<core::Saga> after;         // only where a row needed the whole state
  core::DefinitionPointer definition;
  core::Path about;  // of the event that was decided: whose answer is lost if the store refuses it
  Counts rows;
  std::vector<core::SagaId> checkpoints;  // of a mark: whose states its rows hold
  std::optional<LockRow> ticket;          // a new one of a concurrency key
  // Whoever waits for this item's commit.
  Completion<StartReply> accepted;
  Completion<SagaView> verb;
  std::vector<Completion<bool>> waiting;  // true: stored; false: the store refused the content
};

struct Batch {
  ShardRows rows;
  std::vector<BatchItem> items;  // parallel to rows.journal
  Seq base = 0;                  // the shard's newest row before this batch
  std::int64_t taken_epoch = 0;  // of the Shard that made it: its epoch when it was taken
  std::size_t bytes = 0;         // estimate of the rows as text

  Seq next_seq() const { return base + static_cast<Seq>(items.size()) + 1; }
};
using BatchPointer = std::unique_ptr<Batch>;

struct BatchBudget {
  std::size_t rows = 2'000;
  std::size_t bytes = 4u << 20;
};

}  // namespace sagaloom::engine
