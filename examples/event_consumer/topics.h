// Reading topics with librdkafka: once from the beginning to the end, or following as a member of a
// group. Errors: std::runtime_error, naming the broker's reason.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "examples/event_consumer/event.h"

namespace consumer {

struct TopicsRead {
  std::size_t events = 0;
  std::size_t foreign = 0;  // records without CloudEvents headers
};

// Every record that is there when the reading begins, partition by partition in offset order.
TopicsRead read_all(const std::string& brokers, const std::vector<std::string>& topics,
                    const std::function<void(const Event&)>& take);

// Until `stop`; the group's offset is committed after `take` returned, so that a crash repeats
// events instead of losing them.
TopicsRead follow(const std::string& brokers, const std::vector<std::string>& topics,
                  const std::string& group, bool from_beginning, const std::atomic<bool>& stop,
                  const std::function<void(const Event&)>& take);

}  // namespace consumer
