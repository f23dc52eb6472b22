// What the engine's threads share: ports, options, clock, lease, and a board of facts per shard
// that others may read at any time.
//
// Lifecycle: made first, outlives every thread; completions of the step host hold the lease and the
// inlets by shared_ptr, so that a late one finds a closed door and not a freed one.
// Threads: everything here is safe from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/engine/between_shards.h"
#include "runtime/engine/clock.h"
#include "runtime/engine/committer.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/inlet.h"
#include "runtime/engine/readers.h"
#include "runtime/engine/registry.h"

namespace sagaloom::engine {

class RelayThread;
class ShardThread;

// One shard as others see it. Written by its thread.
struct ShardFacts {
  std::atomic<bool> owned{false};
  std::atomic<bool> wanted{false};              // take it again at once
  std::atomic<std::uint32_t> load_failures{0};  // in a row
  std::atomic<bool> unreadable{false};          // failed to load too often to try in a hurry
  std::atomic<std::int64_t> epoch{0};
  std::atomic<std::uint16_t> generation_floor{0};
  std::atomic<Seq> head{0}, published{0}, checkpoint{0}, oldest{0};
  std::atomic<std::uint64_t> live{0}, parked{0}, calls{0}, bytes{0};
  std::atomic<bool> settled{true};
  std::atomic<bool> progress_written{true};  // nothing of it is newer than in the store
};

struct Wiring {
  EnginePorts ports;
  EngineOptions options;
  StoreIdentity store;
  StoreClock clock;
  std::shared_ptr<Lease> lease = std::make_shared<Lease>();
  Registry registry;
  std::vector<ShardFacts> board;
  std::vector<std::shared_ptr<Inlet>> inlets;  // one per engine thread
  std::unique_ptr<Committer> committer;
  std::unique_ptr<Readers> readers;
  std::shared_ptr<BetweenShards> between;
  std::unique_ptr<RelayThread> relay;  // null: nothing is published
  std::atomic<bool> draining{false};

  Inlet& inlet_of(ShardNumber shard) { return *inlets[shard % inlets.size()]; }
  void log(std::string_view level, std::string_view code, const std::string& message) {
    ports.observer->log(level, code, message);
  }
};

// A saga as it is stored, read on a reader's thread; `done` gets why not instead.
void read_saga(Wiring& wiring, const core::SagaId& id, Completion<SagaView> done);

EngineError error_of(EngineError::Kind kind, std::string code, std::string message);

// The operation that is loaded now says less than the frozen facts promise.
bool weakened(const core::Operation& frozen, const core::Operation& loaded);
// "saga:<workflow>@<version>": the child saga that a step needs; nullopt: an operation.
std::optional<std::pair<std::string, std::uint32_t>> child_named(std::string_view operation);
// No loaded plugin offers the operation as the definition was promised it.
bool is_missing(const StepHost& steps, const core::Definition& definition,
                std::string_view operation);

}  // namespace sagaloom::engine
