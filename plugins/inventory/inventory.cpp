// Stock that can be held, given back, taken off the shelf and put back. All lines of an order or
// none, rows in the order of their SKUs so that two orders never wait for each other in a ring;
// the database itself refuses stock below zero.
//
// Tables: stock(sku, on_hand, reserved), reservation(reservation_id, order_id, state),
// reservation_line. `free` is on_hand - reserved. Threads: any; the database serialises.
#include <map>
#include <memory>
#include <string>

#include "inventory_manifest.h"
#include "sdk/guard/guard.h"
#include "sdk/guard/sha256.h"
#include "sdk/json/database_choice.h"
#include "sdk/json/json.h"
#include "sdk/plugin.h"

namespace {

namespace sdk = sagaloom::sdk;
using sdk::Json;
using sdk::Outcome;
using Lines = std::map<std::string, std::int64_t>;  // quantity by SKU, in SKU order

constexpr std::int64_t kLargestQuantity = 1'000'000'000;  // keeps sums far from overflow

Lines lines_of(const Json& input) {
  const auto items = input.find("items");
  if (items == input.end() || !items->is_array() || items->empty()) {
    throw sdk::InvalidInput("the input needs \"items\", a list of {sku, qty}");
  }
  Lines lines;
  for (const Json& item : *items) {
    const std::int64_t quantity = sdk::integer_of(item, "qty");
    if (quantity < 1 || quantity > kLargestQuantity) {
      throw sdk::InvalidInput("\"qty\" must be between 1 and 1000000000");
    }
    lines[sdk::text_of(item, "sku")] += quantity;
  }
  return lines;
}

Outcome out_of_stock(const std::string& sku, std::int64_t wanted, std::int64_t available) {
  const Json details = {{"sku", sku}, {"wanted", wanted}, {"available", available}};
  return Outcome::business("inventory.out_of_stock",
                           "only " + std::to_string(available) + " of " + sku + " are free",
                           details.dump());
}

std::int64_t free_of(sdk::Transaction& sql, const std::string& sku) {
  const sdk::Rows rows = sql("select on_hand - reserved from stock where sku = $1", sku);
  return rows.empty() ? 0 : rows[0][0].integer();
}

Outcome broken_contract(const char* code, const std::string& message) {
  Outcome outcome = Outcome::fatal(code, message);
  outcome.no_effect_made = true;
  return outcome;
}

Lines stored_lines(sdk::Transaction& sql, const std::string& reservation_id) {
  Lines lines;
  for (const auto& row :
       sql("select sku, qty from reservation_line where reservation_id = $1", reservation_id)) {
    lines[row[0].text()] = row[1].integer();
  }
  return lines;
}

// The state of the reservation, locked; empty when there is none.
std::string lock_reservation(sdk::Transaction& sql, const std::string& reservation_id) {
  const sdk::Rows rows =
      sql("update reservation set state = state where reservation_id = $1 returning state",
          reservation_id);
  return rows.empty() ? std::string() : rows[0][0].text();
}

void set_reservation(sdk::Transaction& sql, const std::string& id, const char* state) {
  sql("update reservation set state = $2 where reservation_id = $1", id, state);
}

void add_stock(sdk::Transaction& sql, const Lines& lines) {
  for (const auto& [sku, quantity] : lines) {
    sql("insert into stock(sku, on_hand, reserved) values ($1, $2, 0) on conflict (sku) do update "
        "set on_hand = stock.on_hand + excluded.on_hand",
        sku, quantity);
  }
}

class Inventory {
 public:
  explicit Inventory(const sdk::OpenContext& context)
      : Inventory(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Inventory>& steps) {
    steps.blocking("inventory.reserve", &Inventory::reserve);
    steps.blocking("inventory.release", &Inventory::release);
    steps.blocking("inventory.commit", &Inventory::commit);
    steps.blocking("inventory.restock", &Inventory::restock);
  }

  Outcome reserve(const sdk::Call& call) {
    const Json input = sdk::parse_json(call.input());
    const Lines lines = lines_of(input);
    const std::string order_id = sdk::text_of(input, "order_id");
    const std::string id = "r-" + sdk::sha256_hex(call.effect_key()).substr(0, 24);
    return guard_.effect(call, sdk::fingerprint(input), [&](sdk::Transaction& sql) -> Outcome {
      for (const auto& [sku, quantity] : lines) {
        const sdk::Rows held =
            sql("update stock set reserved = reserved + $2 where sku = $1 "
                "and on_hand - reserved >= $2 returning sku",
                sku, quantity);
        if (held.empty()) return out_of_stock(sku, quantity, free_of(sql, sku));
      }
      store_reservation(sql, id, order_id, lines);
      return Outcome::ok(Json{{"reservation_id", id}, {"order_id", order_id}}.dump());
    });
  }

