#include "runtime/store/postgres/connection.h"

#include <algorithm>
#include <poll.h>
#include <vector>

#include "runtime/store/bytes.h"

namespace sagaloom::store {
namespace {

// Plans are pinned: a generic plan made on an empty table would scan it for ever. Tables are always
// reached by their keys, so every other way is off; nothing here is worth compiling.
constexpr std::string_view pinned_plans =
    " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off"
    " -c enable_mergejoin=off -c enable_bitmapscan=off -c jit=off";

std::string session_options(const PostgresOptions& options, PgUse use) {
  std::string text = "-c search_path=" + options.schema + " -c TimeZone=UTC";
  if (use == PgUse::migrating) return text + " -c lock_timeout=60s";
  const auto limit = std::to_string(options.call_limit.count());
  text += pinned_plans;
  return text + " -c statement_timeout=" + limit + " -c lock_timeout=5s" +
         " -c idle_in_transaction_session_timeout=" + limit;
}

const char* role(PgUse use) {
  switch (use) {
    case PgUse::committing:
      return " committer";
    case PgUse::looking_up:
      return " lookup";
    case PgUse::migrating:
      return " migration";
  }
  return "";
}

}  // namespace

Deadline deadline_after(core::Duration span) {
  return std::chrono::steady_clock::now() + span;
}

bool PgResult::failed() const {
  const auto now = status();
  return now == PGRES_FATAL_ERROR || now == PGRES_BAD_RESPONSE || now == PGRES_PIPELINE_ABORTED;
}

PgFailure PgResult::failure() const {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(raw_.get(), code);
    return std::string(text == nullptr ? "" : text);
  };
  std::string message = field(PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = PQresultErrorMessage(raw_.get());
  return PgFailure(field(PG_DIAG_SQLSTATE), field(PG_DIAG_CONSTRAINT_NAME), message);
}

std::string_view PgResult::bytes(int row, int column) const {
  return {PQgetvalue(raw_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(raw_.get(), row, column))};
}

std::int64_t PgResult::integer(int row, int column) const {
  const auto data = bytes(row, column);
  const auto value = big_endian(data);
  if (data.size() == 2) return static_cast<std::int16_t>(value);
  if (data.size() == 4) return static_cast<std::int32_t>(value);
  return static_cast<std::int64_t>(value);
}

core::Time PgResult::time(int row, int column) const {
  return is_null(row, column) ? core::Time{} : from_pg_time(integer(row, column));
}

core::SagaId PgResult::uuid(int row, int column) const {
  return id_from_bytes(bytes(row, column));
}

PgConnection::PgConnection(const PostgresOptions& options, PgUse use)
    : call_limit_(use == PgUse::migrating ? core::Duration(60'000) : options.call_limit) {
  connect(options, use);
}

void PgConnection::connect(const PostgresOptions& options, PgUse use) {
  const std::string name = options.application_name + role(use);
  const std::string session = session_options(options, use);
  const char* keys[] = {"dbname",
                        "application_name",
                        "options",
                        "client_encoding",
                        "keepalives",
                        "keepalives_idle",
                        "keepalives_interval",
                        "keepalives_count",
                        "tcp_user_timeout",
                        nullptr};
  const char* values[] = {options.dsn.c_str(),
                          name.c_str(),
                          session.c_str(),
                          "UTF8",
                          "1",
                          "5",
                          "2",
                          "3",
                          "10000",
                          nullptr};
  raw_.reset(PQconnectStartParams(keys, values, 1));
  if (!raw_) throw PgFailure("out of memory");
  const Deadline deadline = deadline_after(options.connect_limit);
  auto wanted = PGRES_POLLING_WRITING;
  while (PQstatus(raw_.get()) != CONNECTION_BAD) {
    wait(wanted == PGRES_POLLING_WRITING, deadline);
    wanted = PQconnectPoll(raw_.get());
    if (wanted == PGRES_POLLING_OK) break;
    if (wanted == PGRES_POLLING_FAILED) lose("connecting");
  }
  if (PQstatus(raw_.get()) != CONNECTION_OK) lose("connecting");
  if (PQsetnonblocking(raw_.get(), 1) != 0) lose("connecting");
  PQsetNoticeProcessor(raw_.get(), [](void*, const char*) {}, nullptr);
}

void PgConnection::lose(const char* what) {
  std::string message = PQerrorMessage(raw_.get());
  while (!message.empty() && message.back() == '\n') message.pop_back();
  throw PgFailure(std::string(what) + ": " + message);
}

void PgConnection::wait(bool for_write, Deadline deadline) {
  const int descriptor = PQsocket(raw_.get());
  if (descriptor < 0) lose("waiting");
  pollfd polled{descriptor, static_cast<short>(for_write ? POLLIN | POLLOUT : POLLIN), 0};
  const auto left = std::chrono::ceil<core::Duration>(deadline - std::chrono::steady_clock::now());
  const auto count = std::max<core::Duration::rep>(left.count(), 0);
  if (::poll(&polled, 1, static_cast<int>(count)) == 0) {
    throw PgFailure("the server did not answer in time");
  }
}

void PgConnection::flush() {
  for (;;) {
    const int left = PQflush(raw_.get());
    if (left == 0) return;
    if (left < 0) lose("sending");
    wait(true, deadline_);
    if (PQconsumeInput(raw_.get()) == 0) lose("receiving");
  }
}

PgResult PgConnection::last_result() {
  flush();
  while (PQisBusy(raw_.get())) {
    wait(false, deadline_);
    if (PQconsumeInput(raw_.get()) == 0) lose("receiving");
  }
  return PgResult(PQgetResult(raw_.get()));
}

PgResult PgConnection::query(const char* sql, const PgParameters& parameters) {
  limit_call();
  const auto values = parameters.values();
  const auto lengths = parameters.lengths();
  const auto formats = parameters.formats();
  if (PQsendQueryParams(raw_.get(), sql, parameters.count(), parameters.types(), values.data(),
                        lengths.data(), formats.data(), 1) == 0) {
    lose("sending");
  }
  return only_result();
}

PgResult PgConnection::query_prepared(const char* name, const PgParameters& parameters) {
  limit_call();
  send_prepared(name, parameters);
  return only_result();
}

PgResult PgConnection::only_result() {
  PgResult kept(nullptr);
  while (PgResult result = last_result()) {
    if (!kept || !kept.failed()) kept = std::move(result);
  }
  if (!kept) lose("receiving");
  if (kept.failed()) throw kept.failure();
  return kept;
}

void PgConnection::run(const std::string& sql) {
  limit_call();
  if (PQsendQuery(raw_.get(), sql.c_str()) == 0) lose("sending");
  PgResult failed(nullptr);
  while (PgResult result = last_result()) {
    if (result.failed()) failed = std::move(result);
  }
  if (failed) throw failed.failure();
  if (PQstatus(raw_.get()) != CONNECTION_OK) lose("receiving");
}

void PgConnection::prepare(const char* name, const char* sql) {
  limit_call();
  if (PQsendPrepare(raw_.get(), name, sql, 0, nullptr) == 0) lose("sending");
  PgResult failed(nullptr);
  while (PgResult result = last_result()) {
    if (result.failed()) failed = std::move(result);
  }
  if (failed) throw failed.failure();
}

void PgConnection::enter_pipeline() {
  limit_call();
  if (PQenterPipelineMode(raw_.get()) == 0) lose("pipeline");
}

void PgConnection::send_prepared(const char* name, const PgParameters& parameters) {
  const auto values = parameters.values();
  const auto lengths = parameters.lengths();
  const auto formats = parameters.formats();
  if (PQsendQueryPrepared(raw_.get(), name, parameters.count(), values.data(), lengths.data(),
                          formats.data(), 1) == 0) {
    lose("sending");
  }
}

void PgConnection::finish_pipeline() {
  if (PQpipelineSync(raw_.get()) == 0) lose("sending");
}

PgResult PgConnection::next() {
  for (;;) {
    PgResult result = last_result();
    if (result) return result;
    if (PQstatus(raw_.get()) != CONNECTION_OK) lose("receiving");
  }
}

void PgConnection::leave_pipeline() {
  if (PQexitPipelineMode(raw_.get()) == 0) lose("pipeline");
}

}  // namespace sagaloom::store
