#include "plugins/payment/ledger.h"

namespace sagaloom::payment {

namespace {

constexpr char kMerchant[] = "~merchant";

}  // namespace

void Ledger::make_tables(sdk::Transaction& sql) {
  sql("create table if not exists account(customer_id text primary key, "
      "opening_minor bigint not null, balance_minor bigint not null, held_minor bigint not null, "
      "check (held_minor >= 0), check (balance_minor >= held_minor))");
  sql("create table if not exists authorization_hold(authorization_id text primary key, "
      "customer_id text not null, amount_minor bigint not null, currency text not null, "
      "state text not null)");
  sql("create table if not exists capture(capture_id text primary key, "
      "customer_id text not null, amount_minor bigint not null, refunded_minor bigint not null, "
      "check (refunded_minor >= 0), check (refunded_minor <= amount_minor))");
}

void Ledger::open_account(const std::string& customer_id, std::int64_t balance_minor) {
  sql_(
      "insert into account(customer_id, opening_minor, balance_minor, held_minor) "
      "values ($1, $2, $3, 0) on conflict (customer_id) do nothing",
      customer_id, balance_minor, balance_minor);
}

std::int64_t Ledger::free_minor(const std::string& customer_id) {
  const sdk::Rows rows =
      sql_("select balance_minor - held_minor from account where customer_id = $1", customer_id);
  return rows.empty() ? 0 : rows[0][0].integer();
}

bool Ledger::hold(const std::string& customer_id, std::int64_t amount_minor) {
  return !sql_(
              "update account set held_minor = held_minor + $2 where customer_id = $1 "
              "and balance_minor - held_minor >= $2 returning customer_id",
              customer_id, amount_minor)
              .empty();
}

void Ledger::unhold(const std::string& customer_id, std::int64_t amount_minor) {
  sql_("update account set held_minor = held_minor - $2 where customer_id = $1", customer_id,
       amount_minor);
}

void Ledger::take_held(const std::string& customer_id, std::int64_t amount_minor) {
  sql_(
      "update account set held_minor = held_minor - $2, balance_minor = balance_minor - $2 "
      "where customer_id = $1",
      customer_id, amount_minor);
  sql_(
      "insert into account(customer_id, opening_minor, balance_minor, held_minor) "
      "values ($1, 0, $2, 0) on conflict (customer_id) do update "
      "set balance_minor = account.balance_minor + excluded.balance_minor",
      kMerchant, amount_minor);
}

// The customer's row first, as everywhere: two calls never wait for each other in a ring.
void Ledger::give_back(const std::string& customer_id, std::int64_t amount_minor) {
  sql_("update account set balance_minor = balance_minor + $2 where customer_id = $1", customer_id,
       amount_minor);
  sql_("update account set balance_minor = balance_minor - $2 where customer_id = $1", kMerchant,
       amount_minor);
}

void Ledger::add_authorization(const std::string& id, const Authorization& authorization,
                               const std::string& currency) {
  sql_(
      "insert into authorization_hold(authorization_id, customer_id, amount_minor, currency, "
      "state) values ($1, $2, $3, $4, 'held')",
      id, authorization.customer_id, authorization.amount_minor, currency);
}

std::optional<Authorization> Ledger::authorization(const std::string& id) {
  const sdk::Rows rows = sql_(
      "update authorization_hold set state = state where authorization_id = $1 "
      "returning customer_id, amount_minor, state",
      id);
  if (rows.empty()) return std::nullopt;
  return Authorization{rows[0][0].text(), rows[0][1].integer(), rows[0][2].text()};
}

void Ledger::set_authorization(const std::string& id, const char* state) {
  sql_("update authorization_hold set state = $2 where authorization_id = $1", id, state);
}

void Ledger::add_capture(const std::string& id, const Capture& capture) {
  sql_(
      "insert into capture(capture_id, customer_id, amount_minor, refunded_minor) "
      "values ($1, $2, $3, 0)",
      id, capture.customer_id, capture.amount_minor);
}

std::optional<Capture> Ledger::capture(const std::string& id) {
  const sdk::Rows rows = sql_(
      "update capture set refunded_minor = refunded_minor where capture_id = $1 "
      "returning customer_id, amount_minor, refunded_minor",
      id);
  if (rows.empty()) return std::nullopt;
  return Capture{rows[0][0].text(), rows[0][1].integer(), rows[0][2].integer()};
}

bool Ledger::add_refund(const std::string& capture_id, std::int64_t amount_minor) {
  return !sql_(
              "update capture set refunded_minor = refunded_minor + $2 where capture_id = $1 "
              "and refunded_minor + $2 <= amount_minor returning capture_id",
              capture_id, amount_minor)
              .empty();
}

}  // namespace sagaloom::payment
