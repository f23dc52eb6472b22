#include "runtime/store/postgres/server.h"

#include <algorithm>
#include <chrono>

namespace sagaloom::store {
namespace {

constexpr core::Duration first_backoff{50};
constexpr core::Duration longest_backoff{2'000};

}  // namespace

PgConnection& PgServer::connection(bool* fresh) {
  if (fresh != nullptr) *fresh = connection_ == nullptr;
  if (connection_) return *connection_;
  if (std::chrono::steady_clock::now() < next_attempt_) {
    throw engine::StoreError("PostgreSQL is away; the next attempt is due in a moment");
  }
  try {
    auto made = std::make_unique<PgConnection>(options_, use_);
    check_identity(*made);
    connection_ = std::move(made);
    backoff_ = core::Duration{0};
  } catch (const PgFailure& failure) {
    backoff_ = std::clamp(2 * backoff_, first_backoff, longest_backoff);
    next_attempt_ = deadline_after(backoff_);
    throw engine::StoreError(std::string("PostgreSQL is away: ") + failure.what());
  }
  return *connection_;
}

void PgServer::check_identity(PgConnection& connection) {
  const auto answer = connection.query("select system_identifier from pg_control_system()");
  const std::int64_t found = answer.integer(0, 0);
  if (system_identifier_ == 0) system_identifier_ = found;
  if (found != system_identifier_) {
    throw StoreReplaced(
        "another PostgreSQL cluster answers at this address: its system "
        "identifier is not that of the store; check the connection string");
  }
}

void PgServer::give_up(const PgFailure& failure) {
  // After any failure a transaction may be open; a new connection is cheap beside an error.
  drop();
  const std::string what = std::string("PostgreSQL: ") + failure.what();
  if (failure.state().starts_with("22")) throw engine::ContentError(what);
  throw engine::StoreError(what);
}

}  // namespace sagaloom::store
