// What tests ask of a broker beside the product's own client. Errors: std::runtime_error.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/servers/kafka/private_kafka.h"

namespace sagaloom::test {

bool answers_metadata(const std::string& brokers, std::chrono::milliseconds limit);

// Returns when the topic has leaders.
void create_topic(const std::string& brokers, const std::string& name, int partitions,
                  const std::vector<std::pair<std::string, std::string>>& settings);
void delete_topic(const std::string& brokers, const std::string& name);

// Returns when the broker has it.
void produce(const std::string& brokers, const std::string& topic, const KafkaRecord& record);

// From the first offset to the end of each partition; empty when there is no such topic.
std::vector<KafkaRecord> read_all(const std::string& brokers, const std::string& topic);

}  // namespace sagaloom::test
