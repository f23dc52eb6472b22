// librdkafka's properties: ours, and those that a user may set.
// Errors: `kafka.config` for what librdkafka does not know and for what would break our promises.
#pragma once

#include <librdkafka/rdkafka.h>
#include <string>
#include <utility>
#include <vector>

#include "runtime/expression/result.h"

namespace sagaloom::kafka {

using Properties = std::vector<std::pair<std::string, std::string>>;

// Connection and transport only: what concerns order, acknowledgement and time-outs is ours.
expression::Result<bool> set_properties(rd_kafka_conf_t* conf, const Properties& own,
                                        const Properties& users);

}  // namespace sagaloom::kafka
