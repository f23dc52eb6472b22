// What is under way of each partition, and how far it may be committed. Pure: no Kafka in it.
// Threads: one at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sagaloom::kafka {

class Lanes {
 public:
  using Partition = std::pair<std::string, std::int32_t>;
  struct Ticket {  // of one record that was given out
    Partition partition;
    std::uint64_t life = 0;  // of the lane
    std::int64_t offset = 0;
    std::shared_ptr<std::atomic<bool>> broken;
  };

  // nullopt: the partition has a gap, the record will be read again.
  std::optional<Ticket> give_out(const Partition& partition, std::int64_t offset);
  void taken(const Ticket& ticket, bool durable);

  // The offset after the last record that may be committed, when it moved since the last call.
  std::optional<std::int64_t> take_committable(const Partition& partition);
  // Partitions with a gap of which nothing is under way any more: where to read on. The lane
  // begins anew.
  std::map<Partition, std::int64_t> take_gaps();
  // It belongs to somebody else now, or will be read from another place.
  void forget(const Partition& partition) { lanes_.erase(partition); }
  void forget_all() { lanes_.clear(); }

  std::size_t under_way() const { return under_way_; }

 private:
  struct Lane {
    std::uint64_t life = 0;
    std::map<std::int64_t, bool> open;  // offsets given out; true: taken
    std::optional<std::int64_t> gap;    // the first that was not taken
    std::int64_t committable = -1, told = -1;
    std::size_t under_way = 0;
    std::shared_ptr<std::atomic<bool>> broken;
  };
  Lane& lane(const Partition& partition);

  std::map<Partition, Lane> lanes_;
  std::uint64_t last_life_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace sagaloom::kafka
