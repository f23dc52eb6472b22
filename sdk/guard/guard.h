// The participant guard, local mode: makes an effect that lives in the same database happen once
// per key, however often and in whatever order its call, its undo and its check arrive.
//
// One transaction holds the guard's rows and the effect. `request` remembers the first definite
// answer of every request key; `effect_row` has one row per forward key that was ever seen, with
// the highest epoch, and its row lock puts calls about one key in a line. The view `effect` shows
// the effects that were made, `done` or `undone`.
//
//   forward, seen before        the stored answer; with another input FATAL `call.key_reused`
//   forward after an undo       BUSINESS `call.fenced`
//   any call of a smaller epoch UNKNOWN `call.stale_owner`
//   undo of a done effect       its body; stored only when done
//   undo of anything else       NO_EFFECT, and a tombstone that fences the forward call
//   check                       the stored answer, or NO_EFFECT; a fencing one leaves a tombstone
//   forward that answers PENDING kept and stored like OK: accepted; its check says how it ended
//
// Lifecycle: one per open plugin, refers to its database. Threads: any. Errors: outcomes; only what
// a body throws comes out. Source: Seata's fence (tried, committed, rolled back, suspended) and the
// three anomalies of TCC, with refusals and input hashes added.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "sdk/call.h"
#include "sdk/guard/database.h"

namespace sagaloom::sdk {
inline namespace v1 {

// What an undo may know of the effect it takes back.
struct Effect {
  std::string key;
  std::string operation;
  std::string output;  // JSON of the forward answer
};

enum class Fencing { no, yes };

class Guard {
 public:
  using Forward = std::function<Outcome(Transaction&)>;
  using Backward = std::function<Outcome(Transaction&, const Effect&)>;

  explicit Guard(Database& database) : database_(database) {}

  // Makes tables and view where they are missing, and the plugin's own with them.
  void migrate(const std::function<void(Transaction&)>& own_tables);

  // A forward call. OK, PENDING and BUSINESS are stored and given again; after anything else nothing
  // of the body stays. `fingerprint` is what a repeated request must have in common with the first;
  // without it the whole input. Called in role COMPENSATE (a workflow names a forward operation as
  // undo) the body runs as that undo: once, stored only when done.
  Outcome effect(const Call& call, const Forward& body);
  Outcome effect(const Call& call, std::string_view fingerprint, const Forward& body);

  // An undo of the effect that one of these operations made under the call's effect key; of an
  // effect of any other FATAL `call.wrong_undo`.
  using Operations = std::initializer_list<std::string_view>;
  Outcome undo(const Call& call, Operations undoes, const Backward& body);

  // The check operation. A fencing one makes "absent" final. `ending` is asked of an effect that was
  // answered with PENDING: OK or BUSINESS is its end and stored as such, PENDING is not yet; without
  // it a pending effect stays pending.
  Outcome check(const Call& call, Fencing fencing, const Backward& ending = {});

 private:
  Database& database_;
};

}  // namespace v1
}  // namespace sagaloom::sdk
