// workflows/travel-booking.yaml and its child travel-insurance.yaml from the outside.
#include <algorithm>
#include <gtest/gtest.h>

#include "tests/end_to_end/market.h"

namespace sagaloom::tests {
namespace {

struct Trip {
  std::string id;
  std::string traveller = "ann";
  std::string flight = "SL7";
  std::string hotel = "ROME";
  std::string car = R"({"class":"economy"})";  // empty: none
  int passengers = 1;
  int limit_minor = 1'000'000;
  std::string workflow = "travel-booking";
};

std::string input_of(const Trip& trip) {
  std::string passengers;
  for (int i = 0; i < trip.passengers; ++i)
    passengers += (i > 0 ? "," : "") + std::string(R"({"id":"x)") + std::to_string(i) + "\"}";
  return R"({"trip_id":")" + trip.id + R"(","traveller_id":")" + trip.traveller +
         R"(","limit_minor":)" + std::to_string(trip.limit_minor) + R"(,"passengers":[)" +
         passengers + R"(],"flight":{"number":")" + trip.flight +
         R"(","date":"2026-05-01"},"hotel":{"code":")" + trip.hotel + R"(","nights":2})" +
         (trip.car.empty() ? "" : R"(,"car":)" + trip.car) + "}";
}

class Travel : public testing::Test {
 protected:
  std::string begin(const Trip& trip) { return market_.start(trip.workflow, input_of(trip)); }
  void settle(const std::string& trip, const std::string& status = "settled") {
    market_.publish("payments.settled", "charge." + status, trip,
                    R"({"trip_id":")" + trip + R"(","status":")" + status + R"("})");
  }
  std::string child(const std::string& trip) {
    return market_.find("travel-insurance", trip + "-ins");
  }

  // Ends undone: nothing that can be given back stands in any book, nor in the child's.
  void expect_undone(const Trip& trip, const std::string& saga, const std::string& error) {
    const Reply ended = market_.wait_for_end(saga);
    EXPECT_EQ("COMPENSATED", ended.member("state")) << ended.text;
    EXPECT_EQ(error, error_of(ended));
    for (const char* plugin : {"hotels", "cars", "payment"})
      EXPECT_EQ(std::vector<std::string>(), market_.effects(plugin, saga)) << plugin;
    EXPECT_TRUE(rows(market_.database("flights"),
                     "select 1 from effect where operation = 'flights.hold' and state = 'done' "
                     "and saga = '" +
                         saga + "'")
                    .empty());
    if (const std::string insured = child(trip.id); !insured.empty()) {
      EXPECT_EQ(std::vector<std::string>(), market_.effects("insurance", insured));
    }
  }

  Market& market_ = Market::instance();
};

TEST_F(Travel, ASmallTripIsBookedChargedAndTicketed) {
  const Trip trip{.id = "t1"};
  const std::string saga = begin(trip);
  market_.wait_for_step(saga, "pay", "AWAITING");
  settle("t1");
  const Reply ended = market_.wait_for_end(saga);
  ASSERT_EQ("COMPLETED", ended.member("state")) << ended.text;
  EXPECT_NE(std::string::npos, ended.text.find("\"total_minor\":63000")) << ended.text;
  EXPECT_EQ("COMPLETED", market_.saga(child("t1")).member("state"));
  EXPECT_EQ(
      (std::vector<std::string>{"flights.choose_seats", "flights.hold", "flights.issue_ticket"}),
      market_.effects("flights", saga));
  EXPECT_EQ((std::vector<std::string>{"cars.confirm", "cars.hold"}), market_.effects("cars", saga));
  EXPECT_EQ(std::vector<std::string>{"payment.charge"}, market_.effects("payment", saga));
}

