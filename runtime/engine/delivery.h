// What one record of an event source says to one shard.
//
// Exactly once: a delivery whose `source` lies below what the shard has taken of that topic and
// part is dropped, and the mark moves in the batch that stores its messages. `done` is called when
// that is durable (or nothing had to be stored), so that the offset may be committed.
// Source: architecture.md section 6.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/mail.h"

namespace sagaloom::engine {

struct InboxMessage {
  IdentityKey key;    // tenant, workflow, business id; of a signal: the saga's UUID
  std::string event;  // "event:<name>", "signal:<name>"
  core::Value data;   // of an event what expressions see as `event`; of a signal {data, by}
  // How long it is kept for a wait that begins later. None: dropped unless a wait listens when it
  // comes. Duration::max: for ever.
  std::optional<core::Duration> ttl;
  std::string dedupe;  // of events with the same value one is taken within `ttl`; empty: no such
};

// A signal or an answer of a task under the client's key.
struct KeyedRequest {
  enum class Fate : std::uint8_t { fresh, repeated, reused };
  IdentityKey saga;  // its tenant, workflow and UUID
  RequestKey once;
  std::optional<EngineError> objection;  // the answer unless it is a repetition
  std::function<void(Fate)> told;        // who goes on with it; none: its message is stored
};

struct Delivery {
  std::optional<SourceRow> source;  // next_offset: the one after the record; none: not from one
  std::vector<InboxMessage> messages;
  std::vector<DeadLetterRow> letters;    // what could not be read; seq and n are the shard's
  std::optional<KeyedRequest> request;   // what `messages` belong to, or nothing but a question
  std::optional<SettledLetter> settles;  // the dead letter that goes with it; `at` is the shard's
  Completion<bool> done;
};

// A delivery in the inlet of its shard.
struct WaitingDelivery {
  enum class State : std::uint8_t { fresh, asked, ready };
  State state = State::fresh;
  Delivery delivery;
  std::vector<bool> duplicate, absent;         // per message, as the store says
  bool key_known = false, same_known = false;  // of the request: its key; the same under it
};

// What a record that became a dead letter says when it is read once more.
struct Reread {
  std::vector<InboxMessage> messages;
  std::vector<StartRequest> starts;
};

}  // namespace sagaloom::engine
