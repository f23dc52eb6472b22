#include "runtime/engine/locks.h"

#include <algorithm>

namespace sagaloom::engine {

LockName name_of(const LockRow& row) {
  return {row.tenant, row.scope, row.key};
}

bool Locks::may_hold(const Queue& queue, const core::SagaId& root, std::uint32_t slots) {
  std::set<core::SagaId> holders;
  for (const auto& [number, ticket] : queue) {
    if (ticket.row.held) holders.insert(ticket.row.root);
  }
  return holders.contains(root) || holders.size() < slots;
}

bool Locks::is_free(const LockName& name, const core::SagaId& root, std::uint32_t slots) const {
  const auto queue = queues_.find(name);
  if (queue == queues_.end()) return true;
  const auto shares = [&](const auto& entry) {
    return entry.second.row.held && entry.second.row.root == root;
  };
  if (std::any_of(queue->second.begin(), queue->second.end(), shares)) return true;
  const auto waits = [](const auto& entry) { return !entry.second.row.held; };
  if (std::any_of(queue->second.begin(), queue->second.end(), waits)) return false;
  return may_hold(queue->second, root, slots);
}

void Locks::add(LockRow row) {
  const LockName name = name_of(row);
  const Seq number = row.ticket;
  queues_[name].insert_or_assign(number, Ticket{std::move(row), {}});
  ++size_;
}

std::optional<LockRow> Locks::find(const LockName& name, const core::SagaId& saga) const {
  const auto queue = queues_.find(name);
  if (queue == queues_.end()) return std::nullopt;
  for (const auto& [number, ticket] : queue->second) {
    if (ticket.row.saga == saga) return ticket.row;
  }
  return std::nullopt;
}

std::vector<LockRow> Locks::remove(const LockName& name, Seq number) {
  std::vector<LockRow> granted;
  const auto found = queues_.find(name);
  if (found == queues_.end()) return granted;
  Queue& queue = found->second;
  const auto gone = queue.find(number);
  if (gone != queue.end()) {
    due_.erase({gone->second.tell_at, {name, number}});
    queue.erase(gone);
    --size_;
  }
  for (auto& [next, ticket] : queue) {
    if (ticket.row.held) continue;
    if (!may_hold(queue, ticket.row.root, ticket.row.slots)) break;
    ticket.row.held = true;
    granted.push_back(ticket.row);
  }
  if (queue.empty()) queues_.erase(found);
  return granted;
}

Locks::Ticket* Locks::ticket(const LockRow& row) {
  const auto queue = queues_.find(name_of(row));
  if (queue == queues_.end()) return nullptr;
  const auto found = queue->second.find(row.ticket);
  return found == queue->second.end() ? nullptr : &found->second;
}

void Locks::tell_at(const LockRow& row, core::Time at) {
  Ticket* found = ticket(row);
  if (found == nullptr) return;
  due_.erase({found->tell_at, {name_of(row), row.ticket}});
  found->tell_at = at;
  if (at != core::Time{}) due_.insert({at, {name_of(row), row.ticket}});
}

std::vector<LockRow> Locks::take_due(core::Time now) {
  std::vector<LockRow> rows;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto [name, number] = due_.begin()->second;
    due_.erase(due_.begin());
    Ticket& found = queues_.at(name).at(number);
    found.tell_at = core::Time{};
    rows.push_back(found.row);
  }
  return rows;
}

core::Time Locks::next_due() const {
  return due_.empty() ? core::Time::max() : due_.begin()->first;
}

}  // namespace sagaloom::engine
