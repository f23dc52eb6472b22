// Submissions: one saga per identity, kept by the shard's single writer.
#include <algorithm>
#include <utility>

#include "runtime/engine/rows.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

IdentityKey key_of(const core::SagaRecord& head) {
  return {head.tenant, head.workflow, head.identity};
}

EngineError away() {
  EngineError error;
  error.kind = EngineError::Kind::unavailable;
  error.code = "store_away";
  error.message = "the store did not answer; try again with the same identity";
  error.retry_after_s = 2;
  return error;
}

EngineError taken(const core::SagaRecord& head, const core::SagaId& first, bool same_header) {
  EngineError error;
  error.kind = same_header ? EngineError::Kind::invalid : EngineError::Kind::conflict;
  error.code = same_header ? "idempotency_key_reused" : "identity_taken";
  error.message = "'" + head.identity + "' of workflow " + head.workflow + " belongs to saga " +
                  core::to_string(first) + ", which was started with other input; " +
                  (same_header ? "send a new Idempotency-Key for a new request"
                               : "use another id, or send the same input to get that saga");
  return error;
}

}  // namespace

bool Shard::submit(Start& start) {
  if (submissions_ >= options_.inlet_limit) return false;
  ++submissions_;
  if (start.head->identity.empty()) {
    queue_start(std::move(start));
    return true;
  }
  const IdentityKey key = key_of(*start.head);
  const auto [it, fresh] = identities_.try_emplace(key);
  Identity& identity = it->second;
  if (identity.state == Identity::State::known) {
    const core::SagaRecord& head = residents_.at(identity.saga).state->head;
    --submissions_;
    answer_same_identity(start, identity.saga, head.fingerprint, &head);
    return true;
  }
  if (fresh) keys_wanted_.push_back(key);
  identity.waiting.push_back(std::move(start));
  return true;
}

void Shard::queue_start(Start start) {
  if (start.ask_lock && !start.lock_held) return ask_start_lock(std::move(start));
  starts_.push_back(std::move(start));
}

void Shard::answer_start(Completion<StartReply>& done, Answer<StartReply> answer) {
  if (!done) return;
  if (const auto* error = std::get_if<EngineError>(&answer)) {
    world_.observer->submission_refused(error->code);
  }
  effects_.answers.push_back(
      [done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

// `head` is null when only the identity's row is known.
void Shard::answer_same_identity(Start& start, const core::SagaId& first,
                                 std::string_view fingerprint, const core::SagaRecord* head) {
  if (!start.head->parent.empty()) {
    if (head != nullptr) return meet_child(std::move(start), first, *head);
    return compare_with_stored(std::move(start), first);
  }
  if (fingerprint == start.head->fingerprint) {
    return answer_start(start.done, StartReply{first, true});
  }
  const bool keyed = !start.head->business_id;
  if (!keyed && head == nullptr && !start.head->header.empty()) {
    return compare_with_stored(std::move(start), first);
  }
  const bool same_header = keyed || (head != nullptr && !start.head->header.empty() &&
                                     head->header == start.head->header);
  answer_start(start.done, taken(*start.head, first, same_header));
}

// Whether the same header came with the first saga stands only in that saga.
void Shard::compare_with_stored(Start start, const core::SagaId& first) {
  auto& waiting = comparing_[first];
  if (waiting.empty() && !loading_.contains(first)) loads_wanted_.push_back(first);
  waiting.push_back(std::move(start));
}

void Shard::compared(const core::SagaId& first, const core::Saga* stored) {
  const auto it = comparing_.find(first);
  if (it == comparing_.end()) return;
  for (Start& start : it->second) {
    if (!start.head->parent.empty()) {
      if (stored != nullptr) {
        meet_child(std::move(start), first, stored->head);
      } else {
        answer_start(start.done, away());
      }
      continue;
    }
    const bool same = stored != nullptr && stored->head.header == start.head->header;
    answer_start(start.done, taken(*start.head, first, same));
  }
  comparing_.erase(it);
}

std::vector<IdentityKey> Shard::identities_wanted() {
  for (const IdentityKey& key : keys_wanted_) {
    identities_.at(key).state = Identity::State::asked;
  }
  return std::exchange(keys_wanted_, {});
}

void Shard::identities_found(const std::vector<IdentityKey>& asked,
                             const std::vector<IdentityRow>& rows) {
  for (const IdentityKey& key : asked) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const IdentityRow& r) { return r.key == key; });
    if (row == rows.end()) {
      next_for_identity(key);
      continue;
    }
    const auto it = identities_.find(key);
    for (Start& start : it->second.waiting) {
      --submissions_;
      answer_same_identity(start, row->saga, row->fingerprint, nullptr);
    }
    identities_.erase(it);
  }
}

