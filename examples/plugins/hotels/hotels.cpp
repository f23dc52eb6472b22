// Hotel rooms by the hotel's code. What can be refused, by the input alone:
//   a hotel whose code begins with "FULL", or one whose rooms are all held       hotels.full
#include "examples/plugins/desk.h"
#include "hotels_manifest.h"
#include "sdk/plugin.h"

namespace {

using namespace sagaloom::examples;
namespace sdk = sagaloom::sdk;

class Hotels {
 public:
  explicit Hotels(const sdk::OpenContext& context) : Hotels(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Hotels>& steps) {
    steps.blocking("hotels.hold", &Hotels::hold);
    steps.blocking("hotels.release", &Hotels::release);
    steps.blocking("hotels.confirm", &Hotels::confirm);
  }

  Outcome hold(const Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string code = sdk::text_of(input, "code");
    const std::int64_t nights = sdk::integer_of(input, "nights");
    if (nights < 1 || nights > 365) throw sdk::InvalidInput("\"nights\" must be 1 to 365");
    return desk_.book(
        call,
        {"room for " + std::to_string(nights), code, 1, code.starts_with("FULL") ? 0 : rooms_,
         Outcome::business("hotels.full", "no room is free in " + code)},
        {{"hold_id", Desk::id_of(call.effect_key())}, {"price_minor", nights * night_minor_}});
  }

  Outcome release(const Call& call) { return desk_.give_back(call, {"hotels.hold"}); }

  Outcome confirm(const Call& call) {
    const std::string hold = sdk::text_of(sdk::parse_json(call.input()), "hold_id");
    return desk_.remark(call, hold, "confirmed", [](const sdk::Cells&) { return Outcome::ok(); });
  }

  std::string snapshot() { return desk_.snapshot(); }

 private:
  explicit Hotels(const Json& config)
      : rooms_(sdk::integer_or(config, "rooms", 1'000)),
        night_minor_(sdk::integer_or(config, "night_minor", 12'000)),
        desk_(config) {}

  const std::int64_t rooms_, night_minor_;
  Desk desk_;
};

}  // namespace

SAGALOOM_PLUGIN(Hotels, "com.example.hotels", "1.0.0", sagaloom_manifest)
