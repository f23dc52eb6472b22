#include "runtime/engine/between_shards.h"

#include "runtime/engine/engine.h"

namespace sagaloom::engine {

std::string text_of(const core::Value& input, std::string_view member) {
  const core::Value* found = input.find(member);
  return found != nullptr && found->is_string() ? found->string() : std::string{};
}

std::int64_t number_of(const core::Value& input, std::string_view member) {
  const core::Value* found = input.find(member);
  return found != nullptr && found->is_integer() ? found->integer() : 0;
}

core::SagaId saga_of(const core::Value& input, std::string_view member) {
  return core::parse_saga_id(text_of(input, member)).value_or(core::SagaId{});
}

ShardNumber target_of(const ShardCall& call, std::uint16_t shards) {
  const core::Value& input = call.input;
  ShardNumber target = call.saga.shard();
  if (call.operation == core::saga_ended) {
    target = saga_of(input, "parent").shard();
  } else if (call.operation == core::lock_acquire || call.operation == core::lock_release) {
    return shard_of(call.tenant, text_of(input, "scope"), text_of(input, "key"), shards);
  } else if (call.operation != lock_granted_call) {
    return shard_of(call.tenant, text_of(input, "workflow"), text_of(input, "id"), shards);
  }
  return target < shards ? target : static_cast<ShardNumber>(0);
}

}  // namespace sagaloom::engine
