// One libpq connection as a Transaction. Used by PostgresDatabase only, one thread at a time.
#pragma once

#include <libpq-fe.h>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sdk/guard/database.h"
#include "sdk/guard/postgres/postgres_database.h"

namespace sagaloom::sdk {
inline namespace v1 {

// How a COMMIT ended. A failed transaction answers COMMIT with the tag ROLLBACK, without an error.
enum class CommitResult { committed, rolled_back, again, unknown };

// A serialisation failure or a deadlock: the transaction is to be run again.
struct RunAgain : DatabaseError {
  explicit RunAgain(const std::string& text) : DatabaseError(Kind::busy, text) {}
};

class PostgresConnection : public Transaction {
 public:
  explicit PostgresConnection(const PostgresOptions& options);
  ~PostgresConnection() override;
  PostgresConnection(const PostgresConnection&) = delete;

  Rows run(std::string_view sql, const Cells& values) override;
  std::string_view create_view() const override { return "create or replace view"; }

  void execute(const std::string& sql);
  CommitResult commit();
  // After it the connection is usable, or broken() says that it is not.
  void roll_back() noexcept;
  bool broken() const { return PQstatus(handle_) != CONNECTION_OK; }

 private:
  const std::string& prepare(std::string_view sql);
  [[noreturn]] void fail(PGresult* result, std::string_view sql);

  PGconn* handle_ = nullptr;
  std::unordered_map<std::string, std::string> names_;  // of prepared statements, by SQL
};

}  // namespace v1
}  // namespace sagaloom::sdk
