// Shipments by courier or by post. A courier refuses addresses that the config lists under
// `no_slot` and those that begin with "nowhere"; the post goes everywhere.
//
// Table: shipment(shipment_id, order_id, address, kind, state). Threads: any.
#include <memory>
#include <set>
#include <string>

#include "delivery_manifest.h"
#include "sdk/guard/guard.h"
#include "sdk/guard/sha256.h"
#include "sdk/json/database_choice.h"
#include "sdk/json/json.h"
#include "sdk/plugin.h"

namespace {

namespace sdk = sagaloom::sdk;
using sdk::Json;
using sdk::Outcome;

std::string shipment_id(std::string_view effect_key) {
  return "s-" + sdk::sha256_hex(effect_key).substr(0, 24);
}

class Delivery {
 public:
  explicit Delivery(const sdk::OpenContext& context) : Delivery(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Delivery>& steps) {
    steps.blocking("delivery.schedule", &Delivery::schedule);
    steps.blocking("delivery.schedule_postal", &Delivery::schedule_postal);
    steps.blocking("delivery.cancel", &Delivery::cancel);
  }

  Outcome schedule(const sdk::Call& call) { return book(call, "courier"); }
  Outcome schedule_postal(const sdk::Call& call) { return book(call, "postal"); }

  Outcome cancel(const sdk::Call& call) {
    return guard_.undo(call, {"delivery.schedule", "delivery.schedule_postal"},
                       [](sdk::Transaction& sql, const sdk::Effect& effect) {
                         sql("update shipment set state = 'cancelled' where shipment_id = $1",
                             shipment_id(effect.key));
                         return Outcome::ok();
                       });
  }

  std::string snapshot() {
    Json shipments = Json::array();
    database_->run([&](sdk::Transaction& sql) {
      shipments = Json::array();
      for (const auto& row : sql("select order_id, kind, address from shipment "
                                 "where state = 'scheduled' order by order_id, shipment_id")) {
        shipments.push_back({row[0].text(), row[1].text(), row[2].text()});
      }
      return Outcome::ok();
    });
    return Json{{"shipments", shipments}}.dump();
  }

 private:
  explicit Delivery(const Json& config)
      : database_(sdk::open_database(sdk::database_choice(config))), guard_(*database_) {
    if (config.contains("no_slot")) {
      for (const Json& address : config.at("no_slot")) no_slot_.insert(address.get<std::string>());
    }
    guard_.migrate([](sdk::Transaction& sql) {
      sql("create table if not exists shipment(shipment_id text primary key, "
          "order_id text not null, address text not null, kind text not null, "
          "state text not null)");
    });
  }

  bool reachable(const std::string& address) const {
    return !address.starts_with("nowhere") && !no_slot_.contains(address);
  }

  Outcome book(const sdk::Call& call, const char* kind) {
    const Json input = sdk::parse_json(call.input());
    const std::string order_id = sdk::text_of(input, "order_id");
    const std::string address = sdk::text_of(input, "address");
    const std::string id = shipment_id(call.effect_key());
    return guard_.effect(call, sdk::fingerprint(input), [&](sdk::Transaction& sql) -> Outcome {
      if (kind == std::string_view("courier") && !reachable(address)) {
        return Outcome::business("delivery.no_slot", "no courier goes to this address");
      }
      sql("insert into shipment(shipment_id, order_id, address, kind, state) "
          "values ($1, $2, $3, $4, 'scheduled')",
          id, order_id, address, kind);
      return Outcome::ok(Json{{"shipment_id", id}, {"kind", kind}}.dump());
    });
  }

  std::unique_ptr<sdk::Database> database_;
  sdk::Guard guard_;
  std::set<std::string> no_slot_;
};

}  // namespace

SAGALOOM_PLUGIN(Delivery, "org.sagaloom.delivery", "1.0.0", sagaloom_manifest)
