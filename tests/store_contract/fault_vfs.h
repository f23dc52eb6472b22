// An SQLite VFS that passes everything to the default one, but for the faults asked of it.
//
// A fault that loses an answer also makes every file that is open then dead: nothing it is told
// reaches the disk any more, as after the end of the process that had it open.
// Lifecycle: registered once per process under the name `sagaloom_fault`. Threads: any.
#pragma once

#include <functional>

namespace sagaloom::tests {

inline constexpr const char* fault_vfs_name = "sagaloom_fault";

class FaultVfs {
 public:
  static void install();
  // The next commit's first write to the WAL fails: nothing of it is on the disk.
  static void fail_next_write();
  // The next commit is written and synced, and yet reported as failed.
  static void fail_after_next_sync();
  static void set_full(bool full);  // writes to the WAL find no space
  // Called before the first write to the WAL of the next commit.
  static void at_next_write(std::function<void()> call);
};

}  // namespace sagaloom::tests
