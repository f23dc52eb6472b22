// The participant guard, remote mode: for effects that live elsewhere, behind an API that takes a
// key and can undo by it. The guard's rows are in the plugin's own database and are written before
// and after the call to the target, never with it.
//
//   forward     remembers the request first, calls the target, then stores a definite answer; a
//               forward call that finds its undo there when it comes back undoes at once and
//               answers UNKNOWN `call.undone_meanwhile`
//   undo        leaves its tombstone first, then always calls the target's undo, whatever the rows
//               say, since an answer may have been lost on the way back
//   check       the stored answer, else what the target says
//
// The target must take the effect key as idempotency key: two forward calls may reach it.
// Lifecycle, threads: as Guard. Errors: an answer that could not be stored is UNKNOWN
// `call.not_stored`.
#pragma once

#include <functional>
#include <string_view>

#include "sdk/call.h"
#include "sdk/guard/database.h"

namespace sagaloom::sdk {
inline namespace v1 {

class RemoteGuard {
 public:
  using Target = std::function<Outcome()>;

  explicit RemoteGuard(Database& database) : database_(database) {}

  void migrate(const std::function<void(Transaction&)>& own_tables);

  // `undo` is the target's, by the effect key; used only when the call was undone meanwhile.
  Outcome effect(const Call& call, std::string_view fingerprint, const Target& forward,
                 const Target& undo);
  Outcome undo(const Call& call, const Target& undo);
  Outcome check(const Call& call, const Target& ask);

 private:
  Database& database_;
};

}  // namespace v1
}  // namespace sagaloom::sdk
