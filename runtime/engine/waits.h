// Who waits for a saga to end or park: one entry each, no thread, no poll.
// Threads: one (of the saga's shard).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "runtime/engine/engine.h"

namespace sagaloom::engine {

class Waits {
 public:
  void add(const core::SagaId& id, core::Time until, Completion<SagaView> done);
  // Everybody who waits for this saga; they don't any more.
  std::vector<Completion<SagaView>> take(const core::SagaId& id);
  struct Expired {
    core::SagaId id;
    Completion<SagaView> done;
  };
  std::vector<Expired> take_expired(core::Time now);
  core::Time next_due() const;  // max: never
  std::vector<core::SagaId> sagas() const;
  bool empty() const { return due_.empty(); }

 private:
  struct Waiter {
    core::Time until{};
    Completion<SagaView> done;
  };
  std::map<core::SagaId, std::map<std::uint64_t, Waiter>> waiting_;
  std::set<std::pair<core::Time, std::pair<std::uint64_t, core::SagaId>>> due_;
  std::uint64_t last_ = 0;
};

}  // namespace sagaloom::engine
