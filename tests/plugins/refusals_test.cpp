// What each participant refuses, provoked by the input alone: the code, and that nothing is made.
// On SQLite; the promises about keys are tried on both databases by the conformance kit.
#include <gtest/gtest.h>

#include "sdk/json/json.h"
#include "sdk/testing/fake_host.h"
#include "tests/plugins/plugin_file.h"

namespace sagaloom::tests {
namespace {

using sdk::Role;
using sdk::testing::Answer;
using sdk::testing::FakeHost;
using sdk::testing::TestCall;

struct Attempt {
  const char* operation;
  const char* input;
};

struct Row {
  const char* name;
  const char* plugin;
  Attempt refused;
  const char* code;
  Attempt granted;  // nearly the same
};

const Row kRows[] = {
    {"out_of_stock",
     "inventory",
     {"inventory.reserve", R"({"order_id": "o", "items": [{"sku": "SKU-3", "qty": 11}]})"},
     "inventory.out_of_stock",
     {"inventory.reserve", R"({"order_id": "o", "items": [{"sku": "SKU-3", "qty": 10}]})"}},
    {"unknown_article",
     "inventory",
     {"inventory.reserve", R"({"order_id": "o", "items": [{"sku": "none", "qty": 1}]})"},
     "inventory.out_of_stock",
     {"inventory.reserve", R"({"order_id": "o", "items": [{"sku": "SKU-1", "qty": 1}]})"}},
    {"no_funds",
     "payment",
     {"payment.authorize", R"({"customer_id": "c", "amount_minor": 100001, "currency": "EUR"})"},
     "payment.insufficient_funds",
     {"payment.authorize", R"({"customer_id": "c", "amount_minor": 100000, "currency": "EUR"})"}},
    {"no_funds_to_charge",
     "payment",
     {"payment.charge", R"({"payer": "c", "amount_minor": 100001})"},
     "payment.insufficient_funds",
     {"payment.charge", R"({"payer": "c", "amount_minor": 100000})"}},
    {"no_slot",
     "delivery",
     {"delivery.schedule", R"({"order_id": "o", "address": "nowhere 1"})"},
     "delivery.no_slot",
     {"delivery.schedule", R"({"order_id": "o", "address": "1 Loom Street"})"}},
    {"sold_out",
     "flights",
     {"flights.hold", R"({"number": "SOLD7", "date": "2026-05-01", "seats": 1})"},
     "flights.sold_out",
     {"flights.hold", R"({"number": "SL7", "date": "2026-05-01", "seats": 180})"}},
    {"too_many_seats",
     "flights",
     {"flights.hold", R"({"number": "SL7", "date": "2026-05-01", "seats": 181})"},
     "flights.sold_out",
     {"flights.hold", R"({"number": "SL7", "date": "2026-05-01", "seats": 180})"}},
    {"hotel_full",
     "hotels",
     {"hotels.hold", R"({"code": "FULL", "nights": 1})"},
     "hotels.full",
     {"hotels.hold", R"({"code": "ROME", "nights": 1})"}},
    {"no_car_left",
     "cars",
     {"cars.hold", R"({"class": "luxury"})"},
     "cars.none_left",
     {"cars.hold", R"({"class": "economy"})"}},
    {"class_unknown",
     "cars",
     {"cars.hold", R"({"class": "tank"})"},
     "cars.none_left",
     {"cars.hold", R"({"class": "compact"})"}},
    {"sum_too_large",
     "insurance",
     {"insurance.issue_policy", R"({"trip_id": "t", "insured_minor": 2000001})"},
     "insurance.refused",
     {"insurance.issue_policy", R"({"trip_id": "t", "insured_minor": 2000000})"}},
    {"trip_risky",
     "insurance",
     {"insurance.issue_policy", R"({"trip_id": "risky-1", "insured_minor": 1})"},
     "insurance.refused",
     {"insurance.issue_policy", R"({"trip_id": "t", "insured_minor": 1})"}},
    {"too_heavy",
     "warehouse",
     {"warehouse.assign_cell", R"({"order_id": "o", "weight_g": 20001})"},
     "warehouse.too_heavy",
     {"warehouse.assign_cell", R"({"order_id": "o", "weight_g": 20000})"}},
    {"no_free_cell",
     "warehouse",
     {"warehouse.assign_cell", R"({"order_id": "no-cell-1", "weight_g": 1})"},
     "warehouse.no_free_cell",
     {"warehouse.assign_cell", R"({"order_id": "o", "weight_g": 1})"}},
};

class OpenPlugin {
 public:
  explicit OpenPlugin(const std::string& name, const std::string& more = {})
      : host_(load_plugin(name), R"({"database": ")" + folder_.path() + R"(/p.db")" + more + "}") {}

