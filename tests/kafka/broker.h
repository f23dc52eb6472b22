// One real broker for all tests of a program: it takes some seconds to start.
#pragma once

#include <memory>

#include "runtime/kafka/kafka_sink.h"
#include "tests/servers/kafka/private_kafka.h"

namespace sagaloom::test {

// Started at the first call, ended with the program; creates topics by itself.
PrivateKafka& broker();
// The same, but topics must be created.
PrivateKafka& strict_broker();

kafka::KafkaConfig broker_config();
std::unique_ptr<kafka::KafkaSink> open_sink(kafka::KafkaConfig config = broker_config());

}  // namespace sagaloom::test
