#include "sdk/guard/postgres/postgres_connection.h"

#include <cstdlib>
#include <memory>

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

constexpr Oid kInt8 = 20, kInt2 = 21, kInt4 = 23;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

bool succeeded(PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

std::string state_of(PGresult* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? std::string() : state;
}

bool asks_again(const std::string& state) {
  return state == "40001" || state == "40P01";
}

// Without an SQLSTATE the connection is gone; 57P0x: the server goes down or comes up; 53: it is
// out of memory, disk or connections.
bool is_unavailable(const std::string& state) {
  return state.empty() || state.starts_with("08") || state.starts_with("57P") ||
         state.starts_with("53") || state.starts_with("58");
}

DatabaseError::Kind kind_of(const std::string& state) {
  if (state == "55P03" || state == "57014") return DatabaseError::Kind::busy;
  return is_unavailable(state) ? DatabaseError::Kind::unavailable : DatabaseError::Kind::failed;
}

Cell cell_of(PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column)) return Cell();
  const char* text = PQgetvalue(result, row, column);
  const Oid type = PQftype(result, column);
  if (type == kInt8 || type == kInt4 || type == kInt2) {
    return Cell(static_cast<std::int64_t>(std::strtoll(text, nullptr, 10)));
  }
  const auto size = static_cast<std::size_t>(PQgetlength(result, row, column));
  return Cell(std::string(text, size));
}

Rows rows_of(PGresult* result) {
  Rows rows;
  for (int row = 0; row < PQntuples(result); ++row) {
    Cells cells;
    for (int column = 0; column < PQnfields(result); ++column) {
      cells.push_back(cell_of(result, row, column));
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

// Values as texts and pointers, in the shape libpq wants.
struct Parameters {
  explicit Parameters(const Cells& values) {
    texts.reserve(values.size());
    for (const Cell& value : values) {
      texts.push_back(value.is_integer() ? std::to_string(value.integer()) : value.text());
      pointers.push_back(value.is_null() ? nullptr : texts.back().c_str());
    }
  }
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
};

}  // namespace

PostgresConnection::PostgresConnection(const PostgresOptions& options) {
  const char* const keywords[] = {"connect_timeout", "tcp_user_timeout", "dbname", nullptr};
  const char* const values[] = {"5", "15000", options.dsn.c_str(), nullptr};
  handle_ = PQconnectdbParams(keywords, values, 1);
  if (broken()) {
    const std::string text = "cannot connect: " + std::string(PQerrorMessage(handle_));
    PQfinish(handle_);
    throw DatabaseError(DatabaseError::Kind::unavailable, text);
  }
  PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
  try {
    execute(
        "set statement_timeout = '15s'; set lock_timeout = '5s'; "
        "set idle_in_transaction_session_timeout = '30s'");
    if (!options.schema.empty()) execute("set search_path to \"" + options.schema + "\"");
  } catch (...) {
    PQfinish(handle_);
    throw;
  }
}

PostgresConnection::~PostgresConnection() {
  PQfinish(handle_);
}

void PostgresConnection::execute(const std::string& sql) {
  const Result result(PQexec(handle_, sql.c_str()));
  if (!succeeded(result.get())) fail(result.get(), sql);
}

Rows PostgresConnection::run(std::string_view sql, const Cells& values) {
  const std::string& name = prepare(sql);
  const Parameters parameters(values);
  const Result result(PQexecPrepared(handle_, name.c_str(), static_cast<int>(values.size()),
                                     parameters.pointers.data(), nullptr, nullptr, 0));
  if (!succeeded(result.get())) fail(result.get(), sql);
  return rows_of(result.get());
}

const std::string& PostgresConnection::prepare(std::string_view sql) {
  const auto found = names_.find(std::string(sql));
  if (found != names_.end()) return found->second;
  const std::string name = "s" + std::to_string(names_.size());
  const std::string text(sql);
  const Result result(PQprepare(handle_, name.c_str(), text.c_str(), 0, nullptr));
  if (!succeeded(result.get())) fail(result.get(), sql);
  return names_.emplace(text, name).first->second;
}

CommitResult PostgresConnection::commit() {
  const Result result(PQexec(handle_, "commit"));
  if (succeeded(result.get())) {
    return std::string_view(PQcmdStatus(result.get())) == "COMMIT" ? CommitResult::committed
                                                                   : CommitResult::rolled_back;
  }
  const std::string state = state_of(result.get());
  if (asks_again(state)) return CommitResult::again;
  return is_unavailable(state) ? CommitResult::unknown : CommitResult::rolled_back;
}

void PostgresConnection::roll_back() noexcept {
  if (!broken()) PQclear(PQexec(handle_, "rollback"));
}

void PostgresConnection::fail(PGresult* result, std::string_view sql) {
  const std::string state = state_of(result);
  const std::string text = PQerrorMessage(handle_) + std::string("in: ") + std::string(sql);
  if (asks_again(state)) throw RunAgain(text);
  throw DatabaseError(kind_of(state), text);
}

}  // namespace v1
}  // namespace sagaloom::sdk
