// Port: calls between shards. They are idempotent, the caller's shard repeats them until they are
// answered, and the callee answers when the effect is durable.
//
// `call` hands the call to the owner of its target shard and never blocks; `reply` is called at
// most once, on any thread. A shard whose owner is not known or not reachable answers `again`.
// Source: architecture.md section 6.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/core/command.h"
#include "runtime/engine/mail.h"

namespace sagaloom::engine {

// Beside core's operations: the home of a concurrency key tells a saga that it holds it.
inline constexpr std::string_view lock_granted_call = "engine.lock.granted";

struct ShardCall {
  ShardNumber from = 0;
  std::uint64_t number = 0;  // the caller's own, unique per shard and ownership
  std::string operation, tenant;
  core::SagaId saga;  // who calls; of lock_granted_call: who is told
  core::Value input;
};

struct ShardReply {
  core::Outcome outcome = core::Outcome::ok;
  std::string code, message;
  core::Value output;
  bool again = false;  // nothing is known: the caller repeats the call
};
using Reply = std::function<void(ShardReply)>;

class BetweenShards {
 public:
  virtual ~BetweenShards() = default;
  virtual void call(ShardCall call, Reply reply) = 0;
};

// The shard whose single writer decides about the call.
ShardNumber target_of(const ShardCall& call, std::uint16_t shards);

// A member of a call's input: absent or of another kind is empty, 0 or nil.
std::string text_of(const core::Value& input, std::string_view member);
std::int64_t number_of(const core::Value& input, std::string_view member);
core::SagaId saga_of(const core::Value& input, std::string_view member);

}  // namespace sagaloom::engine
