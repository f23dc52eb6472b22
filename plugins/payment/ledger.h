// The rows behind the payment plugin: accounts with a balance and a held part, authorizations and
// captures. Money only moves between a customer's account and the merchant's, so the sum of all
// balances is always the sum of what the accounts were opened with.
//
// Lifecycle: a view over one transaction. Threads: that transaction's. Units: minor units of a
// currency (cents), int64. Errors: DatabaseError only; what a row does not allow is an answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sdk/guard/database.h"

namespace sagaloom::payment {

struct Authorization {
  std::string customer_id;
  std::int64_t amount_minor = 0;
  std::string state;  // held, captured, voided
};

struct Capture {
  std::string customer_id;
  std::int64_t amount_minor = 0;
  std::int64_t refunded_minor = 0;
};

class Ledger {
 public:
  explicit Ledger(sdk::Transaction& sql) : sql_(sql) {}

  static void make_tables(sdk::Transaction& sql);

  // A customer seen for the first time gets an account with this balance.
  void open_account(const std::string& customer_id, std::int64_t balance_minor);
  std::int64_t free_minor(const std::string& customer_id);

  // False when the free balance is too small; then nothing has changed.
  bool hold(const std::string& customer_id, std::int64_t amount_minor);
  void unhold(const std::string& customer_id, std::int64_t amount_minor);
  void take_held(const std::string& customer_id, std::int64_t amount_minor);
  // From the merchant back to the customer.
  void give_back(const std::string& customer_id, std::int64_t amount_minor);

  void add_authorization(const std::string& id, const Authorization& authorization,
                         const std::string& currency);
  // Locked to the end of the transaction.
  std::optional<Authorization> authorization(const std::string& id);
  void set_authorization(const std::string& id, const char* state);

  void add_capture(const std::string& id, const Capture& capture);
  std::optional<Capture> capture(const std::string& id);
  // False when more would be refunded than was captured.
  bool add_refund(const std::string& capture_id, std::int64_t amount_minor);

 private:
  sdk::Transaction& sql_;
};

}  // namespace sagaloom::payment
