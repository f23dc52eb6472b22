// What happens while a call is under way: the test holds a plugin's database, so that the call
// waits for as long as the test wants.
#include <chrono>
#include <gtest/gtest.h>
#include <signal.h>
#include <thread>

#include "tests/end_to_end/held_database.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"

namespace sagaloom::tests {
namespace {

class HeldTest : public testing::Test {
 protected:
  void SetUp() override {
    server_.start();
    submit(server_.url(), order("before", rich));  // every database is there now
  }
  std::string data() const { return folder_.file("data"); }

  // Posts an order and waits until its call of delivery is under way.
  void start_held(const std::string& id) {
    ASSERT_EQ(202, request(server_.url(), "POST", "/api/orders", order(id, rich)).status);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (request(server_.url(), "GET", "/api/orders/" + id).member("status") != "AUTHORIZED") {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << server_.err();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  const Folder folder_;
  Server server_{{"dev", "--port", "0", "--data", folder_.file("data")}};
};

TEST_F(HeldTest, ACustomersCancelUndoesWhatWasDone) {
  HeldDatabase delivery(data() + "/delivery.db");
  start_held("a");
  EXPECT_EQ("998|2", stock(data()));  // two pieces gone, two reserved
  const Reply cancel = request(server_.url(), "POST", "/api/orders/a/cancel", "{}");
  EXPECT_EQ(2, cancel.status / 100) << cancel.text;
  delivery.release();
  EXPECT_EQ("COMPENSATED", wait_for_state(server_.url(), "a", {"COMPENSATED", "COMPLETED"}));
  EXPECT_EQ("998|0", stock(data()));
  EXPECT_NE(std::string::npos,
            request(server_.url(), "GET", "/api/orders/a").text.find("saga.cancelled"));
}

TEST_F(HeldTest, KilledInTheMiddleOfACallItGoesOn) {
  {
    HeldDatabase delivery(data() + "/delivery.db");
    start_held("b");
    server_.kill();
  }
  server_.start();
  EXPECT_EQ("COMPLETED", wait_for_state(server_.url(), "b", {"COMPLETED"}));
  EXPECT_EQ(1u, rows(data() + "/delivery.db",
                     "select * from effect where saga = '" +
                         request(server_.url(), "GET", "/api/orders/b").member("saga") + "'")
                    .size());
}

TEST_F(HeldTest, ADrainLetsTheCallEndAndRefusesWhatIsNew) {
  HeldDatabase delivery(data() + "/delivery.db");
  start_held("c");
  server_.signal(SIGTERM);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (request(server_.url(), "GET", "/readyz").status != 503 &&
         std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(503, request(server_.url(), "GET", "/readyz").status);
  EXPECT_EQ(200, request(server_.url(), "GET", "/livez").status);
  const Reply refused = request(server_.url(), "POST", "/api/orders", order("d", rich));
  EXPECT_EQ(503, refused.status) << refused.text;
  EXPECT_EQ("draining", refused.member("code"));
  delivery.release();
  EXPECT_EQ(0, server_.wait_for_end()) << server_.err();
  server_.start();
  EXPECT_EQ("COMPLETED", wait_for_state(server_.url(), "c", {"COMPLETED"}));
}

TEST_F(HeldTest, ASecondSignalEndsAtOnceAndTheNextStartGoesOn) {
  {
    HeldDatabase delivery(data() + "/delivery.db");
    start_held("e");
    server_.signal(SIGTERM);
    while (server_.err().find("draining") == std::string::npos)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    server_.signal(SIGTERM);
    EXPECT_EQ(1, server_.wait_for_end(std::chrono::seconds(5))) << server_.err();
  }
  server_.start();
  EXPECT_EQ("COMPLETED", wait_for_state(server_.url(), "e", {"COMPLETED"}));
}

}  // namespace
}  // namespace sagaloom::tests
