// The state of one saga: what is journaled, snapshotted and shown. Plain data; it changes only by
// core::apply.
//
// Each struct lists its fields once in `fields`; the difference between two states (a Record), its
// application, and the store's codec are all derived from that one list.
// Lifecycle: owned by its shard. Threads: a value; copies may go anywhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/event.h"
#include "runtime/core/saga_id.h"
#include "runtime/core/time.h"
#include "runtime/expression/value.h"

namespace sagaloom::core {

enum class StepState : std::uint8_t {
  pending,
  running,
  backoff,
  awaiting,
  resolving,
  parked,
  succeeded,
  failed,
  unknown,
  skipped,
  cancelled,
  delay,
  handling,
  handled,
  undoing,
  undo_backoff,
  undo_stuck,
  undone,
  kept,
  residue,
};

enum class Phase : std::uint8_t {
  queued,
  running,
  committed,
  compensating,
  completed,
  compensated,
  failed,
};

// What is shown over the phase, in this order of precedence.
enum class Shown : std::uint8_t { phase, suspended, parked, deciding };

enum class Parked : std::uint8_t { no, doubt, no_doubt, done };

struct Failure {
  std::string code;
  std::string kind;  // business, transient, unknown, internal
  std::string message;
  std::string step;
  std::uint32_t attempt = 0;
  Value details;
  bool operator==(const Failure&) const = default;
};

// One budget of attempts: of the forward call, of the questions, or of the undo.
struct Try {
  std::uint32_t number = 0;   // of the attempt in flight or the last one; never used twice
  std::uint32_t counted = 0;  // attempts that max_attempts counts
  std::uint32_t crashes = 0;  // call.crashed in a row
  Time first_at{};            // start of the budget
  Time started_at{};          // of the attempt in flight or the last one
  Time deadline{};            // of the attempt in flight
  Time due{};                 // of the next attempt; none while one is in flight
  bool in_flight = false;
  bool operator==(const Try&) const = default;
};

// One occurrence of a step.
struct StepRecord {
  StepState state = StepState::pending;
  std::uint32_t order = 0;       // start order within the saga, 0: never started
  std::uint32_t occurrence = 1;  // `#n` of the key
  bool pivot = false;
  bool doubt = false;
  bool unusable = false;         // succeeded, but its output could not be used
  bool idempotent = false;       // frozen from the operation
  bool ask_until_known = false;  // RESOLVING as under `resolve`, not `compensate`
  bool manual_undo = false;      // resolved with `undo: manual`
  bool waiting_for_plugin = false;
  bool no_repeat = false;  // the forward call answered FATAL: its key is never sent again
  bool no_check = false;   // the check operation said `absent` or FATAL: it is not asked again
  std::uint32_t still_running = 0;  // timed-out calls that still run in the host
  Parked parked = Parked::no;
  std::string operation;  // of the forward call
  std::string key;        // custom key, rendered; empty: the path
  Try forward, question, undo;
  Value input;
  std::optional<Value> output;
  std::optional<Failure> error;
  std::string check;            // the check operation; empty: the manifest offers none
  std::uint32_t undo_step = 0;  // index into compensate.steps
  std::uint32_t undo_from = 0;  // tries above this number belong to that step of it
  std::string undo_operation;
  std::string undo_key;  // replaces the request key; rendered
  std::string undo_id;   // id of the step of compensate.steps
  Value undo_input;
  Value undo_outputs;  // of the `set`s and calls of compensate.steps so far, by id
  std::optional<Failure> undo_error;

  // Waits and `await`.
  Value accepted;               // the call's own answer «pending»; of a child saga: {saga}
  Value listens;                // list of "event:<name>", "signal:<name>", "task"; null: none
  Value timers;                 // map name -> due, in milliseconds since the epoch
  std::uint32_t fired = 0;      // timers of this step that have fired: tells one from the next
  std::string assignee;         // of an open task
  std::uint32_t collected = 0;  // events taken by `collect_until`

