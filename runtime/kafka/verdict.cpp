#include "runtime/kafka/verdict.h"

namespace sagaloom::kafka {

Verdict judge(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return Verdict::delivered;
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
      return Verdict::recalled;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return Verdict::topic_trouble;
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
      return Verdict::batch_refused;
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return Verdict::refused;
    default:
      return Verdict::broken;
  }
}

Verdict judge_local(rd_kafka_resp_err_t code) {
  if (code == RD_KAFKA_RESP_ERR__INVALID_ARG) return Verdict::refused;
  const Verdict verdict = judge(code);
  return verdict == Verdict::batch_refused ? Verdict::refused : verdict;
}

}  // namespace sagaloom::kafka
