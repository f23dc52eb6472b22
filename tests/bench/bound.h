// The bound: the rows of the benchmark saga written through Journal::commit, and nothing else.
//
// The benchmark saga is an identity, 256 B of input, three no-op steps with 96 B of output and one
// 256 B event each, status at accept and end: four records, one saga row written twice. No engine,
// no decisions: what is measured is the store. While one half of the sagas in flight is being
// committed, the rows of the other half are built by a second thread.
// Lifecycle: a call. Threads: one beside the caller's. Errors: std::runtime_error when a commit
// does not end as committed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/engine/store.h"

namespace sagaloom::bench {

struct BoundOptions {
  std::size_t in_flight = 1'024;
  std::size_t rows_per_batch = 2'000;
  core::Duration run_for{5'000};
  // Bytes of log written by the store so far; empty: not measured.
  std::function<std::int64_t()> log_bytes;
};

struct BoundResult {
  std::int64_t sagas = 0;
  std::int64_t journal_rows = 0;
  std::int64_t other_rows = 0;  // saga rows written, identities
  std::int64_t commits = 0;     // each one round trip
  std::int64_t log_bytes = 0;
  double seconds = 0;

  double per_second() const { return static_cast<double>(sagas) / seconds; }
  double per_saga(std::int64_t count) const {
    return static_cast<double>(count) / static_cast<double>(sagas);
  }
};

// Takes over all shards of the store, which must be free, and writes until the time is over.
BoundResult run_bound(engine::Store& store, const BoundOptions& options);

// One line: sagas/s, rows, log bytes and round trips per saga.
std::string describe(const BoundResult& result);

// Readers of `log_bytes`: the server's WAL position, and what this process has written to files.
std::function<std::int64_t()> postgres_wal_bytes(const std::string& dsn);
std::function<std::int64_t()> process_written_bytes();

}  // namespace sagaloom::bench
