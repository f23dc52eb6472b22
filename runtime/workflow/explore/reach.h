// Which ends follow from which fault: the graph of the worlds that were met, without the worlds.
//
// Lifecycle: filled during a search, asked once at its end. Threads: one. Limit: as many worlds as
// the search meets.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "runtime/workflow/explore/explorer.h"

namespace sagaloom::explore {

class Reach {
 public:
  void add_world() { edges_.emplace_back(), end_at_.push_back(none); }
  void connect(std::uint32_t from, std::uint32_t to, bool by_fault);
  // The fault of this row leads to this world.
  void start(Row row, std::uint32_t to);
  void end(std::uint32_t world, End end);
  // Puts ends and rows in their order into the result.
  void finish(const core::Definition& definition, Exploration& result);

 private:
  static constexpr std::uint32_t none = ~0u;
  struct Edge {
    std::uint32_t to = 0;
    bool by_fault = false;
  };
  using Bits = std::vector<std::uint64_t>;
  // The ends that each world leads to, without further faults or with them.
  std::vector<Bits> propagate(bool with_faults) const;
  std::vector<std::size_t> ends_of(const std::vector<std::uint32_t>& starts,
                                   const std::vector<Bits>& reached) const;

  std::vector<std::vector<Edge>> edges_;
  std::vector<std::uint32_t> end_at_;
  std::map<End, std::uint32_t> ends_;
  struct Started {
    Row row;
    std::vector<std::uint32_t> worlds;
  };
  std::vector<Started> rows_;
};

}  // namespace sagaloom::explore
