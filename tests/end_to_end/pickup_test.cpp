// workflows/pickup-parcel.yaml from the outside: a parcel's life at a pick-up point.
#include <gtest/gtest.h>

#include "tests/end_to_end/market.h"

namespace sagaloom::tests {
namespace {

using std::chrono::seconds;

class Pickup : public testing::Test {
 protected:
  std::string begin(const std::string& id, seconds stored_for, int weight_g = 900,
                    const std::string& packaging = "box",
                    const std::string& workflow = "pickup-parcel") {
    return market_.start(workflow, R"({"order_id":")" + id +
                                       R"(","client_id":"c","storage_until":")" +
                                       time_in(stored_for) + R"(","packaging":")" + packaging +
                                       R"(","weight_g":)" + std::to_string(weight_g) + "}");
  }
  void tell(const std::string& type, const std::string& id, const std::string& more = {}) {
    market_.publish("pvz.orders", type, id, R"({"order_id":")" + id + "\"" + more + "}");
  }
  Reply clerk(const std::string& saga, const std::string& answer) {
    return market_.post("/api/v1/sagas/" + saga + "/tasks/hand_back", answer);
  }
  // The clerk hands the parcel back, and that is the end.
  void hand_back(const std::string& saga) {
    market_.wait_for_step(saga, "hand_back", "AWAITING");
    const Reply answer = clerk(saga, R"({"courier_id":"k7"})");
    EXPECT_EQ(2, answer.status / 100) << answer.text;
    const Reply ended = market_.wait_for_end(saga);
    EXPECT_EQ("COMPLETED RETURNED_TO_COURIER", end_of(ended)) << ended.text;
  }
  bool holds_a_cell(const std::string& order_id) {
    return !rows(market_.database("warehouse"),
                 "select 1 from booking where state = 'held' and subject = '" + order_id + "'")
                .empty();
  }

  Market& market_ = Market::instance();
};

TEST_F(Pickup, AParcelIsIssuedBroughtBackAndReturned) {
  const std::string saga = begin("p1", seconds(3600));
  market_.wait_for_status(saga, "STORED");
  EXPECT_TRUE(holds_a_cell("p1"));
  tell("order.issued", "p1", R"(,"issued_at":")" + time_in(seconds(0)) + "\"");
  market_.wait_for_status(saga, "ISSUED");
  EXPECT_FALSE(holds_a_cell("p1"));
  tell("order.return_accepted", "p1");
  hand_back(saga);
}

TEST_F(Pickup, AParcelThatIsKeptEndsAfterTheReturnWindow) {
  const std::string saga = begin("p2", seconds(3600), 900, "box", "pickup-short");
  tell("order.issued", "p2", R"(,"issued_at":")" + time_in(seconds(0)) + "\"");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPLETED COMPLETED", end_of(ended)) << ended.text;
  EXPECT_FALSE(holds_a_cell("p2"));
}

TEST_F(Pickup, ABagThatIsTooHeavyIsRefusedBeforeAnyCall) {
  const std::string saga = begin("p3", seconds(3600), 10'001, "bag");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("FAILED REFUSED", end_of(ended)) << ended.text;
  EXPECT_EQ("parcel.too_heavy_for_bag", error_of(ended));
  EXPECT_NE(std::string::npos, ended.text.find("parcel has 10001 g"));
}

TEST_F(Pickup, WithoutAFreeCellItIsRefused) {
  const std::string saga = begin("no-cell-p4", seconds(3600));
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("FAILED REFUSED", end_of(ended)) << ended.text;
  EXPECT_EQ("warehouse.no_free_cell", error_of(ended));
}

TEST_F(Pickup, WhatNoCellCarriesIsRefused) {
  const std::string saga = begin("p5", seconds(3600), 20'001);
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("FAILED REFUSED", end_of(ended)) << ended.text;
  EXPECT_EQ("warehouse.too_heavy", error_of(ended));
}

TEST_F(Pickup, WhatNobodyFetchesGoesBack) {
  const std::string saga = begin("p6", seconds(2));
  market_.wait_for_status(saga, "EXPIRED");
  hand_back(saga);
  EXPECT_FALSE(holds_a_cell("p6"));
  const std::vector<std::string> types = {"parcel.accepted", "parcel.storage_expired",
                                          "parcel.returned"};
  market_.wait_until([&] { return market_.published("pvz.journal", "p6").size() >= 3; },
                     "journal of p6");
  EXPECT_EQ(types, market_.published("pvz.journal", "p6"));
}

TEST_F(Pickup, AStorageTimeInThePastIsOverAtOnce) {
  const std::string saga = begin("p7", seconds(-60));
  market_.wait_for_status(saga, "EXPIRED");
  hand_back(saga);
}

TEST_F(Pickup, AProlongationArmsTheTimerAgain) {
  const std::string saga = begin("p8", seconds(3600));
  market_.wait_for_status(saga, "STORED");
  tell("order.storage_extended", "p8", R"(,"storage_until":")" + time_in(seconds(3000)) + "\"");
  market_.wait_for_step(saga, "hold[2]/turn", "AWAITING");
  tell("order.storage_extended", "p8", R"(,"storage_until":")" + time_in(seconds(1)) + "\"");
  market_.wait_for_status(saga, "EXPIRED");
  hand_back(saga);
}

TEST_F(Pickup, AnAnswerThatBreaksTheFormLeavesTheTaskOpen) {
  const std::string saga = begin("p9", seconds(-60));
  EXPECT_EQ(404, clerk("00000000-0000-7000-8000-000000000000", "{}").status);
  market_.wait_for_step(saga, "hand_back", "AWAITING");
  const Reply broken = clerk(saga, R"({"courier":"k"})");
  EXPECT_EQ(422, broken.status) << broken.text;
  hand_back(saga);
  EXPECT_EQ(409, clerk(saga, R"({"courier_id":"k8"})").status);
}

TEST_F(Pickup, ATaskThatNobodyAnswersIsEscalated) {
  const std::string saga = begin("p10", seconds(-60), 900, "box", "pickup-short");
  market_.wait_for_step(saga, "hand_back", "AWAITING");
  market_.wait_until(
      [&] {
        return market_.saga(saga).text.find("\"assignee\":\"role:pvz-manager\"") !=
               std::string::npos;
      },
      "escalation to the manager");
  hand_back(saga);
}

TEST_F(Pickup, AfterTheHandoverThereIsNoWayBack) {
  const std::string saga = begin("p11", seconds(3600));
  market_.wait_for_status(saga, "STORED");
  const Reply cancel =
      market_.post("/api/v1/sagas/" + saga + "/cancel", R"({"reason":"second thoughts"})");
  EXPECT_EQ(409, cancel.status) << cancel.text;
  EXPECT_EQ("past_pivot", cancel.member("code"));
  EXPECT_TRUE(holds_a_cell("p11"));
}

}  // namespace
}  // namespace sagaloom::tests
