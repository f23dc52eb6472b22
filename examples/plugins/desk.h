// What the example participants share: a desk that books from pools that can run out, remarks on
// its bookings, and gives them back, each once per key by the participant guard in its local mode.
//
// Tables: pool(name, free), booking(booking_id, subject, pool, amount, state), remark(remark_id,
// booking_id, what). A pool is opened with its first booking. Lifecycle: one per open plugin.
// Threads: any; the database serialises. Errors: outcomes; a broken config throws InvalidInput.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sdk/guard/guard.h"
#include "sdk/guard/sha256.h"
#include "sdk/json/database_choice.h"
#include "sdk/json/json.h"

namespace sagaloom::examples {

using sdk::Call;
using sdk::Json;
using sdk::Outcome;

struct Wish {
  std::string subject;   // who or what it is for
  std::string pool;      // what it is taken from
  std::int64_t amount;   // how much of it
  std::int64_t opening;  // how much a new pool has
  Outcome refusal;       // when less than that is free
};

class Desk {
 public:
  explicit Desk(const Json& config)
      : database_(sdk::open_database(sdk::database_choice(config))), guard_(*database_) {
    guard_.migrate(&make_tables);
  }

  // The name of the booking that the call makes, made or made before.
  static std::string id_of(std::string_view effect_key) {
    return "b-" + sdk::sha256_hex(effect_key).substr(0, 24);
  }

  Outcome book(const Call& call, const Wish& wish, const Json& answer) {
    return once(call, [&](sdk::Transaction& sql) {
      sql("insert into pool(name, free) values ($1, $2) on conflict (name) do nothing", wish.pool,
          wish.opening);
      const bool taken = !sql("update pool set free = free - $2 where name = $1 and free >= $2 "
                              "returning name",
                              wish.pool, wish.amount)
                              .empty();
      if (!taken) return wish.refusal;
      sql("insert into booking(booking_id, subject, pool, amount, state) "
          "values ($1, $2, $3, $4, 'held')",
          id_of(call.effect_key()), wish.subject, wish.pool, wish.amount);
      return Outcome::ok(answer.dump());
    });
  }

  // The undo of `book`, found by the forward key alone.
  Outcome give_back(const Call& call, sdk::Guard::Operations undoes) {
    return guard_.undo(call, undoes, [](sdk::Transaction& sql, const sdk::Effect& effect) {
      close(sql, "booking_id", id_of(effect.key));
      return Outcome::ok();
    });
  }

  // A booking that is held goes on: confirmed, seated, ticketed. One that is not held is a broken
  // contract: a workflow asks only for what it holds.
  template <typename Answer>
  Outcome remark(const Call& call, const std::string& booking_id, const std::string& what,
                 const Answer& answer) {
    return once(call, [&](sdk::Transaction& sql) -> Outcome {
      const auto held =
          sql("update booking set state = state where booking_id = $1 and state = 'held' "
              "returning subject, pool, amount",
              booking_id);
      if (held.empty()) return not_held(booking_id);
      Outcome outcome = answer(held[0]);
      if (outcome.status == sdk::Status::ok) note(sql, call, booking_id, what);
      return outcome;
    });
  }

  // Ends what the subject still holds, and remarks on it; nothing held is no error.
  Outcome end(const Call& call, const std::string& subject, const std::string& what) {
    return once(call, [&](sdk::Transaction& sql) {
      close(sql, "subject", subject);
      note(sql, call, subject, what);
      return Outcome::ok();
    });
  }

  // For the conformance kit: the effects that exist now.
  std::string snapshot() {
    Json held = Json::array();
    Json remarks = Json::array();
    database_->run([&](sdk::Transaction& sql) {
      held = remarks = Json::array();
      for (const auto& row : sql("select pool, subject, amount from booking where state = 'held' "
                                 "order by pool, subject, amount, booking_id")) {
        held.push_back({row[0].text(), row[1].text(), row[2].integer()});
      }
      for (const auto& row : sql("select booking_id, what from remark where booking_id not in "
                                 "(select booking_id from booking where state = 'released') "
                                 "order by booking_id, what, remark_id")) {
        remarks.push_back({row[0].text(), row[1].text()});
      }
      return Outcome::ok();
    });
    return Json{{"held", held}, {"remarks", remarks}}.dump();
  }

 private:
  static void make_tables(sdk::Transaction& sql) {
    sql("create table if not exists pool(name text primary key, free bigint not null, "
        "check (free >= 0))");
    sql("create table if not exists booking(booking_id text primary key, subject text not null, "
        "pool text not null, amount bigint not null, state text not null)");
    sql("create table if not exists remark(remark_id text primary key, booking_id text not null, "
        "what text not null)");
  }

  template <typename Body>
  Outcome once(const Call& call, const Body& body) {
    return guard_.effect(call, sdk::fingerprint(sdk::parse_json(call.input())), body);
  }

  static void close(sdk::Transaction& sql, const std::string& column, const std::string& value) {
    for (const auto& row : sql("update booking set state = 'released' where " + column +
                                   " = $1 and state = 'held' returning pool, amount",
                               value)) {
      sql("update pool set free = free + $2 where name = $1", row[0].text(), row[1].integer());
    }
  }

  static void note(sdk::Transaction& sql, const Call& call, const std::string& booking_id,
                   const std::string& what) {
    sql("insert into remark(remark_id, booking_id, what) values ($1, $2, $3)",
        id_of(call.effect_key()), booking_id, what);
  }

  static Outcome not_held(const std::string& booking_id) {
    Outcome outcome = Outcome::fatal("booking.not_held", "nothing is held as " + booking_id);
    outcome.no_effect_made = true;
    return outcome;
  }

  std::unique_ptr<sdk::Database> database_;
  sdk::Guard guard_;
};

}  // namespace sagaloom::examples
