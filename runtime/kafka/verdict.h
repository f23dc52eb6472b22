// What an error code of librdkafka or a broker means for one message. Pure.
#pragma once

#include <cstdint>
#include <librdkafka/rdkafka.h>

namespace sagaloom::kafka {

enum class Verdict : std::uint8_t {
  delivered,
  recalled,       // taken back by us before it was answered
  topic_trouble,  // concerns its whole topic and may heal
  batch_refused,  // for the content of one message of the batch, perhaps not of this one
  refused,        // will never be taken
  broken,         // everything else: the producer cannot go on without a gap
};

Verdict judge(rd_kafka_resp_err_t code);

// A code that `produce` itself returned: it looked at this one message only.
Verdict judge_local(rd_kafka_resp_err_t code);

}  // namespace sagaloom::kafka
