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
  if (Shard* asking = shard(number)) {
    for (ShardCall& call : effects.asked) ask_shard(*asking, std::move(call));
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

void ShardThread::verb(const core::SagaId& id, core::Event event, Completion<SagaView> done,
                       RequestKey once) {
  Shard* target = shard(id.shard());
  if (target == nullptr) {
    return done(error_of(EngineError::Kind::unavailable, "shard_not_here",
                         "this node does not own the saga's shard; try again"));
  }
  target->verb(id, std::move(event), std::move(done), std::move(once));
}

// ---------------------------------------------------------------- between shards, from outside

void ShardThread::ask_shard(Shard& shard, ShardCall call) {
  const std::uint64_t number = call.number;
  wiring_.between->call(std::move(call), [inlet = inlet_, from = shard.number(),
                                          epoch = shard.first_epoch(), number](ShardReply reply) {
    inlet->put(ThreadTask([=, reply = std::move(reply)](ShardThread& thread) mutable {
      thread.replied(from, epoch, number, std::move(reply));
    }));
  });
}

void ShardThread::called(ShardNumber number, ShardCall call, Reply reply) {
  if (Shard* target = shard(number)) return target->called(std::move(call), std::move(reply));
  reply({.again = true});
}

void ShardThread::replied(ShardNumber number, std::int64_t epoch, std::uint64_t call,
                          ShardReply reply) {
  Shard* target = shard(number);
  if (target != nullptr && target->first_epoch() == epoch) target->replied(call, std::move(reply));
}

void ShardThread::deliver(ShardNumber number, Delivery delivery) {
  Shard* target = shard(number);
  if (target == nullptr) {
    return delivery.done(error_of(EngineError::Kind::unavailable, "shard_not_here",
                                  "this node does not own the shard; try again"));
  }
  if (target->deliver(delivery)) return;
  delivery.done(error_of(EngineError::Kind::overloaded, "inlet_full",
                         "too many events wait for this shard; try again shortly"));
}

void ShardThread::ask_mail(Shard& shard) {
  std::optional<MailQuestion> question = shard.mail_wanted();
  if (!question) return;
  const auto asked = std::make_shared<const MailQuestion>(std::move(*question));
  wiring_.committer->run_job([inlet = inlet_, number = shard.number(), epoch = shard.first_epoch(),
                              asked](Journal& journal) {
    const auto found = std::make_shared<std::optional<MailAnswer>>();
    try {
      *found = read_mail(journal, number, *asked);
    } catch (const StoreError&) {  // tried again by the shard
    }
    inlet->put(ThreadTask([=](ShardThread& thread) {
      Shard* target = thread.shard(number);
      if (target == nullptr || target->first_epoch() != epoch) return;
      if (*found) {
        target->mail_found(*asked, std::move(**found));
      } else {
        target->mail_away(*asked);
      }
    }));
  });
}

void ShardThread::settle_dead_letter(SettledLetter settled, std::optional<InboxMessage> again,
                                     Completion<bool> done) {
  Shard* target = shard(settled.name.shard);
  if (target == nullptr) {
    return done(error_of(EngineError::Kind::unavailable, "shard_not_here",
                         "this node does not own the letter's shard; try again"));
  }
  target->settle_dead_letter(std::move(settled), std::move(again), std::move(done));
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
