// Remembers the last `limit` ids, which is how a reader turns "at least once" into "once".
// A re-send follows the first send by the size of the sender's window, never by days: so a bounded
// memory is enough. One that must survive a restart belongs into the reader's own database, in the
// transaction of what the event caused.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_set>

namespace consumer {

class SeenIds {
 public:
  explicit SeenIds(std::size_t limit) : limit_(limit) {}

  // True when the id is new.
  bool add(const std::string& id) {
    if (!ids_.insert(id).second) return false;
    order_.push_back(id);
    if (order_.size() > limit_) {
      ids_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

 private:
  std::size_t limit_;
  std::unordered_set<std::string> ids_;
  std::deque<std::string> order_;
};

}  // namespace consumer