  // Blocks and handlers.
  Value items;                // foreach: the frozen list
  std::uint32_t turn = 0;     // foreach: items started; repeat: the turn; switch: the case, from 1
  bool draining = false;      // it has failed or timed out: nothing new starts inside
  std::uint32_t handler = 0;  // the handler that was chosen, from 1
  bool left_path = false;     // it was UNKNOWN: a late `ok` counts for its undo only
  bool undo_before = false;   // what the handler replaces is being undone
  bool release_due = false;   // a child that must still be told that the root has ended
  Value residue;              // of a child
  bool had_effect = false;    // undone or kept before its handler ran

  bool operator==(const StepRecord&) const = default;

  // Calls visit(name, field...) with the same field of every object, in order.
  template <typename Visit, typename... Self>
  static void each_field(Visit&& visit, Self&... s) {
    visit("state", s.state...);
    visit("order", s.order...);
    visit("occurrence", s.occurrence...);
    visit("pivot", s.pivot...);
    visit("doubt", s.doubt...);
    visit("unusable", s.unusable...);
    visit("idempotent", s.idempotent...);
    visit("ask_until_known", s.ask_until_known...);
    visit("manual_undo", s.manual_undo...);
    visit("waiting_for_plugin", s.waiting_for_plugin...);
    visit("no_repeat", s.no_repeat...);
    visit("no_check", s.no_check...);
    visit("parked", s.parked...);
    visit("still_running", s.still_running...);
    visit("operation", s.operation...);
    visit("key", s.key...);
    visit("forward", s.forward...);
    visit("question", s.question...);
    visit("undo", s.undo...);
    visit("input", s.input...);
    visit("output", s.output...);
    visit("error", s.error...);
    visit("check", s.check...);
    visit("undo_step", s.undo_step...);
    visit("undo_from", s.undo_from...);
    visit("undo_operation", s.undo_operation...);
    visit("undo_key", s.undo_key...);
    visit("undo_id", s.undo_id...);
    visit("undo_input", s.undo_input...);
    visit("undo_outputs", s.undo_outputs...);
    visit("undo_error", s.undo_error...);
    visit("accepted", s.accepted...);
    visit("listens", s.listens...);
    visit("timers", s.timers...);
    visit("fired", s.fired...);
    visit("assignee", s.assignee...);
    visit("collected", s.collected...);
    visit("items", s.items...);
    visit("turn", s.turn...);
    visit("draining", s.draining...);
    visit("handler", s.handler...);
    visit("left_path", s.left_path...);
    visit("undo_before", s.undo_before...);
    visit("release_due", s.release_due...);
    visit("residue", s.residue...);
    visit("had_effect", s.had_effect...);
  }
  template <typename Self, typename Visit>
  static void fields(Self& s, Visit&& visit) {
    each_field(visit, s);
  }
};

// A saga without its steps. The first group never changes after the accept.
struct SagaRecord {
  std::string tenant;
  std::string workflow;
  std::uint32_t version = 0;
  std::string definition;    // content hash, 64 hex digits
  std::string identity;      // business id or Idempotency-Key; empty: none
  bool business_id = false;  // the identity comes from the definition's `id`
  std::string header;        // an Idempotency-Key sent beside a business id
  std::string fingerprint;   // 64 hex digits, of the canonical input before defaults
  Time created{};
  Time deadline{};  // none: no deadline
  bool deadline_alerts = false;
  Value input;

  Phase phase = Phase::queued;
  std::string status;
  Value attributes;
  std::optional<Value> output;
  std::optional<Failure> error;
  std::optional<Failure> noted;  // a cancel or deadline that waits for the pivot
  Value residue;                 // list of what was given up; null: none
  bool suspended = false;
  std::uint32_t started = 0;  // steps started so far: the source of StepRecord::order
  std::uint32_t records = 0;  // records of this saga so far
  std::uint32_t granted = 0;  // records granted beyond the limit by an operator's retry
  std::uint64_t bytes = 0;    // of inputs and outputs kept, for the limit of the state
  bool deadline_passed = false;
  Time updated{};  // `now` of the last record
  Time ended{};

