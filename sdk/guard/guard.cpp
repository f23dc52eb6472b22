#include "sdk/guard/guard.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sdk/guard/sha256.h"

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

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

EffectRow effect_row(const Cells& row) {
  return {row[0].text(), row[1].text(), row[2].integer(), row[3].text()};
}

// Finds or makes the row, keeps the highest epoch in it, and holds its lock to the end.
EffectRow lock(Transaction& sql, const Call& call) {
  const Rows rows =
      sql("insert into effect_row(effect_key, saga, operation, state, epoch) "
          "values ($1, $2, $3, 'open', $4) on conflict (effect_key) do update set epoch = "
          "case when excluded.epoch > effect_row.epoch then excluded.epoch "
          "else effect_row.epoch end returning operation, state, epoch, output",
          call.effect_key(), call.saga(), call.operation(), call.epoch());
  return effect_row(rows.at(0));
}

std::optional<EffectRow> find(Transaction& sql, std::string_view effect_key) {
  const Rows rows = sql(
      "select operation, state, epoch, output from effect_row where effect_key = $1", effect_key);
  if (rows.empty()) return std::nullopt;
  return effect_row(rows[0]);
}

void set_state(Transaction& sql, const Call& call, std::string_view state) {
  sql("update effect_row set state = $2 where effect_key = $1", call.effect_key(), state);
}

std::optional<Outcome> stored_answer(const Cells& row) {
  if (row[0].is_null()) return std::nullopt;
  Outcome outcome;
  outcome.status = static_cast<Status>(row[0].integer());
  outcome.code = row[1].text();
  outcome.message = row[2].text();
  outcome.output = row[3].text();
  outcome.details = row[4].text();
  outcome.effect_ref = row[5].text();
  outcome.no_effect_made = outcome.status == Status::business;
  return outcome;
}

std::optional<Outcome> find_answer(Transaction& sql, std::string_view request_key) {
  const Rows rows =
      sql("select status, code, message, output, details, effect_ref from request "
          "where request_key = $1",
          request_key);
  return rows.empty() ? std::nullopt : stored_answer(rows[0]);
}

// Remembers what was asked under the key; gives the hash of the first request.
std::string first_hash(Transaction& sql, std::string_view request_key, const std::string& hash) {
  const Rows rows =
      sql("insert into request(request_key, input_hash) values ($1, $2) on conflict (request_key) "
          "do update set request_key = excluded.request_key returning input_hash",
          request_key, hash);
  return rows.at(0)[0].text();
}

void store_answer(Transaction& sql, std::string_view request_key, const Outcome& outcome) {
  sql("insert into request(request_key, input_hash, status, code, message, output, details, "
      "effect_ref) values ($1, '', $2, $3, $4, $5, $6, $7) on conflict (request_key) do update "
      "set status = excluded.status, code = excluded.code, message = excluded.message, "
      "output = excluded.output, details = excluded.details, effect_ref = excluded.effect_ref",
      request_key, static_cast<std::int64_t>(outcome.status), outcome.code, outcome.message,
      outcome.output, outcome.details, outcome.effect_ref);
}

Outcome stale_owner() {
  return Outcome::unknown("call.stale_owner",
                          "the call comes from an owner that another one has replaced");
}

Outcome fenced() {
  return Outcome::business("call.fenced", "the effect of this key was undone or ruled out before");
}

Outcome key_reused() {
  Outcome outcome = Outcome::fatal("call.key_reused",
                                   "another request was made under this key; use a key of its own");
  outcome.no_effect_made = true;
  return outcome;
}

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

Outcome make_effect(Transaction& sql, const Call& call, const Guard::Forward& body) {
  Outcome outcome = attempt(sql, [&] { return body(sql); }, succeeded);
  if (!outcome.definite()) return outcome;
  store_answer(sql, call.effect_key(), outcome);
  sql("update effect_row set state = $2, operation = $3, output = $4 where effect_key = $1",
      call.effect_key(), succeeded(outcome) ? "done" : "refused", call.operation(), outcome.output);
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

Outcome not_implemented(const Call& call) {
  Outcome outcome = Outcome::fatal("call.not_implemented",
                                   std::string(call.operation()) + " does not play this role");
  outcome.no_effect_made = true;
  return outcome;
}

Outcome answer_check(Transaction& sql, const Call& call, const EffectRow& row) {
  if (row.epoch > call.epoch()) return stale_owner();
  if (row.is("done")) return Outcome::ok(row.output);
  if (row.is("refused")) {
    if (auto answer = find_answer(sql, call.effect_key())) return *answer;
  }
  return Outcome::no_effect();
}

}  // namespace

void Guard::migrate(const std::function<void(Transaction&)>& own_tables) {
  database_.migrate([&](Transaction& sql) {
    sql("create table if not exists request(request_key text primary key, "
        "input_hash text not null, status bigint, code text, message text, output text, "
        "details text, effect_ref text)");
    sql("create table if not exists effect_row(effect_key text primary key, saga text not null, "
        "operation text not null, state text not null check (state in "
        "('open', 'done', 'undone', 'refused', 'fenced')), epoch bigint not null, output text)");
    sql(std::string(sql.create_view()) +
        " effect as select effect_key, saga, operation, state from effect_row "
        "where state in ('done', 'undone')");
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
  const std::string hash =
      sha256_hex(std::string(call.operation()) + '\n' + std::string(fingerprint));
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

Outcome Guard::check(const Call& call, Fencing fencing) {
  if (call.role() != Role::check) return not_implemented(call);
  return database_.run([&](Transaction& sql) -> Outcome {
    if (fencing == Fencing::no) {
      const auto row = find(sql, call.effect_key());
      return row ? answer_check(sql, call, *row) : Outcome::no_effect();
    }
    const EffectRow row = lock(sql, call);
    if (row.epoch <= call.epoch() && row.is("open")) set_state(sql, call, "fenced");
    return answer_check(sql, call, row);
  });
}

}  // namespace v1
}  // namespace sagaloom::sdk