TEST_F(Travel, ALargeTripIsApprovedByAPersonAndEveryPassengerGetsATicket) {
  const Trip trip{.id = "t2", .passengers = 8};
  const std::string saga = begin(trip);
  settle("t2");  // kept until the charge is made
  const Reply open = market_.wait_for_step(saga, "approval", "AWAITING");
  EXPECT_NE(std::string::npos, open.text.find("manager-of:ann"));
  const Reply answer =
      market_.post("/api/v1/sagas/" + saga + "/tasks/approval", R"({"approved":true})");
  EXPECT_EQ(2, answer.status / 100) << answer.text;
  const Reply ended = market_.wait_for_end(saga);
  ASSERT_EQ("COMPLETED", ended.member("state")) << ended.text;
  const auto made = market_.effects("flights", saga);
  EXPECT_EQ(8, std::count(made.begin(), made.end(), "flights.issue_ticket"));
}

TEST_F(Travel, WhatThePersonRejectsIsUndone) {
  const Trip trip{.id = "t3", .passengers = 8};
  const std::string saga = begin(trip);
  market_.wait_for_step(saga, "approval", "AWAITING");
  market_.post("/api/v1/sagas/" + saga + "/tasks/approval", R"({"approved":false})");
  expect_undone(trip, saga, "travel.rejected");
}

TEST_F(Travel, ASoldOutFlightGivesHotelAndCarBack) {
  const Trip trip{.id = "t4", .flight = "SOLD4"};
  const std::string saga = begin(trip);
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("flights.sold_out", error_of(ended)) << ended.text;
  EXPECT_TRUE(ended.member("state") == "COMPENSATED" || ended.member("state") == "FAILED");
  for (const char* plugin : {"flights", "hotels", "cars"})
    EXPECT_EQ(std::vector<std::string>(), market_.effects(plugin, saga)) << plugin;
}

TEST_F(Travel, AFullHotelGivesTheFlightBack) {
  const Trip trip{.id = "t5", .hotel = "FULL5"};
  const std::string saga = begin(trip);
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("hotels.full", error_of(ended)) << ended.text;
  for (const char* plugin : {"hotels", "cars"})
    EXPECT_EQ(std::vector<std::string>(), market_.effects(plugin, saga)) << plugin;
}

TEST_F(Travel, WithoutACarOrSeatMapTheTripGoesOn) {
  const Trip trip{.id = "t6", .flight = "NOMAP6", .car = R"({"class":"luxury"})"};
  const std::string saga = begin(trip);
  settle("t6");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPLETED", ended.member("state")) << ended.text;
  EXPECT_NE(std::string::npos, ended.text.find("\"total_minor\":54000")) << ended.text;
  EXPECT_EQ(std::vector<std::string>(), market_.effects("cars", saga));
}