  // Found by the forward key alone: what the input says of the reservation is for people.
  Outcome release(const sdk::Call& call) {
    return guard_.undo(
        call, {"inventory.reserve"}, [](sdk::Transaction& sql, const sdk::Effect& effect) {
          const std::string id = "r-" + sdk::sha256_hex(effect.key).substr(0, 24);
          const std::string state = lock_reservation(sql, id);
          const Lines lines = stored_lines(sql, id);
          // A committed reservation has left the shelf: it is put back there.
          if (state == "committed") add_stock(sql, lines);
          for (const auto& [sku, quantity] : lines) {
            if (state != "held") break;
            sql("update stock set reserved = reserved - $2 where sku = $1", sku, quantity);
          }
          set_reservation(sql, id, "released");
          return Outcome::ok();
        });
  }

  Outcome commit(const sdk::Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string id = sdk::text_of(input, "reservation_id");
    return guard_.effect(call, sdk::fingerprint(input), [&](sdk::Transaction& sql) -> Outcome {
      const std::string state = lock_reservation(sql, id);
      if (state != "held") {
        return broken_contract("inventory.not_held", "there is no held reservation " + id +
                                                         (state.empty() ? "" : ", it is " + state));
      }
      for (const auto& [sku, quantity] : stored_lines(sql, id)) {
        sql("update stock set on_hand = on_hand - $2, reserved = reserved - $2 where sku = $1", sku,
            quantity);
      }
      set_reservation(sql, id, "committed");
      return Outcome::ok(Json{{"reservation_id", id}}.dump());
    });
  }

  Outcome restock(const sdk::Call& call) {
    const Json input = sdk::parse_json(call.input());
    const Lines lines = lines_of(input);
    return guard_.effect(call, sdk::fingerprint(input), [&](sdk::Transaction& sql) {
      add_stock(sql, lines);
      return Outcome::ok();
    });
  }

  std::string snapshot() {
    Json stock = Json::object();
    Json reservations = Json::array();
    database_->run([&](sdk::Transaction& sql) {
      stock = Json::object();
      for (const auto& row : sql("select sku, on_hand, reserved from stock order by sku")) {
        stock[row[0].text()] = {{"on_hand", row[1].integer()}, {"reserved", row[2].integer()}};
      }
      reservations = Json::array();
      for (const auto& row :
           sql("select order_id, state from reservation where state <> 'released' "
               "order by order_id, reservation_id")) {
        reservations.push_back({row[0].text(), row[1].text()});
      }
      return Outcome::ok();
    });
    return Json{{"stock", stock}, {"reservations", reservations}}.dump();
  }

 private:
  explicit Inventory(const Json& config)
      : database_(sdk::open_database(sdk::database_choice(config))), guard_(*database_) {
    const Json demo = {{"SKU-1", 1000}, {"SKU-2", 1000}, {"SKU-3", 10}};
    const Json stock = config.contains("stock") ? config.at("stock") : demo;
    guard_.migrate([&](sdk::Transaction& sql) {
      make_tables(sql);
      seed(sql, stock);
    });
  }

  static void make_tables(sdk::Transaction& sql) {
    sql("create table if not exists stock(sku text primary key, on_hand bigint not null, "
        "reserved bigint not null, check (reserved >= 0), check (on_hand >= reserved))");
    sql("create table if not exists reservation(reservation_id text primary key, "
        "order_id text not null, state text not null)");
    sql("create table if not exists reservation_line(reservation_id text not null, "
        "sku text not null, qty bigint not null, primary key (reservation_id, sku))");
    sql("create table if not exists seeded(one bigint primary key)");
  }

  // Once in the life of a database, so that a restart never fills the shelves again.
  static void seed(sdk::Transaction& sql, const Json& stock) {
    if (sql("insert into seeded(one) values (1) on conflict do nothing returning one").empty()) {
      return;
    }
    Lines lines;
    for (const auto& [sku, quantity] : stock.items()) lines[sku] = quantity.get<std::int64_t>();
    add_stock(sql, lines);
  }

  static void store_reservation(sdk::Transaction& sql, const std::string& id,
                                const std::string& order_id, const Lines& lines) {
    sql("insert into reservation(reservation_id, order_id, state) values ($1, $2, 'held')", id,
        order_id);
    for (const auto& [sku, quantity] : lines) {
      sql("insert into reservation_line(reservation_id, sku, qty) values ($1, $2, $3)", id, sku,
          quantity);
    }
  }

  std::unique_ptr<sdk::Database> database_;
  sdk::Guard guard_;
};

}  // namespace

SAGALOOM_PLUGIN(Inventory, "org.sagaloom.inventory", "1.0.0", sagaloom_manifest)
