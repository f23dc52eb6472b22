// Ports of a store: Journal (commit, takeover, recovery), Catalog (definitions, nodes), Lookup
// (identity, get, list, history). Three small interfaces over one database.
//
// Threads: Journal is used by the committer's thread only; Catalog and Lookup from any thread (an
// adapter serialises or pools inside). All calls block and are bounded by the adapter's timeouts.
// Errors: StoreError is an infrastructure failure ("away"): the caller retries with backoff. What a
// COMMIT can end with is CommitOutcome; what follows from it is decided by engine::CommitFlow.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/core/record.h"
#include "runtime/core/saga.h"
#include "runtime/engine/mail.h"

namespace sagaloom::engine {

struct StoreError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The store answered, and will never take what it was asked: repeating is in vain.
struct ContentError : StoreError {
  using StoreError::StoreError;
};

// ---------------------------------------------------------------- rows

struct JournalRow {
  Seq seq = 0;
  core::SagaId saga;  // nil: a mark row
  Seq prev = 0;       // seq of the same saga's previous record, 0: none
  core::Record record;
};

// Written at accept and end, when PARKED or SUSPENDED begins or ends, at a checkpoint, and when
// `status` changed.
struct SagaRow {
  core::SagaId id;
  bool insert = false;          // the accept
  std::string state;            // core::state_name
  bool live = true;             // not ended
  bool needs_operator = false;  // PARKED: with `live` the partial index
  Seq first_seq = 0;
  Seq last_seq = 0;  // of the record this row reflects
  // The whole state, written with the end or at a checkpoint.
  std::shared_ptr<const core::Saga> snapshot;
  // Always the saga's head: tenant, workflow, version (a migration changes it), identity,
  // fingerprint, status, created, ended.
  std::shared_ptr<const core::SagaRecord> head;
};

struct IdentityRow {
  IdentityKey key;
  std::int32_t day = 0;  // days since the epoch, of the creation
  core::SagaId saga;
  std::string fingerprint;
};

// An indexed attribute is found by the first bytes of its text, whole characters of them.
inline constexpr std::size_t indexed_bytes = 1'024;

struct AttributeRow {
  std::string tenant, name, value;
  core::SagaId saga;
};

struct TimerRow {
  core::SagaId saga;
  core::Time due{};       // none: only remove
  core::Time previous{};  // the row it replaces; none: there is none
};

struct Progress {
  Seq published = 0;   // acknowledged prefix
  Seq checkpoint = 0;  // below it every live saga is in its snapshot
};

// One shard's part of a commit. `epoch` is the fence.
struct ShardRows {
  ShardNumber shard = 0;
  std::int64_t epoch = 0;
  std::uint16_t generation = 0;
  std::vector<JournalRow> journal;
  std::vector<SagaRow> sagas;
  std::vector<IdentityRow> identities;
  std::vector<AttributeRow> attributes_added, attributes_removed;
  std::vector<TimerRow> timers;
  std::vector<DeadLetterRow> dead_letters;
  std::vector<InboxRow> inbox;
  std::vector<InboxHead> inbox_removed;
  std::vector<SourceRow> sources;  // insert or raise
  std::vector<SeenRow> seen;       // insert, or the later day
  std::vector<LockRow> locks;      // insert, or set `held`
  std::vector<LockRow> locks_removed;
  std::vector<SettledLetter> letters_settled;  // removes them, and keeps who did it
  std::optional<Progress> progress;

