#include "sdk/guard/guard.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sdk/guard/guard_rows.h"

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

Outcome wrong_undo(const EffectRow& row, const Call& call) {
  Outcome outcome = Outcome::fatal("call.wrong_undo",
                                   std::string(call.operation()) + " cannot undo " + row.operation);
  outcome.no_effect_made = true;
  return outcome;
}

// Runs the body so that nothing of it stays unless `keep` says so.
template <typename Body, typename Keep>
Outcome attempt(Transaction& sql, const Body& body, const Keep& keep) {
  sql("savepoint guarded_body");
  Outcome outcome = body();
  if (!keep(outcome)) sql("rollback to savepoint guarded_body");
  sql("release savepoint guarded_body");
  return outcome;
}

bool succeeded(const Outcome& outcome) {
  return outcome.status == Status::ok;
}

// Done, or accepted and going to be done.
bool made(const Outcome& outcome) {
  return succeeded(outcome) || outcome.status == Status::pending;
}

Outcome make_effect(Transaction& sql, const Call& call, const Guard::Forward& body) {
  Outcome outcome = attempt(sql, [&] { return body(sql); }, made);
  if (!outcome.definite() && !made(outcome)) return outcome;
  store_effect(sql, call, outcome);
  return outcome;
}

Outcome forward(Transaction& sql, const Call& call, const std::string& hash,
                const Guard::Forward& body) {
  const EffectRow row = lock(sql, call);
  if (row.epoch > call.epoch()) return stale_owner();
  if (row.closed()) return fenced();
  if (first_hash(sql, call.effect_key(), hash) != hash) return key_reused();
  if (const auto answer = find_answer(sql, call.effect_key())) return *answer;
  return make_effect(sql, call, body);
}

// A forward operation in the role of an undo: its own effect happens once per request key, and the
// effect that it answers for can no longer be made.
Outcome forward_as_undo(Transaction& sql, const Call& call, const Guard::Forward& body) {
  const EffectRow row = lock(sql, call);
  if (row.epoch > call.epoch()) return stale_owner();
  if (const auto answer = find_answer(sql, call.request_key())) return *answer;
  Outcome outcome = attempt(sql, [&] { return body(sql); }, succeeded);
  if (!succeeded(outcome)) return outcome;
  store_answer(sql, call.request_key(), outcome);
  if (!row.closed()) set_state(sql, call, row.is("done") ? "undone" : "fenced");
  return outcome;
}

Outcome undo_done(Transaction& sql, const Call& call, const EffectRow& row,
                  const Guard::Backward& body) {
  const Effect effect{std::string(call.effect_key()), row.operation, row.output};
  Outcome outcome = attempt(sql, [&] { return body(sql, effect); }, succeeded);
  if (!succeeded(outcome)) return outcome;
  store_answer(sql, call.request_key(), outcome);
  set_state(sql, call, "undone");
  return outcome;
}

// How an accepted effect ended, asked at most until it has.
Outcome end_pending(Transaction& sql, const Call& call, const EffectRow& row,
                    const Outcome& accepted, const Guard::Backward& ending) {
  if (!ending) return accepted;
  const Effect effect{std::string(call.effect_key()), row.operation, row.output};
  const Outcome end = attempt(
      sql, [&] { return ending(sql, effect); }, [](const Outcome& o) { return o.definite(); });
  if (end.definite()) store_end(sql, call, end);
  return end;
}

Outcome answer_check(Transaction& sql, const Call& call, const EffectRow& row,
                     const Guard::Backward& ending) {
  if (row.epoch > call.epoch()) return stale_owner();
  if (row.is("done")) {
    const auto answer = find_answer(sql, call.effect_key());
    const bool pending = answer && answer->status == Status::pending;
    return pending ? end_pending(sql, call, row, *answer, ending) : Outcome::ok(row.output);
  }
  if (row.is("refused")) {
    if (auto answer = find_answer(sql, call.effect_key())) return *answer;
  }
  return Outcome::no_effect();
}

}  // namespace

void Guard::migrate(const std::function<void(Transaction&)>& own_tables) {
  database_.migrate([&](Transaction& sql) {
    make_guard_tables(sql);
    own_tables(sql);
  });
}

Outcome Guard::effect(const Call& call, const Forward& body) {
  return effect(call, call.input(), body);
}

Outcome Guard::effect(const Call& call, std::string_view fingerprint, const Forward& body) {
  if (call.role() == Role::compensate) {
    return database_.run([&](Transaction& sql) { return forward_as_undo(sql, call, body); });
  }
  if (call.role() != Role::execute) return not_implemented(call);
  const std::string hash = request_hash(call, fingerprint);
  return database_.run([&](Transaction& sql) { return forward(sql, call, hash, body); });
}

Outcome Guard::undo(const Call& call, Operations undoes, const Backward& body) {
  if (call.role() != Role::compensate) return not_implemented(call);
  return database_.run([&](Transaction& sql) -> Outcome {
    const EffectRow row = lock(sql, call);
    if (row.epoch > call.epoch()) return stale_owner();
    if (row.is("done")) {
      const bool ours = std::find(undoes.begin(), undoes.end(), row.operation) != undoes.end();
      return ours ? undo_done(sql, call, row, body) : wrong_undo(row, call);
    }
    if (!row.closed()) set_state(sql, call, "fenced");
    if (const auto answer = find_answer(sql, call.request_key())) return *answer;
    return Outcome::no_effect();
  });
}

Outcome Guard::check(const Call& call, Fencing fencing, const Backward& ending) {
  if (call.role() != Role::check) return not_implemented(call);
  return database_.run([&](Transaction& sql) -> Outcome {
    if (fencing == Fencing::no && !ending) {
      const auto row = find(sql, call.effect_key());
      return row ? answer_check(sql, call, *row, {}) : Outcome::no_effect();
    }
    const EffectRow row = lock(sql, call);
    const bool absent = row.epoch <= call.epoch() && row.is("open");
    if (absent && fencing == Fencing::yes) set_state(sql, call, "fenced");
    return answer_check(sql, call, row, ending);
  });
}

}  // namespace v1
}  // namespace sagaloom::sdk
