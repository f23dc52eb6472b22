#include "runtime/store/sqlite/statement.h"

#include "runtime/store/bytes.h"

namespace sagaloom::store {
namespace {

constexpr int busy_timeout_ms = 5000;

[[noreturn]] void fail(sqlite3* connection, int code) {
  throw SqliteFailure(connection ? sqlite3_extended_errcode(connection) : code,
                      connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code));
}

}  // namespace

Connection::Connection(const std::string& path, const std::string& vfs) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened, flags, vfs.empty() ? nullptr : vfs.c_str());
  raw_.reset(opened);
  if (code != SQLITE_OK) fail(opened, code);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, busy_timeout_ms);
}

void Connection::run(const std::string& sql) {
  const int code = sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(raw_.get(), code);
}

int Connection::try_run(const char* sql) noexcept {
  return sqlite3_exec(raw_.get(), sql, nullptr, nullptr, nullptr);
}

Statement::Statement(Connection& connection, std::string_view sql) : connection_(connection.raw()) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  raw_.reset(prepared);
  check(code);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(connection_, code);
}

Statement& Statement::start() {
  sqlite3_reset(raw_.get());
  next_ = 1;
  return *this;
}

Statement& Statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(raw_.get(), next_++, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text64(raw_.get(), next_++, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  check(sqlite3_bind_blob64(raw_.get(), next_++, data, bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind(const core::SagaId& id) {
  return bind_blob(id_bytes(id));
}

Statement& Statement::bind_time(core::Time time) {
  return time == core::Time{} ? bind_null() : bind(time.time_since_epoch().count());
}

Statement& Statement::bind_null() {
  check(sqlite3_bind_null(raw_.get(), next_++));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(raw_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const int extended = sqlite3_extended_errcode(connection_);
  const std::string message = sqlite3_errmsg(connection_);
  sqlite3_reset(raw_.get());
  throw SqliteFailure(extended, message);
}

void Statement::run() {
  while (step()) {
  }
  sqlite3_reset(raw_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(raw_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(raw_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column));
  return data == nullptr ? std::string() : std::string(data, size);
}

std::string_view Statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(raw_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column));
  return data == nullptr ? std::string_view() : std::string_view(data, size);
}

core::SagaId Statement::id(int column) const {
  return id_from_bytes(blob(column));
}

core::Time Statement::time(int column) const {
  return core::Time(core::Duration(integer(column)));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(raw_.get(), column) == SQLITE_NULL;
}

}  // namespace sagaloom::store
