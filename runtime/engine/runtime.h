// What stands behind the façade: the threads and how a call reaches them. Internal to the engine.
//
// Lifecycle: constructed with ports (asks the store who it is), `run`, `stop`. Threads: as engine.h
// says. The order of members is the order of their lives.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/delivery.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/ownership.h"
#include "runtime/engine/quota.h"
#include "runtime/engine/relay_thread.h"
#include "runtime/engine/shard_thread.h"
#include "runtime/engine/wiring.h"

namespace sagaloom::engine {

class Cursor;

class Engine::Runtime {
 public:
  Runtime(EnginePorts ports, EngineOptions options);
  ~Runtime();

  void run();
  void stop();
  bool drain(core::Duration limit);

  expression::Result<bool> register_definition(const StoredDefinition& stored,
                                               core::DefinitionPointer definition);
  void start(StartRequest request, Completion<StartReply> done);
  void list(SagaFilter filter, Completion<SagaPage> done);
  void history(core::SagaId id, Seq after, std::size_t limit,
               Completion<std::vector<StoredRecord>> done);
  void dead_letters(DeadLetterFilter filter, Completion<DeadLetterPage> done);
  void settled_letters(DeadLetterFilter filter, Completion<SettledPage> done);
  // Removes it; before, when `replay`, delivers or publishes it once more.
  void settle_dead_letter(DeadLetterName name, bool replay, Author author, Completion<bool> done);
  void find(IdentityKey key, Completion<SagaView> done);
  void events(std::string cursor, std::size_t limit, Completion<EventPage> done);
  // Runs on the thread of the saga's shard; `refused` is called instead once the engine stops.
  void on_thread(const core::SagaId& id, ThreadTask task);
  EngineHealth health() const;
  Wiring& wiring() { return wiring_; }

 private:
  struct Settling;  // a dead letter that somebody takes away
  using SettlingPointer = std::shared_ptr<Settling>;

  void replay(const SettlingPointer& settling);
  void publish_again(const SettlingPointer& settling);
  void read_again(const SettlingPointer& settling);
  void put_away(const SettlingPointer& settling, std::optional<InboxMessage> again);
  std::optional<EngineError> full() const;
  std::optional<ShardNumber> any_owned();
  core::SagaId new_id(ShardNumber shard) const;
  Answer<EventPage> read_events(const std::string& text, std::size_t limit) const;
  bool cursor_gone(const Cursor& cursor) const;
  template <typename T, typename Read>
  void read(Completion<T> done, Read read);
  template <typename Condition>
  bool wait_until(core::Duration deadline, Condition condition) const;
  bool quiet() const;
  void set_gauges();

  Wiring wiring_;
  std::vector<std::unique_ptr<ShardThread>> threads_;
  std::unique_ptr<Ownership> ownership_;
  StartQuota quota_;
  std::atomic<std::uint32_t> next_shard_{0};
  bool stopped_ = false;
};

template <typename T, typename Read>
void Engine::Runtime::read(Completion<T> done, Read read) {
  const auto shared = std::make_shared<Completion<T>>(std::move(done));
  const bool taken = wiring_.readers->put([shared, read = std::move(read)] {
    std::optional<Answer<T>> answer;
    try {
      answer.emplace(read());
    } catch (const ContentError& error) {  // asking again would be in vain
      answer.emplace(error_of(EngineError::Kind::invalid, "input.invalid", error.what()));
    } catch (const StoreError& error) {
      answer.emplace(error_of(EngineError::Kind::unavailable, "store_away", error.what()));
    }
    (*shared)(std::move(*answer));
  });
  if (taken) return;
  (*shared)(error_of(EngineError::Kind::overloaded, "inlet_full",
                     "too many reads wait for the store; try again shortly"));
}

}  // namespace sagaloom::engine
