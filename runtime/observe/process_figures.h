// What the system knows about this process, under the names that every Prometheus client uses.
#pragma once

#include <cstdint>

namespace sagaloom::observe {

struct ProcessFigures {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
  double started_seconds = 0;  // since the epoch
};

// From /proc; a figure that cannot be read is 0. Any thread.
ProcessFigures process_figures();

}  // namespace sagaloom::observe
