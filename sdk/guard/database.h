// What the participant guard and a bundled plugin need of a database: one transaction around one
// call, the same SQL for SQLite and Postgres.
//
// SQL is written with `$1`, `$2` … for values and must be understood by both. Rows come back
// whole. Lifecycle: a Transaction lives inside Database::run. Threads: Database::run from any
// thread; a Transaction by the body only. Errors: a failed statement throws DatabaseError, which
// Database::run turns into an Outcome: before COMMIT was sent the attempt surely did nothing
// (RETRYABLE `database.unavailable`, `database.busy`), afterwards nobody knows (UNKNOWN
// `database.commit_unknown`); a broken statement is FATAL `database.failed`.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sdk/call.h"

namespace sagaloom::sdk {
inline namespace v1 {

class Cell {
 public:
  Cell() = default;  // NULL
  Cell(std::int64_t number) : value_(number) {}
  Cell(int number) : value_(std::int64_t{number}) {}
  Cell(std::string text) : value_(std::move(text)) {}
  Cell(std::string_view text) : value_(std::string(text)) {}
  Cell(const char* text) : value_(std::string(text)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  // Each asserts its kind (std::bad_variant_access); text of NULL is empty.
  std::int64_t integer() const { return std::get<std::int64_t>(value_); }
  std::string text() const { return is_null() ? std::string() : std::get<std::string>(value_); }

 private:
  std::variant<std::monostate, std::int64_t, std::string> value_;
};

using Cells = std::vector<Cell>;
using Rows = std::vector<Cells>;

struct DatabaseError : std::runtime_error {
  enum class Kind { busy, unavailable, failed };
  DatabaseError(Kind what, const std::string& text) : std::runtime_error(text), kind(what) {}
  Kind kind;
};

class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual Rows run(std::string_view sql, const Cells& values) = 0;
  // "create or replace view", "create view if not exists": the one thing they say differently.
  virtual std::string_view create_view() const = 0;

  template <typename... Values>
  Rows operator()(std::string_view sql, const Values&... values) {
    return run(sql, Cells{Cell(values)...});
  }
};

class Database {
 public:
  using Body = std::function<Outcome(Transaction&)>;

  virtual ~Database() = default;
  // Runs the body in one transaction and commits; the body may be run again from its start when
  // the database asks for it (a deadlock), so it changes nothing outside the transaction. An
  // exception rolls back and is thrown on, unless it is a DatabaseError.
  virtual Outcome run(const Body& body) = 0;
  // Executes statements that make the schema; serialised against other processes.
  virtual void migrate(const std::function<void(Transaction&)>& body) = 0;
};

Outcome outcome_of(const DatabaseError& problem);

}  // namespace v1
}  // namespace sagaloom::sdk
