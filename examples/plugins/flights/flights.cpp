// Seats on flights by number and date, and the tickets for them. What can be refused, by the input
// alone:
//   a flight whose number begins with "SOLD", or more seats than are free   flights.sold_out
//   seats on a flight whose number begins with "NOMAP"                      flights.no_seat_map
#include "examples/plugins/desk.h"
#include "flights_manifest.h"
#include "sdk/plugin.h"

namespace {

using namespace sagaloom::examples;
namespace sdk = sagaloom::sdk;

Outcome seated(const sdk::Cells& booking) {
  if (booking[1].text().starts_with("NOMAP")) {
    return Outcome::business("flights.no_seat_map", "this flight is boarded without seat numbers");
  }
  Json seats = Json::array();
  for (std::int64_t i = 0; i < booking[2].integer(); ++i) {
    seats.push_back(std::to_string(10 + i / 6) + static_cast<char>('A' + i % 6));
  }
  return Outcome::ok(Json{{"seats", seats}}.dump());
}

class Flights {
 public:
  explicit Flights(const sdk::OpenContext& context) : Flights(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Flights>& steps) {
    steps.blocking("flights.hold", &Flights::hold);
    steps.blocking("flights.release", &Flights::release);
    steps.blocking("flights.choose_seats", &Flights::choose_seats);
    steps.blocking("flights.issue_ticket", &Flights::issue_ticket);
  }

  Outcome hold(const Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string flight = sdk::text_of(input, "number") + " " + sdk::text_of(input, "date");
    const std::int64_t wanted = sdk::integer_of(input, "seats");
    if (wanted < 1 || wanted > 1'000) throw sdk::InvalidInput("\"seats\" must be 1 to 1000");
    return desk_.book(
        call,
        {"seats", flight, wanted, flight.starts_with("SOLD") ? 0 : seats_,
         Outcome::business("flights.sold_out", "not so many seats are free on " + flight)},
        {{"hold_id", Desk::id_of(call.effect_key())}, {"price_minor", wanted * seat_minor_}});
  }

  Outcome release(const Call& call) { return desk_.give_back(call, {"flights.hold"}); }

  Outcome choose_seats(const Call& call) {
    const std::string hold = sdk::text_of(sdk::parse_json(call.input()), "hold_id");
    return desk_.remark(call, hold, "seats", &seated);
  }

  Outcome issue_ticket(const Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string ticket = "T" + Desk::id_of(call.effect_key()).substr(2, 12);
    return desk_.remark(
        call, sdk::text_of(input, "hold_id"), "ticket for " + sdk::text_of(input, "passenger_id"),
        [&](const sdk::Cells&) { return Outcome::ok(Json{{"ticket_no", ticket}}.dump()); });
  }

  std::string snapshot() { return desk_.snapshot(); }

 private:
  explicit Flights(const Json& config)
      : seats_(sdk::integer_or(config, "seats", 180)),
        seat_minor_(sdk::integer_or(config, "seat_minor", 30'000)),
        desk_(config) {}

  const std::int64_t seats_, seat_minor_;
  Desk desk_;
};

}  // namespace

SAGALOOM_PLUGIN(Flights, "com.example.flights", "1.0.0", sagaloom_manifest)
