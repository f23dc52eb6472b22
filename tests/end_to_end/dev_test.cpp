// `sagaloom dev` from the outside: what a newcomer sees, and what must survive kill -9.
#include <gtest/gtest.h>
#include <signal.h>
#include <thread>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"

namespace sagaloom::tests {
namespace {

std::vector<std::string> dev(const Folder& folder, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"dev", "--port", "0", "--data", folder.file("data")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

class DevTest : public testing::Test {
 protected:
  std::string data() const { return folder_.file("data"); }
  const Folder folder_;
  Server server_{dev(folder_)};
};

TEST_F(DevTest, AnOrderCompletes) {
  server_.start();
  const Reply reply = submit(server_.url(), order("a", rich));
  EXPECT_EQ(200, reply.status) << reply.text;
  EXPECT_EQ("COMPLETED", reply.member("state")) << reply.text;
  EXPECT_EQ("a", reply.member("order_id"));
  EXPECT_EQ("998|0", stock(data()));
}

TEST_F(DevTest, WithoutFundsTheStockIsGivenBack) {
  server_.start();
  const Reply reply = submit(server_.url(), order("b", poor));
  EXPECT_EQ("COMPENSATED", reply.member("state")) << reply.text;
  EXPECT_EQ("CANCELLED", reply.member("status")) << reply.text;
  EXPECT_NE(std::string::npos, reply.text.find("payment.insufficient_funds")) << reply.text;
  EXPECT_EQ("1000|0", stock(data()));
}

TEST_F(DevTest, WhatIsOutOfStockIsRefusedBeforeAnyEffect) {
  server_.start();
  const Reply reply = submit(server_.url(), order("c", rich, 11, "SKU-3"));
  EXPECT_EQ("FAILED", reply.member("state")) << reply.text;
  EXPECT_EQ("OUT_OF_STOCK", reply.member("status")) << reply.text;
  EXPECT_EQ("10|0", stock(data(), "SKU-3"));
  EXPECT_TRUE(rows(data() + "/inventory.db", "select * from effect").empty());
}

TEST_F(DevTest, TheSameOrderAgainIsTheSameSaga) {
  server_.start();
  const Reply first = submit(server_.url(), order("d", rich));
  const Reply again = submit(server_.url(), order("d", rich));
  EXPECT_EQ(200, again.status) << again.text;
  EXPECT_EQ(first.member("saga"), again.member("saga"));
  EXPECT_EQ("998|0", stock(data()));
  const Reply other = submit(server_.url(), order("d", rich, 3));
  EXPECT_EQ(409, other.status) << other.text;
  EXPECT_EQ("identity_taken", other.member("code"));
}

TEST_F(DevTest, ACustomersCancelAfterTheEndIsRefused) {
  server_.start();
  submit(server_.url(), order("e", rich));
  const Reply reply = request(server_.url(), "POST", "/api/orders/e/cancel", "{}");
  EXPECT_EQ(409, reply.status) << reply.text;
}

TEST_F(DevTest, AnInputThatDoesNotFitNamesThePlaces) {
  server_.start();
  const Reply reply = submit(server_.url(), R"({"order_id":"f","items":[{"sku":5}]})");
  EXPECT_EQ(422, reply.status) << reply.text;
  EXPECT_NE(std::string::npos, reply.text.find("/items/0/sku")) << reply.text;
}

TEST_F(DevTest, HealthAndMetricsAnswer) {
  server_.start();
  submit(server_.url(), order("g", rich));
  for (const char* path : {"/livez", "/readyz", "/health", "/ready"})
    EXPECT_EQ(200, request(server_.url(), "GET", path).status) << path;
  const Reply metrics = request(server_.url(), "GET", "/metrics");
  EXPECT_EQ(200, metrics.status);
  EXPECT_NE(std::string::npos, metrics.text.find("workflow=\"order\"")) << metrics.text;
}

TEST_F(DevTest, TheBuiltInEventLogHoldsWhatWasPublished) {
  server_.start();
  submit(server_.url(), order("h", rich));
  const Reply events = request(server_.url(), "GET", "/api/v1/events?limit=100");
  for (const char* type : {"order.accepted", "order.paid", "order.completed"})
    EXPECT_NE(std::string::npos, events.text.find(type)) << type << "\n" << events.text;
}

TEST_F(DevTest, PrintsTwoCurlLinesThatDoWhatTheySay) {
  server_.start();
  const std::string out = server_.out();
  std::vector<std::string> lines;
  for (std::size_t at = out.find("curl "); at != out.npos; at = out.find("curl ", at + 1))
    lines.push_back(out.substr(at, out.find('\n', at) - at));
  ASSERT_EQ(2u, lines.size()) << out;
  const Finished first = run({"bash", "-c", lines[0]});
  EXPECT_NE(std::string::npos, first.out.find("COMPLETED")) << first.out << first.err;
  const std::string before = stock(data());
  const Finished second = run({"bash", "-c", lines[1]});
  EXPECT_NE(std::string::npos, second.out.find("COMPENSATED")) << second.out << second.err;
  EXPECT_EQ(before, stock(data()));
}

TEST_F(DevTest, SurvivesKillInTheMiddle) {
  server_.start();
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) {
    ids.push_back("k" + std::to_string(i));
    const Reply reply =
        request(server_.url(), "POST", "/api/orders", order(ids.back(), i % 4 ? rich : poor));
    ASSERT_EQ(202, reply.status) << reply.text;
  }
  server_.kill();
  server_.start();
  int completed = 0;
  for (const std::string& id : ids) {
    const std::string state = wait_for_state(server_.url(), id, {"COMPLETED", "COMPENSATED"});
    EXPECT_TRUE(state == "COMPLETED" || state == "COMPENSATED") << id << " is " << state;
    completed += state == "COMPLETED";
  }
  EXPECT_EQ(30, completed);
  EXPECT_EQ("940|0", stock(data()));
  EXPECT_TRUE(rows(data() + "/inventory.db",
                   "select saga, operation from effect group by 1, 2 having count(*) > 1")
                  .empty());
}

TEST_F(DevTest, TermDrainsAndTheNextStartGoesOn) {
  server_.start();
  for (int i = 0; i < 20; ++i)
    request(server_.url(), "POST", "/api/orders", order("t" + std::to_string(i), rich));
  EXPECT_EQ(0, server_.terminate()) << server_.err();
  server_.start();
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ("COMPLETED", wait_for_state(server_.url(), "t" + std::to_string(i), {"COMPLETED"}));
}

TEST_F(DevTest, ASecondServerOnTheSameDataSaysSoAndEnds) {
  server_.start();
  const Finished second = run({program(), "dev", "--port", "0", "--data", data()});
  EXPECT_EQ(2, second.status);
  EXPECT_NE(std::string::npos, second.err.find("in use")) << second.err;
  EXPECT_NE(std::string::npos, second.err.find(std::to_string(server_.pid()))) << second.err;
}

TEST_F(DevTest, AWrongConfigurationEndsWithItsErrors) {
  const std::string file = folder_.write("bad.yaml", "http: {prot: 1}\nstore: oracle\n");
  const Finished bad = run({program(), "serve", "--config", file});
  EXPECT_EQ(2, bad.status);
  EXPECT_NE(std::string::npos, bad.err.find("bad.yaml:1:8")) << bad.err;
  EXPECT_NE(std::string::npos, bad.err.find("did you mean http.port?")) << bad.err;
  EXPECT_NE(std::string::npos, bad.err.find("bad.yaml:2:1")) << bad.err;
}

TEST_F(DevTest, TheBatchExampleAccountsForEveryOrder) {
  server_.start();
  const Finished batch = run({SAGALOOM_SOURCE_DIR "/examples/batch_of_orders.sh", "20", "batch"},
                             {"SAGALOOM_SERVER=" + server_.url()});
  EXPECT_EQ(0, batch.status) << batch.err;
  EXPECT_NE(std::string::npos, batch.out.find("20 answered 202")) << batch.out;
  EXPECT_NE(std::string::npos, batch.out.find("18 COMPLETED")) << batch.out;
  EXPECT_NE(std::string::npos, batch.out.find("2 COMPENSATED")) << batch.out;
  EXPECT_EQ("982|0", stock(data()));
}

// Every request of examples/orders.http is answered with success.
TEST_F(DevTest, TheRequestsOfTheExampleWork) {
  server_.start();
  const std::string text = read_file(SAGALOOM_SOURCE_DIR "/examples/orders.http");
  int sent = 0;
  for (std::size_t at = text.find("{{server}}"); at != text.npos;
       at = text.find("{{server}}", at + 1)) {
    const std::size_t line = text.rfind('\n', at) + 1;
    const std::string method = text.substr(line, text.find(' ', line) - line);
    const std::size_t path = at + std::string("{{server}}").size();
    const std::string body = method == "POST" ? text.substr(text.find("\n\n", at) + 2) : "";
    const Reply reply =
        request(server_.url(), method, text.substr(path, text.find('\n', path) - path),
                body.substr(0, body.find('\n')),
                method == "POST" ? Headers{{"Prefer", "wait=10"}} : Headers{});
    EXPECT_EQ(200, reply.status) << text.substr(line, 60) << "\n" << reply.text;
    ++sent;
  }
  EXPECT_EQ(10, sent);
}

}  // namespace
}  // namespace sagaloom::tests