void Shard::identities_away(const std::vector<IdentityKey>& asked) {
  identities_failed(asked, away());
}

void Shard::identities_refused(const std::vector<IdentityKey>& asked) {
  EngineError error;
  error.kind = EngineError::Kind::refused;
  error.code = "storage.refused";
  error.message = "the store refuses to look this identity up for its content; use another one";
  identities_failed(asked, error);
}

void Shard::identities_failed(const std::vector<IdentityKey>& asked, const EngineError& error) {
  for (const IdentityKey& key : asked) {
    const auto it = identities_.find(key);
    for (Start& start : it->second.waiting) {
      --submissions_;
      answer_start(start.done, error);
    }
    identities_.erase(it);
  }
}

// No saga has this identity: the first that waits for it becomes one, the others wait for its
// commit.
void Shard::next_for_identity(const IdentityKey& key) {
  const auto it = identities_.find(key);
  Identity& identity = it->second;
  while (!identity.waiting.empty() &&
         identity.waiting.front().kind == core::EventKind::released) {  // nothing to release
    --submissions_;
    answer_proven<StartReply>(std::move(identity.waiting.front().done), StartReply{});
    identity.waiting.pop_front();
  }
  if (identity.waiting.empty()) {
    identities_.erase(it);
    return;
  }
  identity.state = Identity::State::creating;
  identity.saga = identity.waiting.front().id;
  queue_start(std::move(identity.waiting.front()));
  identity.waiting.pop_front();
}

void Shard::start_accepted(BatchItem& item, const core::SagaRecord& head) {
  starting_.erase(item.saga);
  answer_start(item.accepted, StartReply{item.saga, false});
  if (head.identity.empty()) return;
  Identity& identity = identities_.at(key_of(head));
  identity.state = Identity::State::known;
  for (Start& start : std::exchange(identity.waiting, {})) {
    --submissions_;
    answer_same_identity(start, item.saga, head.fingerprint, &head);
  }
}

// The store refused the first record: no saga; the next with this identity may try.
void Shard::start_refused(BatchItem& item) {
  EngineError error;
  error.kind = EngineError::Kind::refused;
  error.code = "storage.refused";
  error.message = "the store refused the saga's first record for its content; nothing was started";
  answer_start(item.accepted, std::move(error));
  free_identity(item.saga);
}

// The rules refused the start itself.
void Shard::decision_refused(BatchItem& item, const core::Decision& decision) {
  EngineError error;
  error.kind = EngineError::Kind::invalid;
  error.code = decision.refusal ? decision.refusal->code : "input.invalid";
  error.message = decision.refusal ? decision.refusal->message : "the saga could not be started";
  answer_start(item.accepted, std::move(error));
  free_identity(item.saga);
}

void Shard::free_identity(const core::SagaId& saga) {
  starting_.erase(saga);
  const auto it = std::find_if(identities_.begin(), identities_.end(), [&](const auto& entry) {
    return entry.second.state == Identity::State::creating && entry.second.saga == saga;
  });
  if (it != identities_.end()) next_for_identity(IdentityKey(it->first));
}

}  // namespace sagaloom::engine
