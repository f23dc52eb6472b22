// A real Apache Kafka for tests: one node in KRaft mode on free loopback ports, in a folder of its
// own, ended with its object.
//
// The jars come from Maven (pom.xml pins them), fetched once into $SAGALOOM_KAFKA_LIBS or
// build/kafka-libs; needs `java` and, the first time, `mvn`.
// Lifecycle: the constructor formats the folder and starts the broker; `start` returns when a
// metadata request is answered. Ports and data stay the same over `kill`, `stop` and `start`.
// Threads: one, which must live as long as the broker: the kernel ends the broker with the thread
// that started it. Errors: std::runtime_error with the end of the broker's log.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace sagaloom::test {

struct KafkaRecord {
  std::string key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
  int partition = 0;
  std::int64_t offset = 0;

  // Empty when there is none.
  std::string header(std::string_view name) const;
};

class PrivateKafka {
 public:
  // Lines for server.properties, each "name=value"; later ones win.
  explicit PrivateKafka(std::vector<std::string> properties = {});
  ~PrivateKafka();
  PrivateKafka(const PrivateKafka&) = delete;
  PrivateKafka& operator=(const PrivateKafka&) = delete;

  std::string brokers() const { return "127.0.0.1:" + std::to_string(port_); }
  void start();
  void stop();    // SIGTERM, and waits for the end
  void kill();    // SIGKILL, likewise
  void pause();   // SIGSTOP: connections stay, nobody answers
  void resume();  // SIGCONT
  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }

  // Settings as of `kafka-topics --config`, for example {"max.message.bytes", "2000"}.
  void create_topic(const std::string& name, int partitions,
                    const std::vector<std::pair<std::string, std::string>>& settings = {});
  void delete_topic(const std::string& name);
  // Returns when the broker has it; partition and offset of the record are not looked at.
  void produce(const std::string& topic, const KafkaRecord& record) const;
  // All records of the topic, partition by partition, in offset order.
  std::vector<KafkaRecord> read_all(const std::string& topic) const;

 private:
  void format();
  void write_properties(const std::vector<std::string>& properties);
  void end(int signal);
  void remove();
  std::string log_tail() const;

  std::filesystem::path folder_;
  std::filesystem::path libs_;
  int port_ = 0;
  int controller_port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace sagaloom::test
