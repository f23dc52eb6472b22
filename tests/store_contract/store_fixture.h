// What a store must provide so that the contract cases can run on it: ways to open it, and faults.
// All differences between the stores are here; no case asks which store it runs on.
//
// Lifecycle: one fixture, with an empty store, per case. Threads: the cases' main thread, but for
// `open`, which several threads may call.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/engine/store.h"

namespace sagaloom::tests {

// A client of its own (a process where the store knows processes) that owns shard 0.
class OtherClient {
 public:
  virtual ~OtherClient() = default;
  virtual void end() = 0;  // it ends without a word, as by kill -9
  // Lets a frozen one go on, if it still lives, and says how its commit ended: "committed",
  // "fenced", "unknown", … or "ended".
  virtual std::string thaw() = 0;
};

class StoreFixture {
 public:
  virtual ~StoreFixture() = default;

  // Opens the store as node 1 to 9, as a node that starts does; twice for one node: two
  // connections of it. The first makes the store, with 4 shards.
  virtual engine::Store open(int node) = 0;
  // All stores given out are destroyed already: forgets what they shared.
  virtual void close() = 0;

  // From now on the store refuses records with the note `refused_mark`.
  virtual void refuse_marked_records() = 0;
  // The next commit of node 1 loses its answer; what it wrote stands or not, as `written` says.
  virtual void lose_next_answer(bool written) = 0;
  virtual void fill_disk() = 0;
  virtual void free_disk() = 0;

  // Holds the next commit of node 1 back once it has begun, as a client that hangs.
  virtual void hold_next_commit() = 0;
  // Holds the next commits of node 1 back before the store sees anything of them.
  virtual void hold_next_commits_outside(int count) = 0;
  virtual bool wait_until_held(int count) = 0;
  virtual void release_held() = 0;

  // A client that owns shard 0 and hangs in the middle of sending a batch with seqs 1 to 3.
  virtual std::unique_ptr<OtherClient> freeze_client() = 0;
  // Opens node 2 while that client hangs, ending it where the store admits one process only.
  virtual engine::Store open_beside(OtherClient& frozen) = 0;

  // A client that owns shard 0 and holds a lease of one second as long as it lives.
  virtual std::unique_ptr<OtherClient> start_owner() = 0;
  // Whether node 2 can open the store and own shard 0 without force.
  virtual bool second_can_own() = 0;

  // The stored text of every inbox row of this key is cut off in the middle.
  virtual void damage_inbox(const std::string& key) = 0;
  virtual void edit_applied_migration() = 0;
  virtual void add_unknown_migration() = 0;
};

using MakeFixture = std::function<std::unique_ptr<StoreFixture>()>;
std::unique_ptr<StoreFixture> make_memory_fixture();
std::unique_ptr<StoreFixture> make_sqlite_fixture();
std::unique_ptr<StoreFixture> make_postgres_fixture();

std::string node_name(int node);  // a UUID
inline constexpr const char* damaged_text = "{\"seq\":";
const char* status_name(engine::CommitStatus status);

}  // namespace sagaloom::tests
