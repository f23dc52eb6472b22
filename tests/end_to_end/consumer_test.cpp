// What a consumer of the topics may rely on, after one fault of each kind under load: the broker
// killed, the runtime killed, Postgres restarted at once, and the broker away for longer than the
// ring can hold. With SAGALOOM_LONG set in the environment: several rounds, and a whole minute
// without a broker.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <memory>
#include <thread>

#include "runtime/document/json.h"
#include "runtime/http/target.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"
#include "tests/servers/kafka/private_kafka.h"
#include "tests/servers/private_postgres.h"

namespace sagaloom::tests {
namespace {

using namespace std::chrono_literals;

bool long_form() {
  return std::getenv("SAGALOOM_LONG") != nullptr;
}

// Submits orders one after the other until it is ended; each until it is accepted.
class Load {
 public:
  explicit Load(std::string url) : url_(std::move(url)), thread_([this] { work(); }) {}
  ~Load() { end(); }

  void end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
  }
  int accepted() const { return accepted_; }
  void wait_for(int more) const {
    const int wanted = accepted_ + more;
    const auto limit = std::chrono::steady_clock::now() + 120s;
    while (accepted_ < wanted && std::chrono::steady_clock::now() < limit)
      std::this_thread::sleep_for(5ms);
    if (accepted_ < wanted) throw std::runtime_error("orders are not accepted any more");
  }
  static std::string name(int number) { return "load-" + std::to_string(number); }

 private:
  void work() {
    while (!ended_) {
      const int number = accepted_;
      if (try_once(order(name(number), number % 5 == 0 ? poor : rich, 1, "SKU-1")))
        ++accepted_;
      else
        std::this_thread::sleep_for(20ms);
    }
  }
  bool try_once(const std::string& body) const {
    try {
      const long status = request(url_, "POST", "/api/orders", body).status;
      return status == 202 || status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  }

  const std::string url_;
  std::atomic<bool> ended_{false};
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

// The journal's events, as the server shows them, one JSON object a line.
std::string journal_events(const std::string& url) {
  std::string lines;
  for (std::string cursor;;) {
    const std::string after = cursor.empty() ? "" : "&after=" + http::percent_encode(cursor);
    const Reply page = request(url, "GET", "/api/v1/events?limit=500" + after);
    const Value* items = page.body.find("items");
    if (items == nullptr) throw std::runtime_error("no event log: " + page.text);
    if (items->items().empty()) return lines;
    for (const Value& item : items->items()) lines += document::write(item) + "\n";
    cursor = page.member("next");
  }
}

TEST(ConsumerTest, TopicsAgreeWithTheJournalAfterEveryFault) {
  PrivatePostgres postgres;
  test::PrivateKafka kafka;
  const Folder folder;
  const std::string config = folder.write(
      "sagaloom.yaml",
      "store: postgres\npostgres: {dsn: '" + postgres.dsn() + "'}\ndata: " + folder.file("data") +
          "\nhttp: {port: " + std::to_string(free_port()) + "}\nengine: {ring_bytes: 1048576}\n" +
          "kafka: {brokers: '" + kafka.brokers() + "', create_topics: 'true'}\n" +
          "plugins: {settings: {payment: {balances: {" + poor +
          ": 0}, default_balance_minor: 1000000000}, inventory: {stock: {SKU-1: 100000000}}}}\n");
  Server server({"serve", "--config", config});
  server.start();
  Load load(server.url());
  for (int round = 0; round < (long_form() ? 5 : 1); ++round) {
    load.wait_for(50);
    kafka.kill();
    load.wait_for(50);
    kafka.start();
    load.wait_for(50);
    server.kill();
    server.start();
    load.wait_for(50);
    postgres.restart_immediate();
    load.wait_for(50);
    kafka.stop();  // and away, until the ring of 1 MiB has overflown
    const auto back = std::chrono::steady_clock::now() + (long_form() ? 60s : 5s);
    load.wait_for(400);
    while (std::chrono::steady_clock::now() < back) load.wait_for(1);
    kafka.start();
    load.wait_for(50);
  }
  load.end();
  for (int number = 0; number < load.accepted(); ++number) {
    const std::string state =
        wait_for_state(server.url(), Load::name(number), {"COMPLETED", "COMPENSATED"});
    ASSERT_EQ(number % 5 == 0 ? "COMPENSATED" : "COMPLETED", state) << Load::name(number);
  }
  const std::string journal = journal_events(server.url());
  const auto events = std::count(journal.begin(), journal.end(), '\n');
  EXPECT_GE(events, load.accepted() * 4);
  EXPECT_EQ(0, server.terminate()) << server.err();

  const Finished audit =
      run({SAGALOOM_BINARY_DIR "/bin/sagaloom-consumer", "--check", "--brokers", kafka.brokers(),
           "--topics", "sagaloom.lifecycle,orders,orders.alerts", "--expect",
           folder.write("journal", journal)},
          {}, {}, 120s);
  EXPECT_EQ(0, audit.status) << audit.out << audit.err;
  const std::string lines = audit.out.substr(0, audit.out.find_last_not_of('\n') + 1);
  std::cout << "figure: consumer: orders under faults = " << load.accepted() << "\n"
            << "figure: consumer: topics against the journal = "
            << lines.substr(lines.rfind('\n') + 1) << "\n";
}

}  // namespace
}  // namespace sagaloom::tests
