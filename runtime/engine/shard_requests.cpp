// What a client may repeat under its Idempotency-Key: signals and answers of tasks. That a request
// was done stands in two rows of `seen`, written with what it did: its key, and the key with the
// digest of what it said.
#include <algorithm>
#include <utility>

#include "runtime/engine/rows.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

using Fate = KeyedRequest::Fate;

constexpr core::Duration remembered{7ll * 24 * 3600 * 1000};
constexpr const char* seen_event = "request";

std::string key_name(const IdentityKey& saga, const RequestKey& once) {
  return saga.key + " " + once.key;
}
std::string same_name(const IdentityKey& saga, const RequestKey& once) {
  return key_name(saga, once) + " " + once.fingerprint;
}

EngineError reused(const std::string& key) {
  EngineError error;
  error.kind = EngineError::Kind::invalid;
  error.code = "idempotency_key_reused";
  error.message = "another request about this saga was sent under the key '" + key + "'";
  return error;
}

EngineError too_many() {
  EngineError error;
  error.kind = EngineError::Kind::overloaded;
  error.code = "inlet_full";
  error.message = "too many requests wait for this shard; try again shortly";
  error.retry_after_s = 1;
  return error;
}

}  // namespace

void Shard::ask_seen(const KeyedRequest& request, std::vector<SeenRow>& asked) {
  const IdentityKey& saga = request.saga;
  asked.push_back({saga.tenant, saga.workflow, seen_event, key_name(saga, request.once)});
  asked.push_back({saga.tenant, saga.workflow, seen_event, same_name(saga, request.once)});
}

void Shard::request_seen(Waiting& waiting, const std::set<SeenName>& stored) const {
  if (!waiting.delivery.request) return;
  const auto& [saga, once, objection, told] = *waiting.delivery.request;
  const SeenName key{saga.tenant, saga.workflow, seen_event, key_name(saga, once)};
  const SeenName same{saga.tenant, saga.workflow, seen_event, same_name(saga, once)};
  const auto is_in = [&](const SeenName& name) {
    return stored.contains(name) || seen_.contains(name);
  };
  waiting.key_known = waiting.key_known || is_in(key);
  waiting.same_known = waiting.same_known || is_in(same);
}

// Names that the store has leave memory; who waits already was told by the store of before.
void Shard::fold_seen() {
  const bool some =
      std::any_of(seen_.begin(), seen_.end(), [](const auto& name) { return name.second; });
  if (!some) return;
  for (Waiting& waiting : deliveries_) {
    if (waiting.state != Waiting::State::ready) continue;
    request_seen(waiting, {});
    for (std::size_t i = 0; i < waiting.delivery.messages.size(); ++i) {
      const InboxMessage& m = waiting.delivery.messages[i];
      if (m.dedupe.empty()) continue;
      const SeenName name{m.key.tenant, m.key.workflow, m.event, m.dedupe};
      waiting.duplicate[i] = waiting.duplicate[i] || seen_.contains(name);
    }
  }
  std::erase_if(seen_, [](const auto& name) { return name.second; });
}

// One batch is in flight at a time: a name that it does not have any more was refused by the store.
void Shard::seen_committed(const Batch& batch) {
  std::set<SeenName> stored;
  for (const SeenRow& row : batch.rows.seen) {
    stored.insert({row.tenant, row.workflow, row.event, row.id});
  }
  for (auto& [name, committed] : seen_) committed = committed || stored.contains(name);
  std::erase_if(seen_, [](const auto& name) { return !name.second; });
}

// With the last row of the batch, which is what the request did.
void Shard::remember(Batch& batch, const IdentityKey& saga, const RequestKey& once,
                     core::Time now) {
  const std::int32_t day = day_of(now + remembered);
  for (std::string name : {key_name(saga, once), same_name(saga, once)}) {
    seen_[{saga.tenant, saga.workflow, seen_event, name}] = false;
    batch.rows.seen.push_back({saga.tenant, saga.workflow, seen_event, std::move(name), day});
    ++batch.items.back().rows.seen;
  }
}

// True: it was answered, nothing is to be stored.
bool Shard::take_request(Batch& batch, Waiting& waiting) {
  request_seen(waiting, {});
  KeyedRequest& request = *waiting.delivery.request;
  const Fate fate = waiting.same_known  ? Fate::repeated
                    : waiting.key_known ? Fate::reused
                                        : Fate::fresh;
  if (request.told) {
    request.told(fate);
    return true;
  }
  if (fate == Fate::fresh && !request.objection) return false;
  for (const InboxMessage& message : waiting.delivery.messages) {
    tell_in(message, fate == Fate::repeated ? "duplicate" : "refused");
  }
  Completion<bool> done = std::move(waiting.delivery.done);
  if (fate == Fate::repeated) after_batch(batch, std::move(done));  // the first may be in it
  if (!done || fate == Fate::repeated) return true;
  Answer<bool> answer = fate == Fate::reused ? reused(request.once.key) : *request.objection;
  effects_.answers.push_back(
      [done = std::move(done), answer = std::move(answer)] { done(answer); });
  return true;
}

// ---------------------------------------------------------------- answers of tasks

// Whether it was done before is asked first; and once more when it was refused, since the first of
// two at once may have been decided in between.
void Shard::ask_first(const core::SagaId& id, const Resident& resident, Pending pending,
                      std::optional<EngineError> objection) {
  if (!objection && deliveries_.size() >= options_.delivery_limit) {
    return answer_error(pending.done, too_many());
  }
  const auto held = std::make_shared<Pending>(std::move(pending));
  const SagaView view{*resident.state, resident.definition};
  Delivery delivery;
  delivery.request = KeyedRequest{own_box(*resident.state), held->once, std::nullopt,
                                  [this, id, held, view, objection](Fate fate) {
                                    told_first(id, *held, view, objection, fate);
                                  }};
  delivery.done = [held](const Answer<bool>& lost) {
    const auto* error = std::get_if<EngineError>(&lost);
    if (error != nullptr && held->done) held->done(*error);
  };
  prepare(deliveries_.emplace_back(Waiting{{}, std::move(delivery), {}, {}}));
}

void Shard::told_first(const core::SagaId& id, Pending& pending, const SagaView& view,
                       const std::optional<EngineError>& objection, Fate fate) {
  if (fate == Fate::reused) return answer_error(pending.done, reused(pending.once.key));
  if (fate == Fate::fresh) {
    if (objection) return answer_error(pending.done, *objection);
    pending.asked = true;
    return give(id, std::move(pending));
  }
  world_.observer->event_stale("task_answered");
  if (!pending.done) return;
  const auto it = residents_.find(id);
  if (it != residents_.end()) return answer_view(pending.done, it->second);
  effects_.answers.push_back([done = std::move(pending.done), view] { done(view); });
}

}  // namespace sagaloom::engine
