// The rows of one benchmark saga, record by record, as the engine's decisions would give them.
// Threads: a value.
#pragma once

#include <cstdint>
#include <memory>

#include "runtime/engine/store.h"

namespace sagaloom::bench {

class BenchmarkSaga {
 public:
  static constexpr int records = 4;

  BenchmarkSaga(engine::ShardNumber shard, std::int64_t number);

  // Appends the rows of the next record at `seq`.
  void append_next(engine::ShardRows& rows, engine::Seq seq);
  bool ended() const { return done_ == records; }

 private:
  core::Record accepted();
  core::Record answered(int step);
  void start_step(core::Record& record, int step);
  void finish(core::Record& record);

  std::int64_t number_;
  core::Saga saga_;
  int done_ = 0;
  engine::Seq first_ = 0, prev_ = 0;
  core::Time now_;
};

}  // namespace sagaloom::bench
