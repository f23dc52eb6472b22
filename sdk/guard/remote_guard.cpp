#include "sdk/guard/remote_guard.h"

#include <optional>
#include <string>
#include <utility>

#include "sdk/guard/guard_rows.h"

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

bool undone(const Outcome& outcome) {
  return outcome.status == Status::ok || outcome.status == Status::no_effect;
}

// The answer that needs no call of the target; nullopt: it is to be called.
std::optional<Outcome> known_answer(Transaction& sql, const Call& call, const std::string& hash) {
  const EffectRow row = lock(sql, call);
  if (row.epoch > call.epoch()) return stale_owner();
  if (row.closed()) return fenced();
  if (first_hash(sql, call.effect_key(), hash) != hash) return key_reused();
  return find_answer(sql, call.effect_key());
}

}  // namespace

void RemoteGuard::migrate(const std::function<void(Transaction&)>& own_tables) {
  database_.migrate([&](Transaction& sql) {
    make_guard_tables(sql);
    own_tables(sql);
  });
}

Outcome RemoteGuard::effect(const Call& call, std::string_view fingerprint, const Target& forward,
                            const Target& undo) {
  if (call.role() != Role::execute) return not_implemented(call);
  const std::string hash = request_hash(call, fingerprint);
  std::optional<Outcome> known;
  const Outcome remembered = database_.run([&](Transaction& sql) {
    known = known_answer(sql, call, hash);
    return Outcome::ok();
  });
  if (remembered.status != Status::ok) return remembered;
  if (known) return *known;
  Outcome made = forward();
  if (!made.definite()) return made;

  bool too_late = false;
  const Outcome stored = database_.run([&](Transaction& sql) {
    too_late = lock(sql, call).closed();
    if (!too_late) store_effect(sql, call, made);
    return Outcome::ok();
  });
  if (stored.status != Status::ok) return Outcome::unknown("call.not_stored", stored.message);
  if (!too_late) return made;
  if (made.status == Status::business) return fenced();
  undo();
  return Outcome::unknown("call.undone_meanwhile", "its undo came while the call was under way");
}

Outcome RemoteGuard::undo(const Call& call, const Target& undo) {
  if (call.role() != Role::compensate) return not_implemented(call);
  bool stale = false;
  const Outcome fence = database_.run([&](Transaction& sql) {
    const EffectRow row = lock(sql, call);
    stale = row.epoch > call.epoch();
    if (!stale && (row.is("open") || row.is("refused"))) set_state(sql, call, "fenced");
    return Outcome::ok();
  });
  if (fence.status != Status::ok) return fence;
  if (stale) return stale_owner();
  Outcome outcome = undo();
  if (!undone(outcome)) return outcome;
  const Outcome stored = database_.run([&](Transaction& sql) {
    if (lock(sql, call).is("done")) set_state(sql, call, "undone");
    return Outcome::ok();
  });
  if (stored.status != Status::ok) return Outcome::unknown("call.not_stored", stored.message);
  return outcome;
}

Outcome RemoteGuard::check(const Call& call, const Target& ask) {
  if (call.role() != Role::check) return not_implemented(call);
  std::optional<Outcome> known;
  const Outcome read = database_.run([&](Transaction& sql) {
    const auto row = find(sql, call.effect_key());
    known.reset();
    if (!row) return Outcome::ok();
    if (row->epoch > call.epoch()) known = stale_owner();
    if (row->closed()) known = Outcome::no_effect();
    if (row->is("done") || row->is("refused")) known = find_answer(sql, call.effect_key());
    return Outcome::ok();
  });
  if (read.status != Status::ok) return read;
  return known ? *known : ask();
}

}  // namespace v1
}  // namespace sagaloom::sdk
