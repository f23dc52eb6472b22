// A plugin's SQLite database held by the test, so that a call waits for as long as the test wants.
//
// Lifecycle: held from the constructor to `release` or the end. Errors: std::runtime_error.
#pragma once

#include <sqlite3.h>
#include <stdexcept>
#include <string>

namespace sagaloom::tests {

// The write lock of a SQLite file, until `release` or the end.
class HeldDatabase {
 public:
  explicit HeldDatabase(const std::string& path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error(path);
    sqlite3_busy_timeout(handle_, 10'000);
    execute("begin immediate");
  }
  ~HeldDatabase() {
    release();
    sqlite3_close(handle_);
  }
  void release() {
    if (held_) execute("rollback");
    held_ = false;
  }

 private:
  void execute(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(handle_));
  }
  sqlite3* handle_ = nullptr;
  bool held_ = true;
};

}  // namespace sagaloom::tests
