// A saga's journal held against itself: `apply` over its records gives the stored state, and
// `decide` over the recorded events, with each record's own time and jitter, gives the same
// records.
//
// What a record was decided under and no longer is there to ask, is named and not failed: other
// rules, a definition that can't be compiled. A record in which a plugin was missing says so in its
// notes, and is decided with the same one missing.
// Threads: pure functions. Errors: none; the first difference is a Finding.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/workflow/replay/difference.h"

namespace sagaloom::workflow::replay {

// One journal row of a saga.
struct Entry {
  std::int64_t seq = 0;
  core::Record record;
};

// The state that is stored as it was after the record `seq`.
struct Snapshot {
  std::int64_t seq = 0;
  core::Saga saga;
};

// The definition with this content hash; null: not known, or it can't be compiled.
using Definitions = std::function<core::DefinitionPointer(const std::string& hash)>;

struct Finding {
  std::string code;       // audit.decision, audit.state
  std::int64_t seq = 0;   // of the record, or of the snapshot
  std::string event;      // what the record was about
  Difference difference;  // left: stored; right: applied or decided now
};

struct Audited {
  std::uint64_t records = 0;             // read
  std::uint64_t decided = 0;             // decided again
  std::uint64_t other_rules = 0;         // only applied: decided by rules of another number
  std::uint64_t without_definition = 0;  // only applied
  std::uint64_t refused_by_store = 0;    // short records in place of ones that the store refused
  std::optional<Finding> finding;        // the first
  core::Saga saga;                       // after the last record
};

// Sees the state after each record.
using Watch = std::function<void(const Entry& entry, const core::Saga& after)>;

// `base`: the state before the first entry; absent: the first entry is the accept. `stored`: the
// snapshot to compare with; its seq must be that of an entry, else it is not looked at.
Audited audit(const std::optional<Snapshot>& base, const std::optional<Snapshot>& stored,
              const std::vector<Entry>& journal, const Definitions& definitions,
              const Watch& watch = {});

// The event as decide took it: an accept gets its head back from its record.
core::Event event_of(const core::Record& record);

// The context that the record was decided in.
core::Context context_of(const core::Record& record);

}  // namespace sagaloom::workflow::replay
