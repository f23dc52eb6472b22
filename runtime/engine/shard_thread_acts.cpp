// What a commit allows: answers and calls; and the reads of sagas in memory.
#include <utility>

#include "runtime/engine/failpoint.h"
#include "runtime/engine/relay_thread.h"
#include "runtime/engine/shard_thread.h"

namespace sagaloom::engine {

namespace {

bool rests(const core::Saga& saga) {
  return core::ended(saga.head.phase) || core::shown(saga) == core::Shown::parked;
}

}  // namespace

void ShardThread::act(ShardNumber number, Effects effects) {
  for (auto& answer : effects.answers) {
    SAGALOOM_FAILPOINT("before_reply");
    answer();
  }
  for (const auto& saga : effects.settled) {
    for (auto& done : waits_.take(saga->id)) {
      done(SagaView{*saga, wiring_.registry.by_hash(saga->head.definition)});
    }
  }
  for (StepCall& call : effects.calls) invoke(number, std::move(call));
}

// After the lease has ended nothing is called until it is renewed or the shard is dropped.
void ShardThread::invoke(ShardNumber number, StepCall call) {
  if (!wiring_.lease->may_call()) {
    held_.push_back({number, std::move(call)});
    return;
  }
  call.may_call = [lease = wiring_.lease] { return lease->may_call(); };
  const core::SagaId id = call.saga;
  wiring_.ports.steps->invoke(std::move(call), [inlet = inlet_, id](core::Event event) {
    inlet->put(Completed{id, std::move(event)});
  });
}

void ShardThread::invoke_held() {
  if (held_.empty() || !wiring_.lease->may_call()) return;
  for (Held& held : std::exchange(held_, {})) invoke(held.shard, std::move(held.call));
}

// ---------------------------------------------------------------- verbs and reads

void ShardThread::verb(const core::SagaId& id, core::Event event, Completion<SagaView> done) {
  Shard* target = shard(id.shard());
  if (target == nullptr) {
    return done(error_of(EngineError::Kind::unavailable, "shard_not_here",
                         "this node does not own the saga's shard; try again"));
  }
  target->verb(id, std::move(event), std::move(done));
}

void ShardThread::get(const core::SagaId& id, Completion<SagaView> done) {
  Shard* target = shard(id.shard());
  if (target != nullptr) {
    if (auto view = target->view(id)) return done(std::move(*view));
  }
  read_saga(wiring_, id, std::move(done));
}

// Registered first and read second, so that an end in between is not missed.
void ShardThread::wait(const core::SagaId& id, core::Time until, Completion<SagaView> done) {
  Shard* target = shard(id.shard());
  if (target == nullptr) return read_saga(wiring_, id, std::move(done));
  const core::Saga* saga = target->find(id);
  if (saga != nullptr && rests(*saga)) return done(*target->view(id));
  waits_.add(id, until, std::move(done));
  if (saga != nullptr) return;
  read_saga(wiring_, id, [inlet = inlet_, id](Answer<SagaView> stored) {
    inlet->put(ThreadTask(
        [id, stored = std::move(stored)](ShardThread& thread) { thread.wait_read(id, stored); }));
  });
}

void ShardThread::wait_read(const core::SagaId& id, const Answer<SagaView>& stored) {
  const auto* view = std::get_if<SagaView>(&stored);
  if (view != nullptr && !rests(view->saga)) return;
  Shard* target = shard(id.shard());
  const core::Saga* resident = target == nullptr ? nullptr : target->find(id);
  if (resident != nullptr && !rests(*resident)) return;  // it moved on in the meantime
  for (auto& done : waits_.take(id)) done(stored);
}

void ShardThread::expire_waits() {
  if (waits_.next_due() > now_) return;
  for (Waits::Expired& expired : waits_.take_expired(now_)) {
    get(expired.id, std::move(expired.done));
  }
}

}  // namespace sagaloom::engine
