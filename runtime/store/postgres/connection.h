// A connection to PostgreSQL whose every wait ends at a deadline.
//
// Lifecycle: connected by the constructor; after a PgFailure with lost() it is of no more use.
// Threads: one at a time. libpq is used without blocking, so that a server or network that stops
// answering costs the call's limit and no more.
#pragma once

#include <chrono>
#include <cstdint>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "runtime/store/postgres/binary.h"
#include "runtime/store/postgres/postgres_store.h"

namespace sagaloom::store {

using Deadline = std::chrono::steady_clock::time_point;
Deadline deadline_after(core::Duration span);

// A statement that failed, with its SQLSTATE, or a connection that was lost.
class PgFailure : public std::runtime_error {
 public:
  PgFailure(std::string state, std::string constraint, const std::string& message)
      : std::runtime_error(message), state_(std::move(state)), constraint_(std::move(constraint)) {}
  explicit PgFailure(const std::string& message) : std::runtime_error(message) {}

  // No answer, a failed connection (08), or a server that ends (57P01 to 57P03).
  bool lost() const {
    return state_.empty() || state_.starts_with("08") || state_.starts_with("57P0");
  }
  const std::string& state() const { return state_; }
  const std::string& constraint() const { return constraint_; }

 private:
  std::string state_, constraint_;
};

// A result in binary format.
class PgResult {
 public:
  explicit PgResult(PGresult* raw) : raw_(raw) {}

  ExecStatusType status() const { return PQresultStatus(raw_.get()); }
  explicit operator bool() const { return raw_ != nullptr; }
  bool failed() const;
  PgFailure failure() const;
  std::string_view tag() const { return PQcmdStatus(raw_.get()); }

  int rows() const { return PQntuples(raw_.get()); }
  bool is_null(int row, int column) const { return PQgetisnull(raw_.get(), row, column) != 0; }
  std::string_view bytes(int row, int column) const;
  std::string text(int row, int column) const { return std::string(bytes(row, column)); }
  std::int64_t integer(int row, int column) const;  // int2, int4 or int8; null: 0
  bool boolean(int row, int column) const { return integer(row, column) != 0; }
  core::Time time(int row, int column) const;  // null: none
  core::SagaId uuid(int row, int column) const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> raw_;
};

enum class PgUse : std::uint8_t { committing, looking_up, migrating };

class PgConnection {
 public:
  // Connects within options.connect_limit. Throws PgFailure.
  PgConnection(const PostgresOptions& options, PgUse use);
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // One statement, binary results. Throws PgFailure.
  PgResult query(const char* sql, const PgParameters& parameters = {});
  // Any number of statements without results.
  void run(const std::string& sql);
  void prepare(const char* name, const char* sql);
  PgResult query_prepared(const char* name, const PgParameters& parameters);

  // A pipeline: enter, send…, finish, then next() until the sync's result.
  void enter_pipeline();
  void send_prepared(const char* name, const PgParameters& parameters);
  void finish_pipeline();
  PgResult next();  // skips the empty results between statements
  void leave_pipeline();

  PGTransactionStatusType transaction_status() const { return PQtransactionStatus(raw_.get()); }
  void limit_call() { deadline_ = deadline_after(call_limit_); }

 private:
  void connect(const PostgresOptions& options, PgUse use);
  void wait(bool for_write, Deadline deadline);
  void flush();
  PgResult last_result();
  PgResult only_result();
  [[noreturn]] void lose(const char* what);

  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  std::unique_ptr<PGconn, Finish> raw_;
  core::Duration call_limit_;
  Deadline deadline_{};
};

}  // namespace sagaloom::store