  Seq last_seq() const { return journal.empty() ? 0 : journal.back().seq; }
};

// ---------------------------------------------------------------- Journal

enum class CommitStatus : std::uint8_t {
  committed,    // the COMMIT's own tag said so
  fenced,       // an epoch is no longer ours: nothing was written (read_owned tells which)
  refused,      // definite refusal of content (a bad or too large row): nothing was written
  not_written,  // definite failure, nothing written, worth retrying (disk full, 40001, lock)
  unknown,      // the answer was lost: `settle` finds out
};

struct CommitOutcome {
  CommitStatus status = CommitStatus::committed;
  std::string reason;  // for people
};

struct OwnedShard {
  ShardNumber shard = 0;
  std::int64_t epoch = 0;
  std::uint16_t generation = 0;
  Seq max_seq = 0;  // the newest journal row, 0: none
};

struct StoredRecord {
  Seq seq = 0;
  core::SagaId saga;
  Seq prev = 0;
  std::uint16_t generation = 0;
  core::Record record;
};

struct StoredSnapshot {
  Seq first_seq = 0;
  Seq snap_seq = 0;
  core::Saga saga;
};

// How many sagas of a shard have not ended, and how many of these are PARKED.
struct LiveCount {
  std::uint64_t live = 0, parked = 0;
};

struct StoredTimer {
  core::SagaId saga;
  core::Time due{};
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Takes every shard in `shards` whose owner is this node or whose owner's lease has ended (all,
  // when `force`). Raises the epoch, waits for a batch in flight of the former owner and ends it
  // when it hangs (under 3 s). Returns those that are now ours.
  virtual std::vector<OwnedShard> take_over(const std::vector<ShardNumber>& shards, bool force) = 0;

  // One transaction, one round trip; the fence first. Encodes rows deterministically, so that the
  // same rows can be sent again.
  virtual CommitOutcome commit(const std::vector<ShardRows>& shards) = 0;

  // After an unknown COMMIT or a lost connection: a new connection, ends the old backend, and in
  // one synchronous transaction raises the epochs of those shards that are still (shard, epoch)
  // ours and reads their newest seq. A shard that is missing in the answer was lost.
  // Throws StoreError while the store is away.
  virtual std::vector<OwnedShard> settle(
      const std::vector<std::pair<ShardNumber, std::int64_t>>& owned) = 0;

  // The shards of the list whose (shard, epoch) is still ours.
  virtual std::vector<OwnedShard> read_owned(
      const std::vector<std::pair<ShardNumber, std::int64_t>>& owned) = 0;

  // Hands a shard over after its last batch: owner none, epoch + 1.
  virtual void release(const std::vector<std::pair<ShardNumber, std::int64_t>>& owned) = 0;

  // Identity rows of these keys in this shard, any day from the oldest retained on.
  virtual std::vector<IdentityRow> find_identities(ShardNumber shard,
                                                   const std::vector<IdentityKey>& keys) = 0;

  // The same for several shards; a store that can makes it one round trip. Rows in any order.
  using KeysOfShard = std::pair<ShardNumber, std::vector<IdentityKey>>;
  using RowOfShard = std::pair<ShardNumber, IdentityRow>;
  virtual std::vector<RowOfShard> find_identities_in(const std::vector<KeysOfShard>& wanted) {
    std::vector<RowOfShard> rows;
    for (const auto& [shard, keys] : wanted) {
      for (IdentityRow& row : find_identities(shard, keys))
        rows.emplace_back(shard, std::move(row));
    }
    return rows;
  }

  // Recovery: exactly these reads.
  virtual Progress read_progress(ShardNumber shard) = 0;
  virtual std::vector<StoredRecord> read_journal(ShardNumber shard, Seq after,
                                                 std::size_t limit) = 0;
  virtual std::vector<StoredSnapshot> read_snapshots(ShardNumber shard,
                                                     const std::vector<core::SagaId>& ids) = 0;
  virtual std::vector<StoredTimer> read_timers(ShardNumber shard, core::Time until,
                                               std::size_t limit) = 0;

  // From the partial index of live sagas: those that are not loaded count too.
  virtual LiveCount count_live(ShardNumber shard) = 0;

  // The inbox: at recovery every row's name, in order of (key, event, seq) after `after`; later the
  // whole rows of these keys. A row that can't be read is given with its `problem`, beside the others.
  virtual std::vector<InboxHead> read_inbox_heads(ShardNumber shard,
                                                  const std::optional<InboxHead>& after,
                                                  std::size_t limit) = 0;
  virtual std::vector<InboxRow> read_inbox(ShardNumber shard,
                                           const std::vector<IdentityKey>& keys) = 0;
  virtual std::vector<SourceRow> read_sources(ShardNumber shard) = 0;
  virtual std::vector<LockRow> read_locks(ShardNumber shard) = 0;
  // Of the asked names (their `day` says nothing) those that are stored with `day` or a later one.
  virtual std::vector<SeenRow> find_seen(ShardNumber shard, std::int32_t day,
                                         const std::vector<SeenRow>& asked) = 0;
  // Slices of what has no more use: seen rows of days before `day`; of dead letters that came in,
  // per workflow, the oldest beyond `keep`, and as many of who settled such letters. Both answer
  // how many they deleted, at most `limit` of each kind.
  virtual std::size_t sweep_seen(ShardNumber shard, std::int32_t day, std::size_t limit) = 0;
  virtual std::size_t sweep_dead_letters(ShardNumber shard, std::size_t keep,
                                         std::size_t limit) = 0;

