// Payments on balances: authorize and void, capture and refund, or charge. A customer who is seen
// for the first time gets a balance from the config. The secret `api_key` is no part of what a
// repeated request must have in common with the first, so that a rotated key is no new request.
//
// `charge` is a card with 3-D Secure: it answers PENDING, and the bank's decision comes as an event
// of the provider's, or by asking `check_charge`. The bank here decides by the payer's name. What
// can be provoked by the input alone:
//   an amount above the free balance                       payment.insufficient_funds
//   a charge of a payer whose name begins with "declined"  accepted, then payment.declined
//   … "undecided"                                          accepted, never decided
// Money moves with the acceptance where the bank will agree, and not at all where it will not.
#include <memory>
#include <string>

#include "payment_manifest.h"
#include "plugins/payment/ledger.h"
#include "sdk/guard/guard.h"
#include "sdk/guard/sha256.h"
#include "sdk/json/database_choice.h"
#include "sdk/json/json.h"
#include "sdk/plugin.h"

namespace {

namespace sdk = sagaloom::sdk;
using sagaloom::payment::Authorization;
using sagaloom::payment::Capture;
using sagaloom::payment::Ledger;
using sdk::Json;
using sdk::Outcome;

std::string id_of(const char* prefix, std::string_view effect_key) {
  return prefix + sdk::sha256_hex(effect_key).substr(0, 24);
}

std::int64_t amount_of(const Json& input) {
  const std::int64_t amount = sdk::integer_of(input, "amount_minor");
  if (amount < 0) throw sdk::InvalidInput("\"amount_minor\" must not be negative");
  return amount;
}

std::string payer_of(const Json& input) {
  const std::string payer = sdk::text_or(input, "customer_id", sdk::text_or(input, "payer", ""));
  if (payer.empty()) throw sdk::InvalidInput("the input needs \"customer_id\" (or \"payer\")");
  return payer;
}

Outcome insufficient(std::int64_t wanted, std::int64_t available) {
  const Json details = {{"wanted_minor", wanted}, {"available_minor", available}};
  return Outcome::business("payment.insufficient_funds",
                           "the free balance is smaller than the amount", details.dump());
}

Outcome broken_contract(const char* code, const std::string& message) {
  Outcome outcome = Outcome::fatal(code, message);
  outcome.no_effect_made = true;
  return outcome;
}

class Payment {
 public:
  explicit Payment(const sdk::OpenContext& context) : Payment(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Payment>& steps) {
    steps.blocking("payment.authorize", &Payment::authorize);
    steps.blocking("payment.void", &Payment::void_authorization);
    steps.blocking("payment.capture", &Payment::capture);
    steps.blocking("payment.check_capture", &Payment::check_capture);
    steps.blocking("payment.refund", &Payment::refund);
    steps.blocking("payment.charge", &Payment::charge);
    steps.blocking("payment.uncharge", &Payment::uncharge);
    steps.blocking("payment.check_charge", &Payment::check_charge);
  }

  Outcome authorize(const sdk::Call& call) {
    const Json input = sdk::parse_json(call.input());
    const Authorization wish{payer_of(input), amount_of(input), "held"};
    const std::string currency = sdk::text_of(input, "currency");
    const std::string id = id_of("a-", call.effect_key());
    return guard_.effect(call, sdk::fingerprint(input, {"api_key"}), [&](sdk::Transaction& sql) {
      Ledger ledger(sql);
      if (!hold(ledger, wish.customer_id, wish.amount_minor)) {
        return insufficient(wish.amount_minor, ledger.free_minor(wish.customer_id));
      }
      ledger.add_authorization(id, wish, currency);
      return answer("authorization_id", id, wish.amount_minor);
    });
  }

  Outcome void_authorization(const sdk::Call& call) {
    return guard_.undo(call, {"payment.authorize"},
                       [](sdk::Transaction& sql, const sdk::Effect& effect) -> Outcome {
                         Ledger ledger(sql);
                         const std::string id = id_of("a-", effect.key);
                         const auto authorization = ledger.authorization(id);
                         if (!authorization)
                           return broken_contract("payment.no_authorization", "no row " + id);
                         if (authorization->state == "captured") {
                           return Outcome::business("payment.already_captured",
                                                    "the amount was captured; refund it");
                         }
                         ledger.unhold(authorization->customer_id, authorization->amount_minor);
                         ledger.set_authorization(id, "voided");
                         return Outcome::ok();
                       });
  }

  Outcome capture(const sdk::Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string authorization_id = sdk::text_of(input, "authorization_id");
    const std::string id = id_of("c-", call.effect_key());
    return guard_.effect(call, sdk::fingerprint(input), [&](sdk::Transaction& sql) -> Outcome {
      Ledger ledger(sql);
      const auto held = ledger.authorization(authorization_id);
      if (!held || held->state != "held") {
        return broken_contract("payment.not_authorized",
                               "there is no open authorization " + authorization_id);
      }
      ledger.take_held(held->customer_id, held->amount_minor);
      ledger.set_authorization(authorization_id, "captured");
      ledger.add_capture(id, {held->customer_id, held->amount_minor, 0});
      return Outcome::ok(Json{{"capture_id", id},
                              {"authorization_id", authorization_id},
                              {"amount_minor", held->amount_minor}}
                             .dump());
    });
  }

