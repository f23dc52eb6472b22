// Calls about what comes in from outside: signals, answers of tasks, dead letters.
#include <utility>

#include "runtime/engine/runtime.h"

namespace sagaloom::engine {

void Engine::signal(core::SagaId id, SignalRequest request, Completion<SagaView> done) {
  runtime_->on_thread(
      id, [id, request = std::move(request), done = std::move(done)](ShardThread& thread) mutable {
        core::Event event;
        event.kind = core::EventKind::signal;
        event.code = std::move(request.name);
        event.output = std::move(request.data);
        event.by = std::move(request.by);
        thread.verb(id, std::move(event), std::move(done), std::move(request.once));
      });
}

void Engine::signal(IdentityKey saga, SignalRequest request, Completion<SagaView> done) {
  const auto shared = std::make_shared<Completion<SagaView>>(std::move(done));
  runtime_->find(std::move(saga),
                 [this, shared, request = std::move(request)](Answer<SagaView> found) mutable {
                   if (auto* view = std::get_if<SagaView>(&found)) {
                     return signal(view->saga.id, std::move(request), std::move(*shared));
                   }
                   (*shared)(std::move(found));
                 });
}

void Engine::answer_task(core::SagaId id, AnswerRequest request, Completion<SagaView> done) {
  runtime_->on_thread(
      id, [id, request = std::move(request), done = std::move(done)](ShardThread& thread) mutable {
        core::Event event;
        event.kind = core::EventKind::task_answered;
        event.path = std::move(request.path);
        event.output = std::move(request.output);
        event.by = std::move(request.by);
        thread.verb(id, std::move(event), std::move(done), std::move(request.once));
      });
}

void Engine::deliver(ShardNumber shard, Delivery delivery,
                     std::shared_ptr<std::atomic<bool>> broken) {
  runtime_->wiring().inlet_of(shard).put(
      ThreadTask([shard, delivery = std::move(delivery),
                  broken = std::move(broken)](ShardThread& thread) mutable {
        if (broken && *broken) {
          return delivery.done(error_of(EngineError::Kind::unavailable, "source.gap",
                                        "an earlier record of this partition was not taken"));
        }
        thread.deliver(shard, std::move(delivery));
      }));
}

const StoreIdentity& Engine::store() const {
  return runtime_->wiring().store;
}

void Engine::dead_letters(DeadLetterFilter filter, Completion<DeadLetterPage> done) {
  runtime_->dead_letters(std::move(filter), std::move(done));
}

void Engine::replay_dead_letter(DeadLetterName name, Author author, Completion<bool> done) {
  runtime_->settle_dead_letter(name, true, std::move(author), std::move(done));
}

void Engine::discard_dead_letter(DeadLetterName name, Author author, Completion<bool> done) {
  runtime_->settle_dead_letter(name, false, std::move(author), std::move(done));
}

void Engine::settled_letters(DeadLetterFilter filter, Completion<SettledPage> done) {
  runtime_->settled_letters(std::move(filter), std::move(done));
}

}  // namespace sagaloom::engine
