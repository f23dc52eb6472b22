#include "sdk/guard/guard_rows.h"

#include <utility>

#include "sdk/guard/sha256.h"

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

EffectRow effect_row(const Cells& row) {
  return {row[0].text(), row[1].text(), row[2].integer(), row[3].text()};
}

std::optional<Outcome> stored_answer(const Cells& row) {
  if (row[0].is_null()) return std::nullopt;
  Outcome outcome;
  outcome.status = static_cast<Status>(row[0].integer());
  outcome.code = row[1].text();
  outcome.message = row[2].text();
  outcome.output = row[3].text();
  outcome.details = row[4].text();
  // One column for the participant's own name of what it did, or of what it is going to do.
  const bool pending = outcome.status == Status::pending;
  (pending ? outcome.correlation : outcome.effect_ref) = row[5].text();
  outcome.no_effect_made = outcome.status == Status::business;
  return outcome;
}

}  // namespace

void make_guard_tables(Transaction& sql) {
  sql("create table if not exists request(request_key text primary key, "
      "input_hash text not null, status bigint, code text, message text, output text, "
      "details text, effect_ref text)");
  sql("create table if not exists effect_row(effect_key text primary key, saga text not null, "
      "operation text not null, state text not null check (state in "
      "('open', 'done', 'undone', 'refused', 'fenced')), epoch bigint not null, output text)");
  sql(std::string(sql.create_view()) +
      " effect as select effect_key, saga, operation, state from effect_row "
      "where state in ('done', 'undone')");
}

std::string request_hash(const Call& call, std::string_view fingerprint) {
  return sha256_hex(std::string(call.operation()) + '\n' + std::string(fingerprint));
}

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

std::optional<Outcome> find_answer(Transaction& sql, std::string_view request_key) {
  const Rows rows =
      sql("select status, code, message, output, details, effect_ref from request "
          "where request_key = $1",
          request_key);
  return rows.empty() ? std::nullopt : stored_answer(rows[0]);
}

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
      outcome.output, outcome.details,
      outcome.status == Status::pending ? outcome.correlation : outcome.effect_ref);
}

void store_effect(Transaction& sql, const Call& call, const Outcome& outcome) {
  store_answer(sql, call.effect_key(), outcome);
  sql("update effect_row set state = $2, operation = $3, output = $4 where effect_key = $1",
      call.effect_key(), outcome.status == Status::business ? "refused" : "done", call.operation(),
      outcome.output);
}

void store_end(Transaction& sql, const Call& call, const Outcome& end) {
  store_answer(sql, call.effect_key(), end);
  sql("update effect_row set state = $2, output = $3 where effect_key = $1", call.effect_key(),
      end.status == Status::business ? "refused" : "done", end.output);
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

Outcome not_implemented(const Call& call) {
  Outcome outcome = Outcome::fatal("call.not_implemented",
                                   std::string(call.operation()) + " does not play this role");
  outcome.no_effect_made = true;
  return outcome;
}

}  // namespace v1
}  // namespace sagaloom::sdk
