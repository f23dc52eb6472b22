// A plugin with an effect, its undo, and a refusal: coupons that can be used once.
#include "coupon_manifest.h"
#include "sdk/guard/guard.h"
#include "sdk/guard/sqlite/sqlite_database.h"
#include "sdk/json/json.h"
#include "sdk/plugin.h"

namespace sdk = sagaloom::sdk;
using sdk::Json;
using sdk::Outcome;

class Coupons {
 public:
  explicit Coupons(const sdk::OpenContext& context) : Coupons(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Coupons>& steps) {
    steps.blocking("coupon.redeem", &Coupons::redeem);
    steps.blocking("coupon.give_back", &Coupons::give_back);
  }

  Outcome redeem(const sdk::Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string coupon = sdk::text_of(input, "coupon");
    const std::string order = sdk::text_of(input, "order_id");
    return guard_.effect(call, [&](sdk::Transaction& sql) -> Outcome {
      const sdk::Rows taken =
          sql("update coupon set used_by = $2 where code = $1 and used_by is null returning code",
              coupon, order);
      if (taken.empty()) return Outcome::business("coupon.not_valid", "unknown, or used before");
      return Outcome::ok(Json{{"coupon", coupon}}.dump());
    });
  }

  Outcome give_back(const sdk::Call& call) {
    return guard_.undo(call, {"coupon.redeem"}, [](sdk::Transaction& sql, const sdk::Effect& made) {
      const std::string coupon = sdk::text_of(sdk::parse_json(made.output), "coupon");
      sql("update coupon set used_by = null where code = $1", coupon);
      return Outcome::ok();
    });
  }

  // For the conformance kit: the effects that exist now.
  std::string snapshot() {
    Json used = Json::object();
    database_.run([&](sdk::Transaction& sql) {
      used = Json::object();
      for (const auto& row : sql("select code, used_by from coupon where used_by is not null")) {
        used[row[0].text()] = row[1].text();
      }
      return Outcome::ok();
    });
    return used.dump();
  }

 private:
  explicit Coupons(const Json& config)
      : database_(sdk::text_of(config, "database")), guard_(database_) {
    guard_.migrate([&](sdk::Transaction& sql) {
      sql("create table if not exists coupon(code text primary key, used_by text)");
      for (const Json& code : config.at("coupons")) {
        sql("insert into coupon(code) values ($1) on conflict do nothing", code.get<std::string>());
      }
    });
  }

  sdk::SqliteDatabase database_;
  sdk::Guard guard_;
};

SAGALOOM_PLUGIN(Coupons, "com.example.coupon", "1.0.0", sagaloom_manifest)