  // Deletes journal rows up to `through` (never the newest row of a shard), at most `limit`.
  virtual std::size_t trim(ShardNumber shard, Seq through, std::size_t limit) = 0;
};

// ---------------------------------------------------------------- Catalog

struct StoreIdentity {
  std::string store_id;      // short, in every event id
  std::uint16_t shards = 0;  // fixed when the store was made
};

struct StoredDefinition {
  std::string hash, name, text;
  std::uint32_t version = 0;
  std::string operations;  // JSON: the manifests frozen at registration
};

struct NodeLease {
  core::Time store_now{};     // the store's clock
  std::int64_t revision = 0;  // of the definitions
  struct Node {
    std::string id, url;
    bool alive = false;
  };
  std::vector<Node> nodes;
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual StoreIdentity identity() = 0;
  // Registered already with the same hash: fine. Same name and version with another hash: false.
  virtual bool register_definition(const StoredDefinition& definition) = 0;
  virtual std::vector<StoredDefinition> definitions() = 0;
  // Renews this node's lease for `lease` and returns the store's clock and the nodes.
  virtual NodeLease renew_lease(const std::string& url, core::Duration lease) = 0;
};

// ---------------------------------------------------------------- Lookup

struct SagaSummary {
  core::SagaId id;
  std::string tenant, workflow, identity, state, status;
  std::uint32_t version = 0;
  core::Time created{}, ended{};
};

// A saga's row as it is stored, for audits: `seq` of the snapshot, which is absent before the
// first.
struct StoredRow {
  SagaSummary summary;
  Seq first_seq = 0, snap_seq = 0;
  std::optional<core::Saga> snapshot;
};

struct SagaFilter {
  std::string tenant;
  std::optional<std::string> workflow, identity, status;
  std::vector<std::string> states;
  std::optional<bool> live;
  std::optional<std::pair<std::string, std::string>> attribute;  // an indexed one
  core::Time created_after{}, created_before{};
  std::optional<core::SagaId> before;  // cursor: ids below this one
  std::size_t limit = 50;              // at most 500
};

struct SagaPage {
  std::vector<SagaSummary> items;    // newest first
  std::optional<core::SagaId> next;  // cursor; set also on a short page that gave up early
};

struct EventPosition {
  ShardNumber shard = 0;
  Seq seq = 0;
};

class Lookup {
 public:
  virtual ~Lookup() = default;
  // The last stored state: the snapshot plus every later record. nullopt: no such saga.
  virtual std::optional<core::Saga> get(const core::SagaId& id) = 0;
  // The row alone, without the records after it. nullopt: no such saga.
  virtual std::optional<StoredRow> row(const core::SagaId& id) = 0;
  virtual std::optional<IdentityRow> find_identity(ShardNumber shard, const IdentityKey& key) = 0;
  virtual SagaPage list(const SagaFilter& filter) = 0;
  // Oldest first, at most `limit` from the record after `after` on.
  virtual std::vector<StoredRecord> history(const core::SagaId& id, Seq after,
                                            std::size_t limit) = 0;
  // Records with something to publish, per shard after its position, at most `limit` in all.
  virtual std::vector<std::pair<ShardNumber, StoredRecord>> events(
      const std::vector<EventPosition>& after, std::size_t limit) = 0;
  virtual DeadLetterPage dead_letters(const DeadLetterFilter& filter) = 0;
  virtual std::optional<DeadLetter> dead_letter(const DeadLetterName& name) = 0;
  // Of letters that are gone.
  virtual SettledPage settled_letters(const DeadLetterFilter& filter) = 0;
};

struct Store {
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Catalog> catalog;
  std::unique_ptr<Lookup> lookup;
};

}  // namespace sagaloom::engine
