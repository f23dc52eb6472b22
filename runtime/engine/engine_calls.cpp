// Calls that read the store or start a saga.
#include <random>
#include <utility>

#include "runtime/engine/cursor.h"
#include "runtime/engine/names.h"
#include "runtime/engine/rows.h"
#include "runtime/engine/runtime.h"

namespace sagaloom::engine {

namespace {

using Kind = EngineError::Kind;

std::uint64_t random_bits() {
  thread_local std::mt19937_64 generator{(std::uint64_t{std::random_device{}()} << 32) ^
                                         std::random_device{}()};
  return generator();
}

}  // namespace

// ---------------------------------------------------------------- definitions

expression::Result<bool> Engine::Runtime::register_definition(const StoredDefinition& stored,
                                                              core::DefinitionPointer definition) {
  try {
    if (!wiring_.ports.store.catalog->register_definition(stored)) {
      return expression::Error{"definition.conflict",
                               stored.name + " version " + std::to_string(stored.version) +
                                   " is registered with another text; raise its version"};
    }
  } catch (const StoreError& error) {
    return expression::Error{"store_away", error.what()};
  }
  wiring_.registry.add(std::move(definition));
  for (const auto& inlet : wiring_.inlets) {
    inlet->put(ThreadTask([](ShardThread& thread) { thread.definitions_changed(); }));
  }
  return true;
}

// ---------------------------------------------------------------- start

std::optional<EngineError> Engine::Runtime::full() const {
  if (wiring_.draining) {
    return error_of(Kind::overloaded, "draining", "this node takes no new sagas; try another one");
  }
  if (!wiring_.committer->trouble().empty()) {
    return error_of(Kind::unavailable, "store_away", "the store does not answer; try again");
  }
  std::uint64_t live = 0, bytes = 0;
  for (const ShardFacts& facts : wiring_.board) {
    live += facts.live.load(std::memory_order_relaxed);
    bytes += facts.bytes.load(std::memory_order_relaxed);
  }
  if (live >= wiring_.options.live_limit) {
    return error_of(Kind::overloaded, "live_full", "as many sagas run as this node may hold");
  }
  if (bytes >= wiring_.options.resident_bytes) {
    return error_of(Kind::overloaded, "live_full", "sagas fill the memory this node may use");
  }
  if (wiring_.relay && wiring_.relay->unpublished() >= wiring_.options.unpublished_limit) {
    return error_of(Kind::overloaded, "unpublished_full",
                    "too many events wait for the broker; new sagas are refused until it is back");
  }
  return std::nullopt;
}

std::optional<ShardNumber> Engine::Runtime::any_owned() {
  const std::size_t shards = wiring_.board.size();
  const std::size_t first = next_shard_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < shards; ++i) {
    const std::size_t shard = (first + i) % shards;
    if (wiring_.board[shard].owned) return static_cast<ShardNumber>(shard);
  }
  return std::nullopt;
}

core::SagaId Engine::Runtime::new_id(ShardNumber shard) const {
  return core::make_saga_id(wiring_.clock.now().time_since_epoch().count(), shard, random_bits());
}

void Engine::Runtime::start(StartRequest request, Completion<StartReply> done) {
  const auto refuse = [&](EngineError error) {
    wiring_.ports.observer->submission_refused(error.code);
    done(std::move(error));
  };
  if (auto error = full()) return refuse(std::move(*error));
  core::DefinitionPointer definition = wiring_.registry.find(request.workflow, request.version);
  if (!definition) {
    return refuse(error_of(Kind::not_found, "workflow_unknown",
                           "no workflow '" + request.workflow + "' is registered" +
                               (request.version ? " with this version" : "")));
  }
  if (const int seconds = quota_.take(definition->name, boot_time()); seconds > 0) {
    EngineError error =
        error_of(Kind::quota, "quota",
                 "more sagas of workflow '" + request.workflow +
                     "' are started than engine.starts_per_second allows; try again later");
    error.retry_after_s = seconds;
    return refuse(std::move(error));
  }
  core::Context context;
  context.now = wiring_.clock.now();
  auto head = core::admit(*definition, request.submission, context);
  if (!head) {
    EngineError error = error_of(Kind::invalid, head.error().code, head.error().message);
    if (error.code == "input.invalid") {
      error.violations = core::check_input(*definition, request.submission.input);
    }
    return refuse(std::move(error));
  }
  const core::SagaRecord& made = *head;
  if (std::string problem = name_problem(made); !problem.empty()) {
    return refuse(error_of(Kind::invalid, "expression.failed", std::move(problem)));
  }
  std::optional<ShardNumber> shard = any_owned();
  if (!made.identity.empty()) {
    shard = shard_of(made.tenant, made.workflow, made.identity, wiring_.store.shards);
  }
  if (!shard || !wiring_.board[*shard].owned) {
    return refuse(error_of(Kind::unavailable, "shard_not_here",
                           "this node does not own the saga's shard; try again"));
  }
  Submitted arrival;
  arrival.shard = *shard;
  arrival.start.id = new_id(*shard);
  arrival.start.ask_lock = definition->concurrency && definition->concurrency->reject;
  arrival.start.definition = std::move(definition);
  arrival.start.head = std::make_shared<const core::SagaRecord>(std::move(*head));
  arrival.start.done = std::move(done);
  wiring_.inlet_of(*shard).put(std::move(arrival));
}