  Answer call(const Attempt& attempt, const std::string& key, Role role = Role::execute) {
    TestCall call;
    call.operation = attempt.operation;
    call.key = key;
    call.input = attempt.input;
    call.role = role;
    return host_.call(call);
  }
  std::string snapshot() { return host_.snapshot(); }

 private:
  TemporaryFolder folder_;
  FakeHost host_;
};

class Refusal : public testing::TestWithParam<Row> {};

TEST_P(Refusal, is_provoked_by_the_input_and_leaves_nothing) {
  const Row& row = GetParam();
  OpenPlugin plugin(row.plugin);
  const std::string before = plugin.snapshot();
  const Answer refused = plugin.call(row.refused, "refused");
  EXPECT_EQ(refused.status, SAGA_BUSINESS) << sdk::testing::to_string(refused);
  EXPECT_EQ(refused.code, row.code);
  EXPECT_EQ(plugin.snapshot(), before);
  const Answer granted = plugin.call(row.granted, "granted");
  EXPECT_TRUE(granted.status == SAGA_OK || granted.status == SAGA_PENDING)
      << sdk::testing::to_string(granted);
  EXPECT_NE(plugin.snapshot(), before);
}

INSTANTIATE_TEST_SUITE_P(Rows, Refusal, testing::ValuesIn(kRows),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Pools, what_is_given_back_can_be_taken_again_and_no_more_than_there_is) {
  OpenPlugin hotels("hotels", R"(, "rooms": 1)");
  const Attempt hold = {"hotels.hold", R"({"code": "ROME", "nights": 2})"};
  EXPECT_EQ(hotels.call(hold, "a").status, SAGA_OK);
  EXPECT_EQ(hotels.call(hold, "b").code, "hotels.full");
  EXPECT_EQ(hotels.call({"hotels.release", "{}"}, "a", Role::compensate).status, SAGA_OK);
  EXPECT_EQ(hotels.call(hold, "c").status, SAGA_OK);
}

TEST(Pools, what_was_given_back_is_not_confirmed) {
  OpenPlugin cars("cars");
  const Answer held = cars.call({"cars.hold", R"({"class": "economy"})"}, "a");
  cars.call({"cars.release", "{}"}, "a", Role::compensate);
  const std::string hold = sdk::Json::parse(held.output).at("hold_id");
  const std::string input = R"({"hold_id": ")" + hold + R"("})";
  const Answer late = cars.call({"cars.confirm", input.c_str()}, "b");
  EXPECT_EQ(late.status, SAGA_FATAL);
  EXPECT_EQ(late.code, "booking.not_held");
}

TEST(Flights, a_flight_without_a_seat_map_is_held_and_ticketed_but_not_seated) {
  OpenPlugin flights("flights");
  const Answer held =
      flights.call({"flights.hold", R"({"number": "NOMAP1", "date": "d", "seats": 2})"}, "a");
  const std::string hold = sdk::Json::parse(held.output).at("hold_id");
  const std::string input = R"({"hold_id": ")" + hold + R"("})";
  EXPECT_EQ(flights.call({"flights.choose_seats", input.c_str()}, "b").code, "flights.no_seat_map");
  const std::string ticket = R"({"passenger_id": "p", "hold_id": ")" + hold + R"("})";
  EXPECT_EQ(flights.call({"flights.issue_ticket", ticket.c_str()}, "c").status, SAGA_OK);
}

TEST(Warehouse, a_cell_is_emptied_by_handing_the_parcel_out_and_again_by_its_return) {
  OpenPlugin warehouse("warehouse", R"(, "cells": 1)");
  const Attempt first = {"warehouse.assign_cell", R"({"order_id": "o1", "weight_g": 1})"};
  const Attempt second = {"warehouse.assign_cell", R"({"order_id": "o2", "weight_g": 1})"};
  EXPECT_EQ(warehouse.call(first, "a").status, SAGA_OK);
  EXPECT_EQ(warehouse.call({"warehouse.free_cell", R"({"order_id": "o1"})"}, "b").status, SAGA_OK);
  EXPECT_EQ(warehouse.call(second, "c").status, SAGA_OK);
  const Attempt back = {"warehouse.return_to_courier", R"({"order_id": "o1", "courier_id": "k"})"};
  EXPECT_EQ(warehouse.call(back, "d").status, SAGA_OK) << "it was handed out before: no error";
  const Attempt third = {"warehouse.assign_cell", R"({"order_id": "o3", "weight_g": 1})"};
  EXPECT_EQ(warehouse.call(third, "e").code, "warehouse.no_free_cell") << "o2 is still there";
}

}  // namespace
}  // namespace sagaloom::tests