  // A child's place in its tree; empty: a root. Sagas are named by their UUID as text.
  std::string parent, parent_path, root;
  std::uint32_t parent_occurrence = 0;
  bool held = false;          // COMPLETED, but its root has not ended: it can still be undone
  std::uint32_t reports = 0;  // to the parent so far: tells one from the next
  bool report_due = false;    // the parent has not acknowledged how it ended
  // The concurrency key of a root; empty: none.
  std::string lock_key;
  std::uint32_t lock_limit = 0;
  bool lock_asked = false;    // it stands in the queue; its home will call back
  bool unlock_due = false;    // the release has not been acknowledged
  std::vector<Event> stored;  // what came while SUSPENDED, in order of arrival

  bool operator==(const SagaRecord&) const = default;

  // Calls visit(name, field...) with the same field of every object, in order.
  template <typename Visit, typename... Self>
  static void each_field(Visit&& visit, Self&... s) {
    visit("tenant", s.tenant...);
    visit("workflow", s.workflow...);
    visit("version", s.version...);
    visit("definition", s.definition...);
    visit("identity", s.identity...);
    visit("business_id", s.business_id...);
    visit("header", s.header...);
    visit("fingerprint", s.fingerprint...);
    visit("created", s.created...);
    visit("deadline", s.deadline...);
    visit("deadline_alerts", s.deadline_alerts...);
    visit("input", s.input...);
    visit("phase", s.phase...);
    visit("status", s.status...);
    visit("attributes", s.attributes...);
    visit("output", s.output...);
    visit("error", s.error...);
    visit("noted", s.noted...);
    visit("residue", s.residue...);
    visit("suspended", s.suspended...);
    visit("started", s.started...);
    visit("records", s.records...);
    visit("granted", s.granted...);
    visit("bytes", s.bytes...);
    visit("deadline_passed", s.deadline_passed...);
    visit("updated", s.updated...);
    visit("ended", s.ended...);
    visit("parent", s.parent...);
    visit("parent_path", s.parent_path...);
    visit("root", s.root...);
    visit("parent_occurrence", s.parent_occurrence...);
    visit("held", s.held...);
    visit("reports", s.reports...);
    visit("report_due", s.report_due...);
    visit("lock_key", s.lock_key...);
    visit("lock_limit", s.lock_limit...);
    visit("lock_asked", s.lock_asked...);
    visit("unlock_due", s.unlock_due...);
    visit("stored", s.stored...);
  }
  template <typename Self, typename Visit>
  static void fields(Self& s, Visit&& visit) {
    each_field(visit, s);
  }
};

struct Saga {
  SagaId id;
  SagaRecord head;
  std::map<Path, StepRecord, std::less<>> steps;

  bool operator==(const Saga&) const = default;
  bool exists() const { return head.records > 0; }
  const StepRecord* find(std::string_view path) const {
    const auto it = steps.find(path);
    return it == steps.end() ? nullptr : &it->second;
  }
};

bool ended(Phase phase);

// Whether something of the step is under way or awaited, an operator included; undo is not.
bool is_open(const StepRecord& record);

// The next of the step's timers by due time.
struct StepTimer {
  std::string name;
  Time due{};
};
std::optional<StepTimer> earliest_timer(const StepRecord& record);

Shown shown(const Saga& saga);

// "COMPLETED", "PARKED", "DECIDING", …: what REST, events and lists call the saga's state.
std::string_view state_name(const Saga& saga);
std::string_view name(Phase phase);
std::string_view name(StepState state);
std::string_view name(Shown shown);

// `<saga>/<text>` as plain ASCII that leaves room for a role within 200 bytes; else
// `<saga>/<hash>`.
std::string bounded_key(const SagaId& id, std::string_view text);

// The index and turn of each foreach and repeat around an occurrence, "[2][1]": what keeps custom
// keys of its items and turns apart.
std::string indexes_of(std::string_view path);

// The effect key of an occurrence: `<saga>/<path>[#n]`, bounded. A request key appends the role
// (`/undo`, `/undo/<id>`, `/check`).
std::string effect_key(const SagaId& id, std::string_view path, const StepRecord& step);

// The id of the definition's step that this path is an occurrence of: its last component without
// index or turn.
std::string_view step_id(std::string_view path);

}  // namespace sagaloom::core