// ---------------------------------------------------------------- reads

void Engine::Runtime::list(SagaFilter filter, Completion<SagaPage> done) {
  if (filter.attribute) filter.attribute->second = indexed_text(filter.attribute->second);
  read<SagaPage>(std::move(done), [this, filter = std::move(filter)]() -> Answer<SagaPage> {
    return wiring_.ports.store.lookup->list(filter);
  });
}

void Engine::Runtime::history(core::SagaId id, Seq after, std::size_t limit,
                              Completion<std::vector<StoredRecord>> done) {
  read<std::vector<StoredRecord>>(
      std::move(done), [this, id, after, limit]() -> Answer<std::vector<StoredRecord>> {
        std::vector<StoredRecord> rows = wiring_.ports.store.lookup->history(id, after, limit);
        const bool known = !rows.empty() || wiring_.ports.store.lookup->get(id).has_value();
        if (known) return rows;
        return error_of(Kind::not_found, "saga_unknown", "there is no saga " + core::to_string(id));
      });
}

void Engine::Runtime::find(IdentityKey key, Completion<SagaView> done) {
  const ShardNumber shard = shard_of(key.tenant, key.workflow, key.key, wiring_.store.shards);
  const auto shared = std::make_shared<Completion<SagaView>>(std::move(done));
  read<IdentityRow>(
      [this, shared](Answer<IdentityRow> found) {
        if (auto* error = std::get_if<EngineError>(&found)) return (*shared)(std::move(*error));
        const core::SagaId id = std::get<IdentityRow>(found).saga;
        on_thread(id, [id, shared](ShardThread& thread) { thread.get(id, std::move(*shared)); });
      },
      [this, shard, key]() -> Answer<IdentityRow> {
        auto row = wiring_.ports.store.lookup->find_identity(shard, key);
        if (row) return std::move(*row);
        return error_of(
            Kind::not_found, "saga_unknown",
            "no saga of workflow " + key.workflow + " has the identity '" + key.key + "'");
      });
}

void Engine::Runtime::on_thread(const core::SagaId& id, ThreadTask task) {
  wiring_.inlet_of(id.shard()).put(std::move(task));
}

// ---------------------------------------------------------------- the event log

void Engine::Runtime::events(std::string cursor, std::size_t limit, Completion<EventPage> done) {
  read<EventPage>(std::move(done),
                  [this, cursor = std::move(cursor), limit] { return read_events(cursor, limit); });
}

bool Engine::Runtime::cursor_gone(const Cursor& cursor) const {
  for (std::size_t i = 0; i < wiring_.board.size(); ++i) {
    const Seq seq = cursor.seq(static_cast<ShardNumber>(i));
    if (seq != 0 && seq + 1 < wiring_.board[i].oldest) return true;
  }
  return false;
}

Answer<EventPage> Engine::Runtime::read_events(const std::string& text, std::size_t limit) const {
  std::optional<Cursor> cursor = Cursor::parse(text);
  if (!cursor) {
    return error_of(Kind::invalid, "cursor.invalid",
                    "the cursor is not one that this server gave; leave it out to begin");
  }
  if (cursor_gone(*cursor)) {
    return error_of(Kind::not_found, "cursor_gone",
                    "events after this cursor are no longer kept; leave it out to begin with the "
                    "oldest that are");
  }
  EventPage page;
  const auto rows =
      wiring_.ports.store.lookup->events(cursor->positions(wiring_.store.shards), limit);
  for (const auto& [shard, row] : rows) {
    const ShardFacts& facts = wiring_.board[shard];
    if (facts.owned && row.seq > facts.head) continue;  // stored, but not acknowledged yet
    std::vector<Message> messages = messages_of(wiring_.store.store_id, shard, row);
    for (std::size_t n = cursor->skipped(shard, row.seq); n < messages.size(); ++n) {
      if (page.items.size() >= limit) break;
      cursor->advance(shard, row.seq, n + 1, messages.size());
      page.items.push_back({std::move(messages[n]), cursor->text()});
    }
    if (page.items.size() >= limit) break;
  }
  page.next = page.items.empty() ? text : page.items.back().cursor;
  return page;
}

}  // namespace sagaloom::engine
