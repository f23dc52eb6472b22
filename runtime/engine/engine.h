// The façade of the runtime: what REST, the command line and tests call. Everything behind it
// (shards, committer, relay, timers, leases) is an implementation of these calls.
//
// Lifecycle: construct with ports, `run`, then calls, then `drain` (or just destroy: a crash is
// always safe). Threads: every call from any thread; completions run on an engine thread and must
// not block. Errors: EngineError; infrastructure trouble is `unavailable`, never an exception.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/core/definition.h"
#include "runtime/core/saga.h"
#include "runtime/engine/event_sink.h"
#include "runtime/engine/observer.h"
#include "runtime/engine/step_host.h"
#include "runtime/engine/store.h"

namespace sagaloom::engine {

struct EngineError {
  enum class Kind : std::uint8_t {
    not_found,    // saga_unknown, workflow_unknown
    invalid,      // input.invalid, expression.failed, idempotency_key_reused
    conflict,     // identity_taken, past_pivot, saga.ended, wrong_state
    quota,        // 429, retry_after_s
    overloaded,   // inlet_full, unpublished_full, draining: 503, retry_after_s
    unavailable,  // store away, shard_not_here: 503, retry_after_s
    refused,      // storage.refused: 500
  };
  Kind kind = Kind::unavailable;
  std::string code;
  std::string message;
  std::vector<schema::Violation> violations;
  int retry_after_s = 0;
};

template <typename T>
using Answer = std::variant<T, EngineError>;
template <typename T>
using Completion = std::function<void(Answer<T>)>;

// A saga with the definition it is pinned to (null when that cannot be compiled any more).
struct SagaView {
  core::Saga saga;
  core::DefinitionPointer definition;
};

struct StartRequest {
  std::string workflow;
  std::optional<std::uint32_t> version;  // default: the highest registered
  core::Submission submission;
};

struct StartReply {
  core::SagaId id;
  bool replayed = false;  // the identity had a saga already
};

struct VerbRequest {
  // retry, resolve, abort_step, skip_undo, suspend, resume, migrate, cancel_customer,
  // cancel_operator
  core::EventKind verb = core::EventKind::retry;
  core::Path path;  // of the step; empty for those about the saga
  std::optional<core::Value> input, output;
  bool manual_undo = false;
  std::string definition;  // migrate: hash and number of the new version
  std::uint32_t version = 0;
  std::uint32_t seen_records = 0;  // migrate: of the saga when it was proven safe
  std::string by, reason;
};

// The client's Idempotency-Key of a request about a saga, and a digest of what the request says.
// The same again within a week changes nothing and is answered as the first; another request under
// the same key is idempotency_key_reused (422). Empty: every request counts.
struct RequestKey {
  std::string key, fingerprint;
};

struct SignalRequest {
  std::string name;  // as a wait of the workflow declares it
  core::Value data;
  std::string by;
  RequestKey once = {};
};

struct AnswerRequest {
  core::Path path;  // of the task's step
  core::Value output;
  std::string by;
  RequestKey once = {};
};

struct EventPage {
  struct Item {
    Message message;
    std::string cursor;  // resume after this one
  };
  std::vector<Item> items;
  std::string next;  // cursor after the last one, equal to the request's when there was none
};

struct EngineOptions {
  std::string node_id;  // stable for one place: a restarted node takes its own shards at once
  std::string node_url;
  core::Duration lease{12'000};
  core::Duration lease_renewal{5'000};
  std::uint32_t threads = 1;  // that decide
  std::uint32_t batch_rows = 2'000;
  std::size_t batch_bytes = 4u << 20;
  std::uint32_t shards_per_commit = 0;  // 0: all
  std::uint32_t inlet_limit = 4'096;    // submissions waiting, per shard
  std::uint64_t live_limit = 200'000;   // live sagas, per node: above it 503
  std::uint32_t starts_per_second = 0;  // of each workflow, per node: above it 429; 0: no quota
  std::size_t resident_bytes = 1u << 30;
  std::size_t ring_bytes = 64u << 20;
  std::uint64_t unpublished_limit = 2'000'000;  // records: above it new sagas are refused
  std::uint32_t checkpoint_lag = 50'000;        // journal rows a live saga may lie behind
  core::Duration residence_horizon{60'000};     // a longer wait may leave memory
  std::size_t absent_events = 100'000;      // kept for sagas of a workflow that do not exist yet
  std::size_t dead_letters_kept = 100'000;  // of what came in, per workflow
  core::Duration journal_keep{7ll * 24 * 3600 * 1000};
};

struct Delivery;  // delivery.h
struct Reread;

struct EnginePorts {
  Store store;
  std::shared_ptr<StepHost> steps;
  std::shared_ptr<EventSink> sink;  // null: the journal over REST is the event log
  std::shared_ptr<Observer> observer;
  // Compiles a stored definition (text and frozen manifests); null when it cannot.
  std::function<core::DefinitionPointer(const StoredDefinition&)> compile;
  // What the record of a dead letter says to these definitions (of each name the newest first).
  // Errors: event.invalid (422) with the violations, dead_letter.unreadable (409). Pure.
  std::function<Answer<Reread>(const DeadLetter&, const std::vector<core::DefinitionPointer>&)>
      reread;
};

struct EngineHealth {
  bool ready = false;  // owns shards, store answers, not draining
  bool draining = false;
  std::string store;  // empty: well
  std::string sink;
  std::uint32_t shards_owned = 0, shards = 0;
  std::uint64_t live = 0, parked = 0, unpublished = 0;
  std::uint32_t shards_unreadable = 0;  // could not be loaded several times: the log says why
};

class Engine {
 public:
  Engine(EnginePorts ports, EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Registers before or after `run`; a different text under a known name and version is refused.
  expression::Result<bool> register_definition(const StoredDefinition& stored,
                                               core::DefinitionPointer definition);
  // Takes the shards it can get, recovers them, starts to decide. Returns when recovery is done.
  void run();
  // No new sagas (503 draining); waits for calls in flight and for publishing, at most so long;
  // commits what is decided, hands the shards over. True: nothing was left in flight.
  bool drain(core::Duration limit);

  void start(StartRequest request, Completion<StartReply> done);
  void verb(core::SagaId id, VerbRequest request, Completion<SagaView> done);
  // Kept until the saga takes it or ends; answers once that is durable. Errors: saga_unknown,
  // saga.ended (409), inbox.full (503).
  void signal(core::SagaId id, SignalRequest request, Completion<SagaView> done);
  void signal(IdentityKey saga, SignalRequest request, Completion<SagaView> done);
  // Errors: task.not_open (404), task.closed (409), input.invalid (422).
  void answer_task(core::SagaId id, AnswerRequest request, Completion<SagaView> done);
  void get(core::SagaId id, Completion<SagaView> done);
  void find(std::string tenant, std::string workflow, std::string identity,
            Completion<SagaView> done);
  // Answers when the saga has ended or parked, or after `limit` with what it is then.
  void wait(core::SagaId id, core::Duration limit, Completion<SagaView> done);
  void list(SagaFilter filter, Completion<SagaPage> done);
  void history(core::SagaId id, Seq after, std::size_t limit,
               Completion<std::vector<StoredRecord>> done);
  // What could not be published and what came in and could not be taken. Replaying takes one that
  // came in once more (one that could not be read is read anew, with the definitions of today), or
  // publishes one again; then it removes it. A replay that fails leaves the letter. Discarding only
  // removes it. Who did it is kept. Errors: dead_letter.unknown (404), event.invalid and
  // input.invalid (422), inbox.full (503), dead_letter.unreadable, .order, .refused, .no_broker
  // (409), .gone (410), .under_way (503); letters.cpp says when.
  void dead_letters(DeadLetterFilter filter, Completion<DeadLetterPage> done);
  void replay_dead_letter(DeadLetterName name, Author author, Completion<bool> done);
  void discard_dead_letter(DeadLetterName name, Author author, Completion<bool> done);
  void settled_letters(DeadLetterFilter filter, Completion<SettledPage> done);
  // The built-in event log. `cursor` empty: from the oldest retained. 410-like: code cursor_gone.
  void events(std::string cursor, std::size_t limit, Completion<EventPage> done);

  // What a record of an event source says to the shard of its key (shard_of); see delivery.h. With
  // `broken` set by then nothing is taken.
  void deliver(ShardNumber shard, Delivery delivery, std::shared_ptr<std::atomic<bool>> broken);
  const StoreIdentity& store() const;

  // Newest version of each name first; a snapshot.
  std::vector<core::DefinitionPointer> definitions() const;
  core::DefinitionPointer definition(std::string_view name,
                                     std::optional<std::uint32_t> version) const;
  EngineHealth health() const;

 private:
  class Runtime;
  std::unique_ptr<Runtime> runtime_;
};

// The messages of one journal row in order: the lifecycle first, then the emits.
std::vector<Message> messages_of(const std::string& store_id, ShardNumber shard,
                                 const StoredRecord& row);

// hash(tenant, workflow, identity) mod shards; XXH3-64 over length-prefixed UTF-8, never changed.
ShardNumber shard_of(std::string_view tenant, std::string_view workflow, std::string_view identity,
                     std::uint16_t shards);

}  // namespace sagaloom::engine
