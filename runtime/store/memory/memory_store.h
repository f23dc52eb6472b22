// The store for tests and simulation: all three ports over one shared database in memory.
//
// Several nodes open the same MemoryDatabase, so that takeover, fence and leases behave as over a
// server. It is deterministic: its clock and its faults come from outside, its store id is given.
// Lifecycle: the database lives as long as the last store opened on it. Threads: any; one mutex
// per database, never held while a fault hook runs. It never throws StoreError by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/store.h"

namespace sagaloom::store {

// What happens to one commit instead of what would have happened.
enum class CommitFault : std::uint8_t {
  none,
  refused,         // the content is refused
  not_written,     // a definite failure that is worth a retry: a full disk
  lost_unwritten,  // the answer is lost, and nothing was written
  lost_written,    // the answer is lost, and all was written
  away,            // StoreError
};

struct MemoryOptions {
  std::uint16_t shards = 4;
  std::string store_id = "memory";
  std::function<core::Time()> now;  // empty: the system clock
  // Called before each commit, outside the lock: it may block (a frozen client) and decides the
  // commit's fate. Empty: no faults.
  std::function<CommitFault(const std::vector<engine::ShardRows>&)> fault;
};

class MemoryDatabase;

std::shared_ptr<MemoryDatabase> make_memory_database(MemoryOptions options = {});
engine::Store open_memory(std::shared_ptr<MemoryDatabase> database, std::string node_id);

// For checkers: all journal rows of a shard, and its dead letters, in order.
std::vector<engine::StoredRecord> journal_of(const MemoryDatabase& database,
                                             engine::ShardNumber shard);
std::vector<engine::DeadLetterRow> dead_letters_of(const MemoryDatabase& database,
                                                   engine::ShardNumber shard);

}  // namespace sagaloom::store
