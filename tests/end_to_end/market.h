// The example workflows as a test sees them: one `sagaloom serve` over a real Postgres and a real
// Kafka, with every plugin, and the world around it: topics, people at tasks, participants' books.
//
// Each workflow of workflows/ is registered as it stands; a copy of those with long waits is
// registered beside it as `<name>-short`, with the durations that a test would wait for replaced.
// Lifecycle: made by the first test that asks, ends with the program. Threads: the main one.
// Errors: std::runtime_error.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/end_to_end/held_database.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"
#include "tests/servers/kafka/private_kafka.h"
#include "tests/servers/private_postgres.h"

namespace sagaloom::tests {

class Market {
 public:
  static Market& instance();
  // What the server was told as `secrets.psp_api_key`.
  static const std::string& secret();

  // Starts a saga; its id. Any answer but 201 or 202 throws.
  std::string start(const std::string& workflow, const std::string& input);
  Reply try_start(const std::string& workflow, const std::string& input);
  Reply saga(const std::string& id) const;
  Reply history(const std::string& id) const;
  // Of the business id, over all versions; empty when there is none.
  std::string find(const std::string& workflow, const std::string& identity) const;
  Reply post(const std::string& path, const std::string& body = "{}") const;
  Reply get(const std::string& path) const;

  // Each waits for at most two minutes and throws with the saga's page when it does not happen.
  Reply wait_for(const std::string& id, const std::vector<std::string>& states) const;
  Reply wait_for_end(const std::string& id) const;
  Reply wait_for_status(const std::string& id, const std::string& status) const;
  Reply wait_for_step(const std::string& id, const std::string& step,
                      const std::string& state) const;
  void wait_until(const std::function<bool()>& happened, const std::string& what) const;

  // As another system publishes it: a CloudEvent in binary mode.
  void publish(const std::string& topic, const std::string& type, const std::string& key,
               const std::string& data);
  // Types of the published events with this key, in order.
  std::vector<std::string> published(const std::string& topic, const std::string& key) const;
  std::vector<test::KafkaRecord> records(const std::string& topic) const;

  // Effects that stand in a participant's books for this saga: names of operations, sorted.
  std::vector<std::string> effects(const std::string& plugin, const std::string& saga) const;
  std::string database(const std::string& plugin) const;

  Server& server() { return *server_; }

 private:
  Market();
  std::string copy(const std::string& name,
                   const std::vector<std::pair<std::string, std::string>>& replaced) const;
  std::string configuration() const;

  const Folder folder_;
  PrivatePostgres postgres_;
  test::PrivateKafka kafka_;
  std::unique_ptr<Server> server_;
  int published_ = 0;
};

// The time so many seconds from now (or before), as RFC 3339.
std::string time_in(std::chrono::seconds from_now);

// State and status, for example "COMPENSATED CANCELLED"; no status: the state alone.
std::string end_of(const Reply& saga);
// Code of the saga's error, or empty.
std::string error_of(const Reply& saga);

}  // namespace sagaloom::tests
