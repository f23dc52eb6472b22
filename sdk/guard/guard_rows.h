// The guard's rows and canned answers, shared by its local and its remote mode; no part of what a
// plugin's author uses. Threads: inside a transaction. Errors: DatabaseError.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sdk/call.h"
#include "sdk/guard/database.h"

namespace sagaloom::sdk {
inline namespace v1 {

// States of an effect_row: open (seen, nothing definite), done, undone, refused, fenced (a
// tombstone: nothing was made and nothing may be made any more).
struct EffectRow {
  std::string operation;
  std::string state;
  std::int64_t epoch = 0;
  std::string output;

  bool is(std::string_view wanted) const { return state == wanted; }
  bool closed() const { return is("undone") || is("fenced"); }
};

void make_guard_tables(Transaction& sql);

// What the guard remembers of a request instead of its input.
std::string request_hash(const Call& call, std::string_view fingerprint);

// Finds or makes the row, keeps the highest epoch in it, and holds its lock to the end.
EffectRow lock(Transaction& sql, const Call& call);
std::optional<EffectRow> find(Transaction& sql, std::string_view effect_key);
void set_state(Transaction& sql, const Call& call, std::string_view state);

std::optional<Outcome> find_answer(Transaction& sql, std::string_view request_key);
// Remembers what was asked under the key; gives the hash of the first request.
std::string first_hash(Transaction& sql, std::string_view request_key, const std::string& hash);
void store_answer(Transaction& sql, std::string_view request_key, const Outcome& outcome);
// Stores the forward call's definite answer and what it made of the row.
void store_effect(Transaction& sql, const Call& call, const Outcome& outcome);

// Stores how an effect that was pending ended, in its forward request and its row.
void store_end(Transaction& sql, const Call& call, const Outcome& end);

Outcome stale_owner();
Outcome fenced();
Outcome key_reused();
Outcome not_implemented(const Call& call);

}  // namespace v1
}  // namespace sagaloom::sdk
