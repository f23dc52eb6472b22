// Tickets of concurrency keys at their home shard: who holds a key, who waits, in order of arrival.
//
// A key belongs to roots: sagas of one tree share what one of them holds, and at most `slots` roots
// hold it at a time. Nobody overtakes who waits, but the tree of a holder.
// Lifecycle: of its shard, complete from recovery on. Threads: one at a time.
// Source: semantics.md section 11.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/engine/mail.h"

namespace sagaloom::engine {

struct LockName {
  std::string tenant, scope, key;
  auto operator<=>(const LockName&) const = default;
};
LockName name_of(const LockRow& row);

class Locks {
 public:
  // Whether the root could hold the key now.
  bool is_free(const LockName& name, const core::SagaId& root, std::uint32_t slots) const;
  void add(LockRow row);
  std::optional<LockRow> find(const LockName& name, const core::SagaId& saga) const;
  // Removes it and marks those that hold the key now, who did not before; gives them out.
  std::vector<LockRow> remove(const LockName& name, Seq ticket);

  // When a holder is to be told, or asked whether it exists; none: not any more.
  void tell_at(const LockRow& row, core::Time at);
  std::vector<LockRow> take_due(core::Time now);
  core::Time next_due() const;  // max: never

  std::size_t size() const { return size_; }

 private:
  struct Ticket {
    LockRow row;
    core::Time tell_at{};
  };
  using Queue = std::map<Seq, Ticket>;

  static bool may_hold(const Queue& queue, const core::SagaId& root, std::uint32_t slots);
  Ticket* ticket(const LockRow& row);

  std::map<LockName, Queue> queues_;
  std::set<std::pair<core::Time, std::pair<LockName, Seq>>> due_;
  std::size_t size_ = 0;
};

}  // namespace sagaloom::engine
