// `sagaloom serve` over a real Postgres and a real Kafka.
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <signal.h>

#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"
#include "tests/servers/kafka/private_kafka.h"
#include "tests/servers/private_postgres.h"

namespace sagaloom::tests {
namespace {

class ServeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    postgres_ = std::make_unique<PrivatePostgres>();
    kafka_ = std::make_unique<test::PrivateKafka>();
  }
  static void TearDownTestSuite() {
    kafka_.reset();
    postgres_.reset();
  }

  std::vector<std::string> serve(const std::string& more = {}) const {
    const std::string file =
        folder_.write("sagaloom.yaml",
                      "store: postgres\npostgres: {dsn: '" + postgres_->dsn() + "'}\n" +
                          "data: " + folder_.file("data") + "\nhttp: {port: 0}\n" +
                          "kafka: {brokers: '" + kafka_->brokers() + "', create_topics: 'true'}\n" +
                          "plugins: {settings: {payment: {balances: {" + poor + ": 0}}}}\n" + more);
    return {"serve", "--config", file};
  }

  const Folder folder_;
  static inline std::unique_ptr<PrivatePostgres> postgres_;
  static inline std::unique_ptr<test::PrivateKafka> kafka_;
};

std::vector<std::string> types_of(const std::vector<test::KafkaRecord>& records,
                                  const std::string& key) {
  std::vector<std::string> types;
  for (const auto& record : records)
    if (record.key == key) types.push_back(record.header("ce_type"));
  return types;
}

TEST_F(ServeTest, OrdersEndAndTheirEventsAreInTheTopics) {
  Server server(serve());
  server.start();
  const Reply good = submit(server.url(), order("s1", rich));
  EXPECT_EQ("COMPLETED", good.member("state")) << good.text;
  const Reply undone = submit(server.url(), order("s2", poor));
  EXPECT_EQ("COMPENSATED", undone.member("state")) << undone.text;
  EXPECT_EQ(0, server.terminate()) << server.err();

  const auto orders = kafka_->read_all("orders");
  EXPECT_EQ((std::vector<std::string>{"order.accepted", "order.paid", "order.completed"}),
            types_of(orders, "s1"));
  EXPECT_EQ((std::vector<std::string>{"order.accepted", "order.cancelled"}),
            types_of(orders, "s2"));
  std::set<std::string> ids;
  for (const auto& record : orders) EXPECT_TRUE(ids.insert(record.header("ce_id")).second);
  EXPECT_FALSE(types_of(kafka_->read_all("sagaloom.lifecycle"), good.member("saga")).empty());
}

TEST_F(ServeTest, KilledAndStartedAgainItGoesOn) {
  Server server(serve());
  server.start();
  for (int i = 0; i < 20; ++i) {
    const Reply reply =
        request(server.url(), "POST", "/api/orders", order("r" + std::to_string(i), rich));
    ASSERT_EQ(202, reply.status) << reply.text;
  }
  server.kill();
  postgres_->restart_immediate();
  server.start();
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ("COMPLETED", wait_for_state(server.url(), "r" + std::to_string(i), {"COMPLETED"}));
  // What the kill and the recovery left in the journal is decided again without a difference,
  // beside the server and after it.
  const std::vector<std::string> audit = {program(), "audit", "--config",
                                          folder_.file("sagaloom.yaml")};
  const Finished beside = run(audit);
  EXPECT_EQ(0, beside.status) << beside.out << beside.err;
  EXPECT_EQ(0, server.terminate()) << server.err();
  const Finished after = run(audit);
  EXPECT_EQ(0, after.status) << after.out << after.err;
}

TEST_F(ServeTest, WithoutPostgresItSaysSoAndEnds) {
  Folder other;
  const std::string file = other.write(
      "c.yaml",
      "store: postgres\npostgres: {dsn: 'host=127.0.0.1 port=1 dbname=x'}\nhttp: {port: 0}\n"
      "data: " +
          other.file("data") + "\n");
  const Finished ended = run({program(), "serve", "--config", file});
  EXPECT_EQ(1, ended.status);
  EXPECT_NE(std::string::npos, ended.err.find("store.away")) << ended.err;
}

}  // namespace
}  // namespace sagaloom::tests
