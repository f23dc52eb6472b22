// What a journal row says to the outside, and where a saga lives: both derived, never stored.
#include <cstdio>
#include <xxhash.h>

#include "runtime/core/record.h"
#include "runtime/engine/engine.h"

namespace sagaloom::engine {

namespace {

constexpr const char* lifecycle_topic = "sagaloom.lifecycle";
constexpr const char* events_topic = "sagaloom.events";

Message message_of(const std::string& store_id, ShardNumber shard, const StoredRecord& row,
                   const std::string& saga, unsigned n) {
  Message message;
  char text[64];
  std::snprintf(text, sizeof text, "%019lld.%04u", static_cast<long long>(row.seq), n);
  message.sequence = text;
  std::snprintf(text, sizeof text, ".%u.%u.%lld.%u", unsigned{row.generation}, unsigned{shard},
                static_cast<long long>(row.seq), n);
  message.id = store_id + text;
  message.subject = saga;
  message.key = saga;
  message.time = row.record.now;
  return message;
}

void update_with_prefix(XXH3_state_t* state, std::string_view text) {
  std::uint8_t length[4];
  for (int i = 0; i < 4; ++i) length[i] = static_cast<std::uint8_t>(text.size() >> (8 * i));
  XXH3_64bits_update(state, length, sizeof length);
  XXH3_64bits_update(state, text.data(), text.size());
}

}  // namespace

std::vector<Message> messages_of(const std::string& store_id, ShardNumber shard,
                                 const StoredRecord& row) {
  std::vector<Message> messages;
  const core::Record& record = row.record;
  if (!record.lifecycle && record.emits.empty()) return messages;
  const std::string saga = core::to_string(row.saga);
  unsigned n = 0;
  if (record.lifecycle) {
    Message message = message_of(store_id, shard, row, saga, n++);
    message.topic = lifecycle_topic;
    message.type = "sagaloom.v1.SagaChanged";
    message.body = *record.lifecycle;
    messages.push_back(std::move(message));
  }
  for (const core::Emitted& emit : record.emits) {
    Message message = message_of(store_id, shard, row, saga, n++);
    message.topic = emit.topic.empty() ? events_topic : emit.topic;
    message.type = emit.type;
    if (!emit.key.empty()) message.key = emit.key;
    message.headers = emit.headers;
    message.body = emit.data;
    messages.push_back(std::move(message));
  }
  return messages;
}

ShardNumber shard_of(std::string_view tenant, std::string_view workflow, std::string_view identity,
                     std::uint16_t shards) {
  XXH3_state_t* state = XXH3_createState();
  XXH3_64bits_reset(state);
  update_with_prefix(state, tenant);
  update_with_prefix(state, workflow);
  update_with_prefix(state, identity);
  const std::uint64_t hash = XXH3_64bits_digest(state);
  XXH3_freeState(state);
  return static_cast<ShardNumber>(hash % shards);
}

}  // namespace sagaloom::engine
