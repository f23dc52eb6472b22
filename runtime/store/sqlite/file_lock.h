// The exclusive lock of a database file for the life of a process (flock on `<path>.lock`).
#pragma once

#include <string>

#include "runtime/core/time.h"

namespace sagaloom::store {

class FileLock {
 public:
  // Waits at most `wait` for a process that is just ending; throws OpenError `store.locked`, which
  // names the process that holds it, or `store.open_failed`.
  FileLock(const std::string& database, core::Duration wait);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  bool acquire(core::Duration wait);
  void write_owner() const;

  int descriptor_ = -1;
};

}  // namespace sagaloom::store
