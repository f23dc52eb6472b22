#include "runtime/engine/waits.h"

namespace sagaloom::engine {

void Waits::add(const core::SagaId& id, core::Time until, Completion<SagaView> done) {
  const std::uint64_t number = ++last_;
  waiting_[id].emplace(number, Waiter{until, std::move(done)});
  due_.insert({until, {number, id}});
}

std::vector<Completion<SagaView>> Waits::take(const core::SagaId& id) {
  std::vector<Completion<SagaView>> all;
  const auto it = waiting_.find(id);
  if (it == waiting_.end()) return all;
  for (auto& [number, waiter] : it->second) {
    due_.erase({waiter.until, {number, id}});
    all.push_back(std::move(waiter.done));
  }
  waiting_.erase(it);
  return all;
}

std::vector<Waits::Expired> Waits::take_expired(core::Time now) {
  std::vector<Expired> expired;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto [number, id] = due_.begin()->second;
    due_.erase(due_.begin());
    const auto it = waiting_.find(id);
    expired.push_back({id, std::move(it->second.at(number).done)});
    it->second.erase(number);
    if (it->second.empty()) waiting_.erase(it);
  }
  return expired;
}

core::Time Waits::next_due() const {
  return due_.empty() ? core::Time::max() : due_.begin()->first;
}

std::vector<core::SagaId> Waits::sagas() const {
  std::vector<core::SagaId> ids;
  for (const auto& [id, waiters] : waiting_) ids.push_back(id);
  return ids;
}

}  // namespace sagaloom::engine
