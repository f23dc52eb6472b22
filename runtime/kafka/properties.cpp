#include "runtime/kafka/properties.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sagaloom::kafka {

namespace {

using expression::Error;
using expression::Result;

bool open_to_users(std::string_view name) {
  constexpr std::array<std::string_view, 10> allowed = {
      "security.", "sasl.",       "ssl.",        "socket.",     "compression.",
      "broker.",   "client.rack", "partitioner", "enable.ssl.", "debug"};
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

Result<bool> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) ==
      RD_KAFKA_CONF_OK) {
    return true;
  }
  return Error{.code = "kafka.config", .message = "kafka: " + std::string(reason.data())};
}

}  // namespace

Result<bool> set_properties(rd_kafka_conf_t* conf, const Properties& own, const Properties& users) {
  for (const auto& [name, value] : own) {
    if (auto done = set(conf, name, value); !done) return done;
  }
  for (const auto& [name, value] : users) {
    if (!open_to_users(name)) {
      return Error{.code = "kafka.config",
                   .message = "kafka: property '" + name +
                              "' cannot be set; allowed are security.*, sasl.*, ssl.*, socket.*, "
                              "broker.*, compression.*, client.rack, partitioner, debug"};
    }
    if (auto done = set(conf, name, value); !done) return done;
  }
  return true;
}

}  // namespace sagaloom::kafka
