// Rental cars by class. What can be refused, by the input alone:
//   a class of which none is left (`luxury`, or one that the config does not name)
//                                                                        cars.none_left
#include "cars_manifest.h"
#include "examples/plugins/desk.h"
#include "sdk/plugin.h"

namespace {

using namespace sagaloom::examples;
namespace sdk = sagaloom::sdk;

class Cars {
 public:
  explicit Cars(const sdk::OpenContext& context) : Cars(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Cars>& steps) {
    steps.blocking("cars.hold", &Cars::hold);
    steps.blocking("cars.release", &Cars::release);
    steps.blocking("cars.confirm", &Cars::confirm);
  }

  Outcome hold(const Call& call) {
    const std::string wanted = sdk::text_of(sdk::parse_json(call.input()), "class");
    return desk_.book(
        call,
        {"car", wanted, 1, sdk::integer_or(cars_, wanted.c_str(), 0),
         Outcome::business("cars.none_left", "no car of class " + wanted + " is left")},
        {{"hold_id", Desk::id_of(call.effect_key())}, {"price_minor", price_minor_}});
  }

  Outcome release(const Call& call) { return desk_.give_back(call, {"cars.hold"}); }

  Outcome confirm(const Call& call) {
    const std::string hold = sdk::text_of(sdk::parse_json(call.input()), "hold_id");
    return desk_.remark(call, hold, "confirmed", [](const sdk::Cells&) { return Outcome::ok(); });
  }

  std::string snapshot() { return desk_.snapshot(); }

 private:
  explicit Cars(const Json& config)
      : cars_(config.value("cars", Json{{"economy", 1000}, {"compact", 1000}, {"luxury", 0}})),
        price_minor_(sdk::integer_or(config, "price_minor", 9'000)),
        desk_(config) {}

  const Json cars_;
  const std::int64_t price_minor_;
  Desk desk_;
};

}  // namespace

SAGALOOM_PLUGIN(Cars, "com.example.cars", "1.0.0", sagaloom_manifest)
