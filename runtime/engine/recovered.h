// What is read from the store when a shard is taken: the state that a Shard begins with.
// Lifecycle: filled by Recovery, consumed by Shard. Threads: a value.
#pragma once

#include <memory>
#include <vector>

#include "runtime/core/saga.h"
#include "runtime/engine/store.h"

namespace sagaloom::engine {

struct Loaded {
  std::shared_ptr<core::Saga> state;
  Seq first_seq = 0, last_seq = 0;
  Seq unsnapped = 0;        // the first record that no snapshot holds; 0: none
  core::Time stored_due{};  // of its timer row; none: there is none
};

struct Recovered {
  OwnedShard owned;
  Progress progress;
  std::vector<Loaded> sagas;  // live ones, and those that still have to call; in order of first_seq
  std::vector<InboxHead> inbox;
  std::vector<SourceRow> sources;
  std::vector<LockRow> locks;
  LiveCount count;                                 // those that are not among `sagas` too
  core::Time next_timer_read = core::Time::max();  // when timer rows have to be read again
};

}  // namespace sagaloom::engine
