// An event as it stands in a topic, or as the event log of the server shows it.
#pragma once

#include <cstdint>
#include <string>

namespace consumer {

struct Event {
  std::string id;        // ce_id: the same at every re-send, so what a reader drops duplicates by
  std::string sequence;  // ce_sequence: grows within one saga, compared as text
  std::string topic;
  std::string key;
  std::string saga;  // ce_subject
  std::string type;
  std::string time;
  std::string content_type;
  std::string data;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

}  // namespace consumer