TEST_F(Travel, AboveTheLimitEverythingIsGivenBack) {
  const Trip trip{.id = "t7", .limit_minor = 62'999};
  expect_undone(trip, begin(trip), "travel.over_limit");
}

TEST_F(Travel, WhatIsNotInsuredIsNotTravelled) {
  const Trip trip{.id = "risky-t8"};
  expect_undone(trip, begin(trip), "insurance.refused");
}

TEST_F(Travel, ADeclinedChargeUndoesTheChildToo) {
  const Trip trip{.id = "t9", .traveller = "declined-ann"};
  const std::string saga = begin(trip);
  market_.wait_for_step(saga, "pay", "AWAITING");
  settle("t9", "declined");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPENSATED", ended.member("state")) << ended.text;
  EXPECT_EQ("payment.declined", error_of(ended));
  EXPECT_EQ("COMPENSATED", market_.saga(child("t9")).member("state"));
  EXPECT_EQ(std::vector<std::string>(), market_.effects("insurance", child("t9")));
}

TEST_F(Travel, WithoutFundsEverythingIsUndone) {
  const Trip trip{.id = "t10", .traveller = poor};
  expect_undone(trip, begin(trip), "payment.insufficient_funds");
}

TEST_F(Travel, AChargeThatNoEventSettlesIsAskedFor) {
  const Trip good{.id = "t11", .workflow = "travel-short"};
  const Reply ended = market_.wait_for_end(begin(good));
  EXPECT_EQ("COMPLETED", ended.member("state")) << ended.text;
  const Trip bad{.id = "t12", .traveller = "declined-bob", .workflow = "travel-short"};
  expect_undone(bad, begin(bad), "payment.declined");
}

TEST_F(Travel, AnApprovalThatNobodyGivesUndoesTheTrip) {
  const Trip trip{.id = "t13", .passengers = 8, .workflow = "travel-short"};
  expect_undone(trip, begin(trip), "wait.timeout");
}

TEST_F(Travel, AnOperatorsCancelDuringTheApprovalUndoesTheTrip) {
  const Trip trip{.id = "t14", .passengers = 8};
  const std::string saga = begin(trip);
  market_.wait_for_step(saga, "approval", "AWAITING");
  const Reply cancel =
      market_.post("/api/v1/sagas/" + saga + "/cancel", R"({"reason":"the trip is off"})");
  EXPECT_EQ(202, cancel.status) << cancel.text;
  expect_undone(trip, saga, "saga.cancelled");
}

class Insurance : public Travel {
 protected:
  static std::string policy(const std::string& trip, int total_minor = 1000) {
    return R"({"trip_id":")" + trip + R"(","total_minor":)" + std::to_string(total_minor) + "}";
  }
  Reply ended(const std::string& input) {
    return market_.wait_for_end(market_.start("travel-insurance", input));
  }
};

TEST_F(Insurance, AloneItIsASagaOfItsOwn) {
  const Reply reply = ended(policy("i1"));
  EXPECT_EQ("COMPLETED", reply.member("state")) << reply.text;
  EXPECT_NE(std::string::npos, reply.text.find("policy_no"));
}

TEST_F(Insurance, WhatThePluginRefusesFails) {
  for (const std::string& input : {policy("i2", 2'000'001), policy("risky-i3")}) {
    const Reply reply = ended(input);
    EXPECT_EQ("FAILED", reply.member("state")) << reply.text;
    EXPECT_EQ("insurance.refused", error_of(reply));
  }
}

TEST_F(Insurance, AnInputThatDoesNotFitIsRefusedWithItsPlace) {
  const Reply negative = market_.try_start("travel-insurance", policy("i4", -1));
  EXPECT_EQ(422, negative.status) << negative.text;
  EXPECT_NE(std::string::npos, negative.text.find("/total_minor"));
  const Reply missing = market_.try_start("travel-insurance", R"({"trip_id":"i4"})");
  EXPECT_EQ(422, missing.status) << missing.text;
}

TEST_F(Insurance, TheSameTripAgainIsTheSameSagaAndAnotherSumAConflict) {
  const Reply first = ended(policy("i5"));
  EXPECT_EQ(first.member("id"), market_.try_start("travel-insurance", policy("i5")).member("id"));
  const Reply other = market_.try_start("travel-insurance", policy("i5", 2));
  EXPECT_EQ(409, other.status) << other.text;
  EXPECT_EQ("identity_taken", other.member("code"));
}

TEST_F(Insurance, CancelledWhileThePolicyIsIssuedItIsCancelledAgain) {
  HeldDatabase books(market_.database("insurance"));
  const std::string saga = market_.start("travel-insurance", policy("i6"));
  market_.wait_for_step(saga, "policy", "RUNNING");
  const Reply cancel =
      market_.post("/api/v1/sagas/" + saga + "/cancel", R"({"reason":"not wanted"})");
  EXPECT_EQ(202, cancel.status) << cancel.text;
  books.release();
  const Reply reply = market_.wait_for_end(saga);
  EXPECT_EQ("COMPENSATED", reply.member("state")) << reply.text;
  EXPECT_EQ(std::vector<std::string>(), market_.effects("insurance", saga));
}

TEST_F(Insurance, WhatHasEndedIsNotCancelled) {
  const Reply reply = ended(policy("i7"));
  const Reply cancel =
      market_.post("/api/v1/sagas/" + reply.member("id") + "/cancel", R"({"reason":"too late"})");
  EXPECT_EQ(409, cancel.status) << cancel.text;
}

}  // namespace
}  // namespace sagaloom::tests
