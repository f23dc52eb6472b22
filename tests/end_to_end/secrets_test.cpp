// A secret goes to the plugin and nowhere else: not into the store, an answer, an event or a log.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"

namespace sagaloom::tests {
namespace {

const std::string kSecret = "sk-live-9f27c1d0";

const char kWorkflow[] = R"(dsl: 1
workflow: card
version: 1
id: ${ input.order_id }
expose: {path: /api/orders, id: {name: order_id}}
secrets: [psp_api_key]
input:
  schema:
    type: object
    required: [order_id, customer_id]
    properties:
      order_id: {type: string}
      customer_id: {type: string}
steps:
- id: authorize
  call: payment.authorize
  with:
    customer_id: ${ input.customer_id }
    amount_minor: 2500
    currency: EUR
    api_key: ${ secrets.psp_api_key }
  retry: {max_attempts: 2, initial: 10ms}
  emit: {topic: cards, type: card.authorized, key: "${ input.order_id }", data: {order_id: "${ input.order_id }"}}
  compensate: {call: payment.void, with: {authorization_key: "${ self.key }"}}
- id: schedule
  call: delivery.schedule
  with: {order_id: "${ input.order_id }", address: "${ input.customer_id }"}
  compensate: auto
)";

class SecretsTest : public testing::Test {
 protected:
  std::vector<std::string> serve(const std::string& more = {}) const {
    const std::string workflow = folder_.write("card.yaml", kWorkflow);
    const std::string file =
        folder_.write("sagaloom.yaml", "data: " + folder_.file("data") + "\nhttp: {port: 0}\n" +
                                           "log: {level: debug}\nworkflows: [" + workflow + "]\n" +
                                           "plugins: {settings: {payment: {balances: {" + poor +
                                           ": 0}}}}\n" + more);
    return {"serve", "--config", file};
  }
  static std::string body(const std::string& order_id, const std::string& customer) {
    return R"({"order_id":")" + order_id + R"(","customer_id":")" + customer + R"("})";
  }

  // The files below the data directory in which the text stands.
  std::vector<std::string> files_with(const std::string& text) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.file("data"))) {
      if (entry.is_regular_file() && read_file(entry.path()).find(text) != std::string::npos)
        found.push_back(entry.path());
    }
    return found;
  }

  void expect_nowhere(const Server& server, const std::vector<Reply>& replies) {
    EXPECT_EQ(std::vector<std::string>(), files_with(kSecret));
    EXPECT_EQ(std::string::npos, server.out().find(kSecret));
    EXPECT_EQ(std::string::npos, server.err().find(kSecret));
    for (const Reply& reply : replies)
      EXPECT_EQ(std::string::npos, reply.text.find(kSecret)) << reply.text;
  }

  // Everything that the server tells about a saga.
  static std::vector<Reply> told(const Server& server, const Reply& ended) {
    const std::string saga = "/api/v1/sagas/" + ended.member("saga");
    return {ended, request(server.url(), "GET", saga),
            request(server.url(), "GET", saga + "/history?limit=500"),
            request(server.url(), "GET", "/api/v1/events?limit=100"),
            request(server.url(), "GET", "/metrics")};
  }

  const Folder folder_;
};

TEST_F(SecretsTest, TheValueIsInNoFileAnswerEventOrLog) {
  Server server(serve(), {"SAGALOOM_SECRET_PSP_API_KEY=" + kSecret});
  server.start();
  const Reply good = submit(server.url(), body("a", rich));
  EXPECT_EQ("COMPLETED", good.member("state")) << good.text;
  const Reply refused = submit(server.url(), body("b", poor));
  EXPECT_EQ("FAILED", refused.member("state")) << refused.text;
  const Reply undone = submit(server.url(), body("c", "nowhere 1"));
  EXPECT_EQ("COMPENSATED", undone.member("state")) << undone.text;
  for (const Reply& each : {good, refused, undone}) {
    const auto replies = told(server, each);
    EXPECT_NE(std::string::npos, replies[1].text.find("psp_api_key")) << "kept as a reference";
    expect_nowhere(server, replies);
  }
  EXPECT_EQ(0, server.terminate());
  expect_nowhere(server, {});
  EXPECT_FALSE(files_with("psp_api_key").empty()) << "the search finds what is there";
}

TEST_F(SecretsTest, WithoutTheSecretNothingIsSentAndTheErrorSaysWhatToSet) {
  Server server(serve());
  server.start();
  const Reply failed = submit(server.url(), body("a", rich));
  EXPECT_EQ("FAILED", failed.member("state")) << failed.text;
  EXPECT_NE(std::string::npos, failed.text.find("secret.missing")) << failed.text;
  EXPECT_NE(std::string::npos, failed.text.find("SAGALOOM_SECRET_PSP_API_KEY")) << failed.text;
  EXPECT_TRUE(rows(folder_.file("data") + "/payment.db", "select * from effect_row").empty());
}

TEST_F(SecretsTest, AFileOfTheDirectoryIsReadAtEachAttempt) {
  std::filesystem::create_directory(folder_.file("secrets"));
  Server server(serve("secrets: {directory: " + folder_.file("secrets") + "}\n"));
  server.start();
  const Reply before = submit(server.url(), body("a", rich));
  EXPECT_NE(std::string::npos, before.text.find("secret.missing")) << before.text;
  std::ofstream(folder_.file("secrets") + "/psp_api_key") << kSecret << "\n";
  const Reply after = submit(server.url(), body("b", rich));
  EXPECT_EQ("COMPLETED", after.member("state")) << after.text;
  expect_nowhere(server, told(server, after));
}

}  // namespace
}  // namespace sagaloom::tests
