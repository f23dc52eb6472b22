// What the tests of the sink share: messages with known ids, a sender that counts the answers, and
// what a reader sees after dropping ids it has seen.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/kafka/kafka_sink.h"
#include "tests/servers/kafka/private_kafka.h"

namespace sagaloom::test {

// Looks until the condition holds; false when it does not within `limit`.
template <typename Condition>
bool eventually(Condition condition, std::chrono::seconds limit = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // between two looks
  }
  return true;
}

// The n-th message of `key`: id "t.1.0.<n>.0.<key>", JSON body {"n": n}.
engine::Message numbered(const std::string& topic, const std::string& key, int n);

// Sends like the relay: in order, and after a "full" again when something was answered.
class Sender {
 public:
  explicit Sender(kafka::KafkaSink& sink) : sink_(sink), answers_(std::make_shared<Answers>()) {}

  void send(const engine::Message& message);
  // False: the window was full.
  bool offer(const engine::Message& message);
  bool wait_for_answers(std::size_t count, std::chrono::seconds limit = std::chrono::seconds(60));
  std::size_t answered() const;
  std::map<std::string, std::string> refused() const;  // id to reason
  std::size_t answered_twice() const;

 private:
  struct Answers {
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::set<std::string> ids;
    std::map<std::string, std::string> refused;
    std::size_t twice = 0;
  };
  kafka::KafkaSink& sink_;
  std::shared_ptr<Answers> answers_;
};

struct Seen {
  std::map<std::string, std::vector<std::string>> ids;  // by key, first sightings, in order
  std::size_t duplicates = 0;
  std::vector<std::string> reordered;  // ids that came after a later sequence
};

Seen drop_seen(const std::vector<KafkaRecord>& records);

// The ids of messages 0 to count - 1 of the key.
std::vector<std::string> ids_of(const std::string& key, int count);

}  // namespace sagaloom::test
