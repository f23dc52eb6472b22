#include "tests/servers/kafka/private_kafka.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <librdkafka/rdkafka.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/servers/kafka/child_process.h"
#include "tests/servers/kafka/kafka_client.h"
#include "tests/servers/kafka/kafka_libs.h"

namespace sagaloom::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto start_limit = 60s;
constexpr auto stop_limit = 30s;

std::filesystem::path make_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "sagaloom-kafka-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  return pattern;
}

}  // namespace

std::string KafkaRecord::header(std::string_view name) const {
  for (const auto& [key, text] : headers) {
    if (key == name) return text;
  }
  return {};
}

PrivateKafka::PrivateKafka(std::vector<std::string> properties)
    : folder_(make_folder()), libs_(kafka_libs()) {
  const auto ports = free_ports(2);
  port_ = ports[0];
  controller_port_ = ports[1];
  write_properties(properties);
  try {
    format();
    start();
  } catch (...) {
    remove();
    throw;
  }
}

PrivateKafka::~PrivateKafka() {
  remove();
}

void PrivateKafka::remove() {
  if (pid_ > 0) end(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PrivateKafka::write_properties(const std::vector<std::string>& properties) {
  const auto broker = "127.0.0.1:" + std::to_string(port_);
  const auto controller = "127.0.0.1:" + std::to_string(controller_port_);
  std::ofstream file(folder_ / "server.properties");
  file << "process.roles=broker,controller\n"
       << "node.id=1\n"
       << "controller.quorum.voters=1@" << controller << "\n"
       << "listeners=PLAINTEXT://" << broker << ",CONTROLLER://" << controller << "\n"
       << "advertised.listeners=PLAINTEXT://" << broker << "\n"
       << "controller.listener.names=CONTROLLER\n"
       << "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
       << "log.dirs=" << (folder_ / "data").string() << "\n"
       << "offsets.topic.replication.factor=1\n"
       << "offsets.topic.num.partitions=4\n"
       << "transaction.state.log.replication.factor=1\n"
       << "transaction.state.log.min.isr=1\n"
       << "transaction.state.log.num.partitions=4\n"
       << "share.coordinator.state.topic.replication.factor=1\n"
       << "share.coordinator.state.topic.min.isr=1\n"
       << "group.initial.rebalance.delay.ms=0\n"
       // Otherwise a killed broker is let in again only after 13 s.
       << "broker.heartbeat.interval.ms=300\n"
       << "broker.session.timeout.ms=1500\n";
  for (const auto& line : properties) file << line << "\n";
}

void PrivateKafka::format() {
  const auto properties = (folder_ / "server.properties").string();
  const auto log = (folder_ / "format.log").string();
  const auto pid = spawn({"java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                          libs_.string() + "/*", "kafka.tools.StorageTool", "format", "-t",
                          "c2FnYWxvb20tdGVzdC0wMQ", "-c", properties},
                         log);
  if (wait_for_end(pid, start_limit) != 0) {
    throw std::runtime_error("kafka: format failed: " + tail_of(log));
  }
}

void PrivateKafka::start() {
  if (pid_ > 0) return;
  const auto properties = (folder_ / "server.properties").string();
  pid_ = spawn({"java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                libs_.string() + "/*", "kafka.Kafka", properties},
               (folder_ / "broker.log").string());
  const auto limit = Clock::now() + start_limit;
  while (!answers_metadata(brokers(), 1000ms)) {
    if (ended(pid_)) {
      pid_ = -1;
      throw std::runtime_error("kafka: the broker ended: " + log_tail());
    }
    if (Clock::now() > limit) throw std::runtime_error("kafka: no answer: " + log_tail());
  }
}

void PrivateKafka::stop() {
  end(SIGTERM);
}
void PrivateKafka::kill() {
  end(SIGKILL);
}

void PrivateKafka::pause() {
  if (pid_ > 0) ::kill(pid_, SIGSTOP);
}

void PrivateKafka::resume() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

void PrivateKafka::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGCONT);
  ::kill(pid_, signal);
  wait_for_end(pid_, stop_limit);  // kills when the limit is over
  pid_ = -1;
}

void PrivateKafka::create_topic(const std::string& name, int partitions,
                                const std::vector<std::pair<std::string, std::string>>& settings) {
  test::create_topic(brokers(), name, partitions, settings);
}

void PrivateKafka::delete_topic(const std::string& name) {
  test::delete_topic(brokers(), name);
}

void PrivateKafka::produce(const std::string& topic, const KafkaRecord& record) const {
  test::produce(brokers(), topic, record);
}

std::vector<KafkaRecord> PrivateKafka::read_all(const std::string& topic) const {
  return test::read_all(brokers(), topic);
}

std::string PrivateKafka::log_tail() const {
  return tail_of((folder_ / "broker.log").string());
}

}  // namespace sagaloom::test
