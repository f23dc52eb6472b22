// An event that fits no version of its workflow, over a real broker and Postgres: a dead letter,
// refused again while nothing has changed, taken once a version with another schema is registered.
#include <gtest/gtest.h>

#include "tests/end_to_end/market.h"

namespace sagaloom::tests {
namespace {

// Version 1 wants `amount` as a number, version 2 takes text as well.
std::string billing(int version, const std::string& type) {
  return "dsl: 1\nworkflow: billing\nversion: " + std::to_string(version) + R"(
id: ${ input.bill }
input:
  schema: {type: object, required: [bill], properties: {bill: {type: string}}}
events:
  paid:
    topic: payments.settled
    type: bill.paid
    key: ${ event.data.bill }
    ttl: 1h
    schema: {type: object, required: [bill, amount], properties: {bill: {type: string}, amount: )" +
         type + R"(}}
steps:
- id: paid
  wait: {event: paid, timeout: 1h}
)";
}

class Letters : public testing::Test {
 protected:
  void register_version(int version, const std::string& type) {
    const Reply reply = request(market_.server().url(), "POST", "/api/v1/workflows",
                                billing(version, type), {{"Content-Type", "application/yaml"}});
    ASSERT_EQ(2, reply.status / 100) << reply.text;
  }
  std::string only_letter() {
    Reply page;
    market_.wait_until(
        [&] {
          page = market_.get("/api/v1/dead_letters?workflow=billing");
          return page.body.find("items") != nullptr && !page.body.find("items")->items().empty();
        },
        "dead letter");
    EXPECT_EQ(1u, page.body.find("items")->items().size()) << page.text;
    return page.body.find("items")->items()[0].find("id")->string();
  }
  Reply settle(const std::string& letter, const std::string& verb, const std::string& reason) {
    return market_.post("/api/v1/dead_letters/" + letter + "/" + verb,
                        R"({"by":"ann","reason":")" + reason + "\"}");
  }

  Market& market_ = Market::instance();
};

TEST_F(Letters, AnInvalidEventIsReplayedOnceAVersionTakesIt) {
  register_version(1, "{type: integer}");
  const std::string saga = market_.start("billing", R"({"bill":"b-1"})");
  market_.wait_for_step(saga, "paid", "AWAITING");
  market_.publish("payments.settled", "bill.paid", "b-1", R"({"bill":"b-1","amount":"12"})");
  const std::string letter = only_letter();

  const std::string counted = market_.get("/metrics").text;
  for (
      const char* sample :
      {R"(sagaloom_source_records_total{result="invalid",topic="payments.settled"})",
       R"(sagaloom_events_in_total{event="event:paid",result="event.invalid",workflow="billing"})"}) {
    EXPECT_NE(std::string::npos, counted.find(sample)) << sample;
  }

  const Reply still = settle(letter, "replay", "too early");
  EXPECT_EQ(422, still.status) << still.text;
  EXPECT_EQ("event.invalid", still.member("code"));
  EXPECT_NE(std::string::npos, still.text.find("\"pointer\":\"/amount\"")) << still.text;
  EXPECT_EQ(letter, only_letter()) << "it stays";

  register_version(2, "{type: [integer, string]}");
  const Reply taken = settle(letter, "replay", "version 2 is there");
  EXPECT_EQ(200, taken.status) << taken.text;
  EXPECT_EQ("COMPLETED", market_.wait_for_end(saga).member("state"));
  EXPECT_EQ(404, settle(letter, "replay", "again").status);
  const Reply settled = market_.get("/api/v1/dead_letters/settled?workflow=billing");
  EXPECT_NE(std::string::npos,
            settled.text.find(R"("by":"ann","id":")" + letter +
                              R"(","letter_reason":"event.invalid","reason":"version 2 is there")"))
      << settled.text;

  market_.publish("payments.settled", "bill.paid", "b-2", R"({"bill":"b-2","amount":[]})");
  EXPECT_EQ(200, settle(only_letter(), "discard", "nonsense").status);
}

}  // namespace
}  // namespace sagaloom::tests