  // Only looks: an absent capture may still arrive, and the same key may be sent again.
  Outcome check_capture(const sdk::Call& call) { return guard_.check(call, sdk::Fencing::no); }

  Outcome refund(const sdk::Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string capture_id = sdk::text_of(input, "capture_id");
    const std::int64_t amount = amount_of(input);
    const std::string id = id_of("f-", call.request_key());
    return guard_.effect(call, sdk::fingerprint(input), [&](sdk::Transaction& sql) -> Outcome {
      Ledger ledger(sql);
      const auto captured = ledger.capture(capture_id);
      if (!captured) return broken_contract("payment.no_capture", "no capture " + capture_id);
      if (!ledger.add_refund(capture_id, amount)) {
        return broken_contract("payment.refund_too_large",
                               "more would be refunded than was captured");
      }
      ledger.give_back(captured->customer_id, amount);
      return answer("refund_id", id, amount);
    });
  }

  Outcome charge(const sdk::Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string payer = payer_of(input);
    const std::int64_t amount = amount_of(input);
    const std::string id = id_of("c-", call.effect_key());
    return guard_.effect(call, sdk::fingerprint(input, {"api_key"}), [&](sdk::Transaction& sql) {
      Ledger ledger(sql);
      if (!hold(ledger, payer, amount)) return insufficient(amount, ledger.free_minor(payer));
      if (is_agreed(payer)) {
        ledger.take_held(payer, amount);
        ledger.add_capture(id, {payer, amount, 0});
      } else {
        ledger.unhold(payer, amount);
      }
      return accepted(payer, id, amount);
    });
  }

  Outcome uncharge(const sdk::Call& call) {
    return guard_.undo(call, {"payment.charge"},
                       [](sdk::Transaction& sql, const sdk::Effect& effect) -> Outcome {
                         Ledger ledger(sql);
                         const std::string id = id_of("c-", effect.key);
                         const auto charged = ledger.capture(id);
                         if (!charged) return Outcome::ok();  // accepted, and never agreed to
                         const std::int64_t rest = charged->amount_minor - charged->refunded_minor;
                         ledger.add_refund(id, rest);
                         ledger.give_back(charged->customer_id, rest);
                         return Outcome::ok();
                       });
  }

  // Fences: what it calls absent can never be charged under this key any more.
  Outcome check_charge(const sdk::Call& call) {
    return guard_.check(call, sdk::Fencing::yes,
                        [](sdk::Transaction&, const sdk::Effect& effect) -> Outcome {
                          Json output = sdk::parse_json(effect.output);
                          const std::string payer = sdk::text_of(output, "payer");
                          if (is_agreed(payer)) return Outcome::ok(effect.output);
                          if (is_undecided(payer)) return Outcome::pending(effect.key);
                          return Outcome::business("payment.declined", "the bank said no");
                        });
  }

  // What has moved since the accounts were opened: all of it sums up to zero.
  std::string snapshot() {
    Json moved = Json::object();
    database_->run([&](sdk::Transaction& sql) {
      moved = Json::object();
      for (const auto& row : sql("select customer_id, balance_minor - opening_minor, held_minor "
                                 "from account where balance_minor <> opening_minor "
                                 "or held_minor <> 0 order by customer_id")) {
        moved[row[0].text()] = {{"moved", row[1].integer()}, {"held", row[2].integer()}};
      }
      return Outcome::ok();
    });
    return Json{{"accounts", moved}}.dump();
  }

 private:
  explicit Payment(const Json& config)
      : default_balance_minor_(sdk::integer_or(config, "default_balance_minor", 100'000)),
        balances_(config.value("balances", Json::object())),
        database_(sdk::open_database(sdk::database_choice(config))),
        guard_(*database_) {
    guard_.migrate(Ledger::make_tables);
  }

  static bool is_undecided(const std::string& payer) { return payer.starts_with("undecided"); }
  static bool is_agreed(const std::string& payer) {
    return !payer.starts_with("declined") && !is_undecided(payer);
  }

  static Outcome accepted(const std::string& payer, const std::string& id, std::int64_t amount) {
    Outcome outcome = Outcome::pending(id);
    outcome.output = Json{{"capture_id", id}, {"amount_minor", amount}, {"payer", payer}}.dump();
    return outcome;
  }

  static Outcome answer(const char* member, const std::string& id, std::int64_t amount) {
    return Outcome::ok(Json{{member, id}, {"amount_minor", amount}}.dump());
  }

  bool hold(Ledger& ledger, const std::string& customer_id, std::int64_t amount) const {
    const std::int64_t opening =
        sdk::integer_or(balances_, customer_id.c_str(), default_balance_minor_);
    ledger.open_account(customer_id, opening);
    return ledger.hold(customer_id, amount);
  }

  const std::int64_t default_balance_minor_;
  const Json balances_;
  std::unique_ptr<sdk::Database> database_;
  sdk::Guard guard_;
};

}  // namespace

SAGALOOM_PLUGIN(Payment, "org.sagaloom.payment", "1.0.0", sagaloom_manifest)
