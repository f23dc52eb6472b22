// Rows of what comes in from outside and between sagas: the inbox, how far each source was read,
// which events were seen, tickets of concurrency keys, dead letters.
//
// Threads: plain values. `seq` and `ticket` are the seq of a journal row of the same batch.
// Source: architecture.md sections 4 and 6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/core/saga_id.h"
#include "runtime/core/time.h"
#include "runtime/expression/value.h"

namespace sagaloom::engine {

using ShardNumber = std::uint16_t;
using Seq = std::int64_t;

struct IdentityKey {
  std::string tenant, workflow, key;
  auto operator<=>(const IdentityKey&) const = default;
};

// The name of an inbox row without what it says. `key`: the business id of the saga it is for, or
// for a signal the saga's UUID. `event`: "event:<name>" or "signal:<name>".
struct InboxHead {
  IdentityKey key;
  std::string event;
  Seq seq = 0;
  core::Time expires{};  // max: never
};
struct InboxRow {
  InboxHead head;
  expression::Value data;
  // Not empty: what is stored can't be read (damaged, or of a newer program), and why; then `data`
  // is nothing and `stored` the bytes as they are.
  std::string problem = {};
  std::string stored = {};
};

struct SourceRow {
  std::string topic;
  std::int32_t part = 0;
  std::int64_t next_offset = 0;
};

// An event that must not be taken again before `day` (days since the epoch) is over.
struct SeenRow {
  std::string tenant, workflow, event, id;
  std::int32_t day = 0;
};

struct LockRow {
  std::string tenant, scope, key;
  Seq ticket = 0;
  core::SagaId saga, root;  // who holds or waits, and the root of its tree, which it holds for
  std::uint32_t slots = 1;  // roots that may hold the key at a time
  bool held = false;
};

struct DeadLetterName {
  ShardNumber shard = 0;
  Seq seq = 0;
  std::uint16_t n = 0;
  auto operator<=>(const DeadLetterName&) const = default;
};

struct DeadLetterRow {
  Seq seq = 0;
  std::uint16_t n = 0;
  std::string reason;
  std::string data;
  // Of one that came in; then `data` is empty and the store writes this as JSON.
  std::string tenant, workflow;
  std::optional<expression::Value> content;
};

struct DeadLetter {
  DeadLetterName name;
  std::string tenant, workflow, reason, data;
  std::optional<expression::Value> content;  // when `data` is JSON
};

// Who says what is to be done, as it is kept: `by` and `reason` are free text.
struct Author {
  std::string by, reason;
};

// That a dead letter was taken away: writing it removes the letter. Of two for one letter the first
// is kept.
struct SettledLetter {
  DeadLetterName name;
  std::string tenant, workflow;
  std::string letter_reason;  // why it was one
  std::string verb;           // "replay", "discard"
  Author author;
  core::Time at{};
};

struct SettledPage {
  std::vector<SettledLetter> items;    // by shard and letter, oldest letter first
  std::optional<DeadLetterName> next;  // set when there may be more
};

struct DeadLetterFilter {
  std::string tenant;
  std::optional<std::string> workflow, reason;  // `reason`: why it is a dead letter
  std::optional<DeadLetterName> after;          // cursor
  std::size_t limit = 50;                       // at most 500
};

struct DeadLetterPage {
  std::vector<DeadLetter> items;       // by shard, oldest first
  std::optional<DeadLetterName> next;  // set when there may be more
};

}  // namespace sagaloom::engine
