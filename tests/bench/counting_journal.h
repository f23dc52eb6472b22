// A Journal that counts what goes through it: rows, commits, and every other round trip.
// Lifecycle and threads: those of the journal inside; the figures may be read from any thread.
#pragma once

#include <atomic>
#include <memory>

#include "runtime/engine/store.h"

namespace sagaloom::bench {

struct JournalFigures {
  std::int64_t journal_rows = 0, other_rows = 0, commits = 0, reads = 0;
  std::int64_t round_trips() const { return commits + reads; }
};
JournalFigures operator-(const JournalFigures& left, const JournalFigures& right);

class JournalCounts {
 public:
  JournalFigures figures() const;

 private:
  friend class CountingJournal;
  std::atomic<std::int64_t> journal_rows_{0}, other_rows_{0}, commits_{0}, reads_{0};
};

// `counts` outlives nothing: it is shared.
std::unique_ptr<engine::Journal> counting(std::unique_ptr<engine::Journal> journal,
                                          std::shared_ptr<JournalCounts> counts);

}  // namespace sagaloom::bench
