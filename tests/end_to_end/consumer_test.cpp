// What a consumer of the topics may rely on, after one fault of each kind under load: the broker
// killed, the runtime killed, Postgres restarted at once, and the broker away for longer than the
// ring can hold. With SAGALOOM_LONG set in the environment: several rounds, and a whole minute
// without a broker.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <memory>
#include <thread>

#include "runtime/app/print.h"
#include "runtime/http/target.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"
#include "tests/end_to_end/topics.h"
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

std::vector<PublishedEvent> journal_events(const std::string& url) {
  std::vector<PublishedEvent> events;
  for (std::string cursor;;) {
    const Reply page =
        request(url, "GET",
                "/api/v1/events?limit=500" +
                    (cursor.empty() ? "" : "&after=" + http::percent_encode(cursor)));
    const Value* items = page.body.find("items");
    if (items == nullptr) throw std::runtime_error("no event log: " + page.text);
    if (items->items().empty()) return events;
    for (const Value& item : items->items())
      events.push_back({app::member_text(item, "id"), app::member_text(item, "sequence"),
                        app::member_text(item, "subject"), app::member_text(item, "topic")});
    cursor = page.member("next");
  }
}

std::vector<PublishedEvent> topic_events(const test::PrivateKafka& kafka) {
  std::vector<PublishedEvent> events;
  for (const char* topic : {"sagaloom.lifecycle", "orders", "orders.alerts"})
    for (const auto& record : kafka.read_all(topic))
      events.push_back({record.header("ce_id"), record.header("ce_sequence"),
                        record.header("ce_subject"), topic});
  return events;
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
  const auto journal = journal_events(server.url());
  EXPECT_EQ(0, server.terminate()) << server.err();

  const TopicsResult result = compare_topics(journal, topic_events(kafka));
  for (const std::string& finding : result.findings) ADD_FAILURE() << finding;
  EXPECT_GE(result.events, static_cast<std::uint64_t>(load.accepted()) * 4);
  std::cout << "figure: consumer: orders = " << load.accepted() << "\n"
            << "figure: consumer: events in the journal = " << result.events << "\n"
            << "figure: consumer: records in the topics = " << result.records << "\n"
            << "figure: consumer: duplicates = " << result.duplicates << "\n";
}

}  // namespace
}  // namespace sagaloom::tests
