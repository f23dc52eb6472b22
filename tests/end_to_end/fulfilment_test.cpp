// workflows/order-fulfilment.yaml from the outside: an order's whole life, and how it may fail.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/end_to_end/market.h"

namespace sagaloom::tests {
namespace {

class Fulfilment : public testing::Test {
 protected:
  std::string begin(const std::string& id, const std::string& customer = rich, int quantity = 2,
                    const std::string& sku = "SKU-1", const std::string& address = "1 Loom Street",
                    const std::string& workflow = "order-fulfilment") {
    std::string input = order(id, customer, quantity, sku);
    const std::string usual = "1 Loom Street";
    input.replace(input.find(usual), usual.size(), address);
    return market_.start(workflow, input);
  }

  void tell(const std::string& id, const std::string& status, const std::string& event_id) {
    market_.publish("delivery.status.updated", "delivery.status", id,
                    R"({"order_id":")" + id + R"(","event_id":")" + event_id + R"(","status":")" +
                        status + R"("})");
  }

  std::string stock_of(const std::string& sku) {
    return rows(market_.database("inventory"),
                "select on_hand, reserved from stock where sku = '" + sku + "'")
        .at(0);
  }

  // How many pieces and how much money this saga holds or has taken.
  void expect_nothing_left(const std::string& saga) {
    for (const char* plugin : {"inventory", "payment", "delivery"})
      EXPECT_EQ(std::vector<std::string>(), market_.effects(plugin, saga)) << plugin;
  }

  Market& market_ = Market::instance();
};

TEST_F(Fulfilment, AnOrderIsPaidTrackedAndDelivered) {
  tell("f1", "PENDING", "f1-1");  // before the order: kept for it
  const std::string saga = begin("f1");
  market_.wait_for_status(saga, "PENDING");
  tell("f1", "IN_TRANSIT", "f1-2");
  market_.wait_for_status(saga, "IN_TRANSIT");
  EXPECT_NE(std::string::npos, market_.get("/api/fulfilments/f1/delivery").text.find("IN_TRANSIT"));
  EXPECT_NE(std::string::npos, market_.get("/api/fulfilments/f1/payment").text.find("2500"));
  tell("f1", "DELIVERED", "f1-3");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPLETED DELIVERED", end_of(ended)) << ended.text;
  const std::vector<std::string> types = {"order.accepted",          "order.paid",
                                          "order.delivery_progress", "order.delivery_progress",
                                          "order.delivery_progress", "order.delivered"};
  market_.wait_until([&] { return market_.published("orders", "f1").size() >= types.size(); },
                     "event of f1's delivery");
  EXPECT_EQ(types, market_.published("orders", "f1"));
}

TEST_F(Fulfilment, OutOfStockIsRefusedBeforeAnyEffect) {
  const std::string saga = begin("f2", rich, 11, "SKU-3");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("FAILED OUT_OF_STOCK", end_of(ended)) << ended.text;
  EXPECT_EQ("inventory.out_of_stock", error_of(ended));
  expect_nothing_left(saga);
}

TEST_F(Fulfilment, WithoutFundsTheStockIsGivenBack) {
  const std::string saga = begin("f3", poor, 2, "SKU-2");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPENSATED CANCELLED", end_of(ended)) << ended.text;
  EXPECT_EQ("payment.insufficient_funds", error_of(ended));
  EXPECT_EQ("1000|0", stock_of("SKU-2"));
  expect_nothing_left(saga);
}

TEST_F(Fulfilment, AnAddressWithoutCourierIsServedByPost) {
  const std::string saga = begin("f4", rich, 1, "SKU-1", "nowhere 4");
  tell("f4", "DELIVERED", "f4-1");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPLETED DELIVERED", end_of(ended)) << ended.text;
  EXPECT_EQ(std::vector<std::string>{"delivery.schedule_postal"},
            market_.effects("delivery", saga));
}

TEST_F(Fulfilment, WhatComesBackIsRefundedAndPutOnTheShelf) {
  const std::string saga = begin("f5");
  tell("f5", "RETURNED", "f5-1");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPLETED REFUNDED", end_of(ended)) << ended.text;
  EXPECT_EQ((std::vector<std::string>{"payment.authorize", "payment.capture", "payment.refund"}),
            market_.effects("payment", saga));
  EXPECT_EQ(
      (std::vector<std::string>{"inventory.commit", "inventory.reserve", "inventory.restock"}),
      market_.effects("inventory", saga));
}

