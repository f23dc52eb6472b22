#include "tests/kafka/broker.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace sagaloom::test {

namespace {

std::unique_ptr<PrivateKafka> started, strict_started;

// SAGALOOM_TEST_LOG=1 shows what the sink says.
class Printing : public engine::Observer {
 public:
  void log(std::string_view level, std::string_view code, std::string_view message) override {
    if (std::getenv("SAGALOOM_TEST_LOG") == nullptr) return;
    std::cerr << level << ' ' << code << ' ' << message << '\n';
  }
};

class EndBrokers : public testing::Environment {
 public:
  void TearDown() override {
    started.reset();
    strict_started.reset();
  }
};

const auto* const end_brokers = testing::AddGlobalTestEnvironment(new EndBrokers);

}  // namespace

PrivateKafka& broker() {
  if (!started) started = std::make_unique<PrivateKafka>();
  return *started;
}

PrivateKafka& strict_broker() {
  if (!strict_started) {
    strict_started =
        std::make_unique<PrivateKafka>(std::vector<std::string>{"auto.create.topics.enable=false"});
  }
  return *strict_started;
}

kafka::KafkaConfig broker_config() {
  kafka::KafkaConfig config;
  config.brokers = broker().brokers();
  return config;
}

std::unique_ptr<kafka::KafkaSink> open_sink(kafka::KafkaConfig config) {
  auto sink = kafka::KafkaSink::open(std::move(config), std::make_shared<Printing>());
  if (!sink) throw std::runtime_error(sink.error().message);
  return std::move(sink).value();
}

}  // namespace sagaloom::test
