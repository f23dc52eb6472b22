// One connection that is re-made with backoff, and the check that it leads to the same server.
//
// Threads: one at a time (each port part locks its own). Errors: engine::StoreError while the
// server is away, or while the backoff after a failed attempt lasts; StoreReplaced.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/store/postgres/connection.h"

namespace sagaloom::store {

class PgServer {
 public:
  PgServer(PostgresOptions options, PgUse use) : options_(std::move(options)), use_(use) {}

  // The connection, made when there is none. `fresh` is told whether it was made now.
  PgConnection& connection(bool* fresh = nullptr);
  void drop() { connection_.reset(); }
  bool connected() const { return connection_ != nullptr; }

  // Runs work(connection); a failure becomes StoreError, and a lost connection is dropped.
  template <typename Work>
  auto use(Work&& work) {
    try {
      return work(connection());
    } catch (const PgFailure& failure) {
      give_up(failure);
    }
  }
  [[noreturn]] void give_up(const PgFailure& failure);

 private:
  void check_identity(PgConnection& connection);

  PostgresOptions options_;
  PgUse use_;
  std::unique_ptr<PgConnection> connection_;
  std::int64_t system_identifier_ = 0;  // of the first server met
  core::Duration backoff_{0};
  Deadline next_attempt_{};
};

}  // namespace sagaloom::store