TEST_F(Fulfilment, ACustomersCancelBeforeThePivotUndoesEverything) {
  HeldDatabase courier(market_.database("delivery"));
  const std::string saga = begin("f6");
  market_.wait_for_status(saga, "AUTHORIZED");
  const Reply cancel = market_.post("/api/fulfilments/f6/cancel");
  EXPECT_EQ(2, cancel.status / 100) << cancel.text;
  courier.release();
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPENSATED CANCELLED", end_of(ended)) << ended.text;
  EXPECT_EQ("saga.cancelled", error_of(ended));
  expect_nothing_left(saga);
}

TEST_F(Fulfilment, ACancelAfterThePivotIsRefused) {
  const std::string saga = begin("f7");
  market_.wait_for_step(saga, "track", "AWAITING");
  const Reply cancel = market_.post("/api/fulfilments/f7/cancel");
  EXPECT_EQ(409, cancel.status) << cancel.text;
  EXPECT_EQ("past_pivot", cancel.member("code"));
  tell("f7", "DELIVERED", "f7-1");
  EXPECT_EQ("COMPLETED DELIVERED", end_of(market_.wait_for_end(saga)));
}

TEST_F(Fulfilment, TheSameEventTwiceCountsOnceAndAnInvalidOneNever) {
  const std::string saga = begin("f8");
  tell("f8", "IN_TRANSIT", "f8-1");
  tell("f8", "IN_TRANSIT", "f8-1");
  tell("f8", "LOST_AT_SEA", "f8-2");
  tell("f8", "DELIVERED", "f8-3");
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPLETED DELIVERED", end_of(ended)) << ended.text;
  const std::vector<std::string> types = {"order.accepted", "order.paid", "order.delivery_progress",
                                          "order.delivery_progress", "order.delivered"};
  market_.wait_until([&] { return market_.published("orders", "f8").size() >= types.size(); },
                     "event of f8's delivery");
  EXPECT_EQ(types, market_.published("orders", "f8"));
}

TEST_F(Fulfilment, ADeliveryThatIsNeverToldIsInvestigatedByAPerson) {
  const std::string saga = begin("f9", rich, 1, "SKU-1", "1 Loom Street", "fulfilment-short");
  market_.wait_for_step(saga, "investigate", "AWAITING");
  market_.wait_until([&] { return market_.saga(saga).text.find("group:ops") != std::string::npos; },
                     "escalation to group:ops");
  const Reply answer =
      market_.post("/api/v1/sagas/" + saga + "/tasks/investigate", R"({"found":true})");
  EXPECT_EQ(2, answer.status / 100) << answer.text;
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPLETED", ended.member("state")) << ended.text;
}

TEST_F(Fulfilment, KilledWhileItWaitsItGoesOnAndTakesWhatCameMeanwhile) {
  const std::string saga = begin("f10");
  market_.wait_for_step(saga, "track", "AWAITING");
  market_.server().kill();
  tell("f10", "IN_TRANSIT", "f10-1");
  tell("f10", "DELIVERED", "f10-2");
  market_.server().start();
  const Reply ended = market_.wait_for_end(saga);
  EXPECT_EQ("COMPLETED DELIVERED", end_of(ended)) << ended.text;
  EXPECT_EQ(
      1u, rows(market_.database("payment"),
               "select * from effect where operation = 'payment.capture' and saga = '" + saga + "'")
              .size());
}

TEST_F(Fulfilment, TheSecretIsInNoTopicAnswerOrLog) {
  const std::string saga = begin("f11");
  tell("f11", "DELIVERED", "f11-1");
  market_.wait_for_end(saga);
  EXPECT_NE(std::string::npos, market_.history(saga).text.find("psp_api_key"));
  for (const Reply& reply : {market_.saga(saga), market_.history(saga)})
    EXPECT_EQ(std::string::npos, reply.text.find(Market::secret()));
  EXPECT_EQ(std::string::npos, market_.server().err().find(Market::secret()));
  for (const char* topic : {"orders", "sagaloom.lifecycle"}) {
    for (const auto& record : market_.records(topic))
      EXPECT_EQ(std::string::npos, record.value.find(Market::secret())) << topic;
  }
}

}  // namespace
}  // namespace sagaloom::tests
