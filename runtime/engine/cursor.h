// The opaque cursor of the event log: per shard how far a reader has come.
// Text: "v1" and for each shard "_<shard>.<seq>" or "_<shard>.<seq>.<n>", the latter when only the
// first n messages of that row were read. Threads: a value. Errors: parse gives nullopt.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/store.h"

namespace sagaloom::engine {

class Cursor {
 public:
  static std::optional<Cursor> parse(std::string_view text);
  std::string text() const;

  // Where the rows of each of `shards` shards have to be read from.
  std::vector<EventPosition> positions(std::uint16_t shards) const;
  // Messages of this row that were read already.
  std::size_t skipped(ShardNumber shard, Seq seq) const;
  // `n` messages of the row's `total` were read.
  void advance(ShardNumber shard, Seq seq, std::size_t n, std::size_t total);
  // The last row of the shard of which something was read; 0: none.
  Seq seq(ShardNumber shard) const;

 private:
  struct Place {
    Seq seq = 0;
    std::size_t n = 0;  // 0: the row was read whole
  };
  std::map<ShardNumber, Place> places_;
};

}  // namespace sagaloom::engine
