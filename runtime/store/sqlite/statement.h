// A connection to an SQLite file and its prepared statements, with errors as SqliteFailure.
//
// Lifecycle: a Statement must die before its Connection. Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <string_view>

#include "runtime/core/saga_id.h"
#include "runtime/core/time.h"

namespace sagaloom::store {

// `code` is SQLite's extended result code.
class SqliteFailure : public std::runtime_error {
 public:
  SqliteFailure(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
  int code() const { return code_; }
  int primary_code() const { return code_ & 0xff; }

 private:
  int code_;
};

class Connection {
 public:
  // `vfs` may be empty. Throws SqliteFailure.
  Connection(const std::string& path, const std::string& vfs);

  void run(const std::string& sql);       // any number of statements without results
  int try_run(const char* sql) noexcept;  // the extended result code instead of an exception
  bool in_transaction() const { return sqlite3_get_autocommit(raw_.get()) == 0; }
  int changes() const { return sqlite3_changes(raw_.get()); }
  sqlite3* raw() const { return raw_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::unique_ptr<sqlite3, Close> raw_;
};

// Binding is by position from 1 in the order of the calls; columns from 0.
class Statement {
 public:
  Statement(Connection& connection, std::string_view sql);

  Statement& start();  // forgets bindings and results of the last use
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind_blob(std::string_view bytes);
  Statement& bind(const core::SagaId& id);
  Statement& bind_time(core::Time time);  // none: null
  Statement& bind_null();

  bool step();  // whether there is a row
  void run();   // step to the end, then release the statement's locks

  std::int64_t integer(int column) const;
  std::string text(int column) const;
  std::string_view blob(int column) const;  // valid until the next step
  core::SagaId id(int column) const;
  core::Time time(int column) const;  // null: none
  bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  void check(int code) const;

  sqlite3* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> raw_;
  int next_ = 1;
};

}  // namespace sagaloom::store
