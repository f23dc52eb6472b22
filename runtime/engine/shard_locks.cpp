// This shard as the home of concurrency keys, and starts that ask for one before they are accepted.
#include <algorithm>
#include <utility>

#include "runtime/engine/rows.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

// A ticket whose saga does not exist yet may belong to a start that is being accepted: one is asked
// for after this time, and once more after as long.
constexpr core::Duration orphan_after{15'000};

ShardReply said(core::Outcome outcome, std::string code = {}, std::string message = {}) {
  ShardReply reply;
  reply.outcome = outcome;
  reply.code = std::move(code);
  reply.message = std::move(message);
  return reply;
}

ShardReply locked(const std::string& key) {
  return said(core::Outcome::business, "saga.locked",
              "another saga holds the concurrency key '" + key + "'; repeat when it has ended");
}

bool said_true(const ShardReply& reply, std::string_view member) {
  const core::Value* found = reply.output.find(member);
  return found == nullptr || !found->is_boolean() || found->boolean();
}

}  // namespace

// ---------------------------------------------------------------- the home

void Shard::call_lock(const ShardCall& call, Reply reply) {
  LockWork work;
  work.row.tenant = call.tenant;
  work.row.scope = text_of(call.input, "scope");
  work.row.key = text_of(call.input, "key");
  work.row.saga = saga_of(call.input, "saga");
  work.row.root = saga_of(call.input, "root");
  work.row.slots =
      static_cast<std::uint32_t>(std::max<std::int64_t>(number_of(call.input, "limit"), 1));
  work.reply = std::move(reply);
  if (call.operation == core::lock_release) {
    work.kind = LockWork::Kind::release;
  } else if (number_of(call.input, "if_free") != 0) {
    work.kind = LockWork::Kind::acquire_if_free;
  }
  lock_work_.push_back(std::move(work));
}

void Shard::take_lock_work(Batch& batch, const BatchBudget& budget) {
  while (!lock_work_.empty() && batch.items.size() < budget.rows) {
    LockWork work = std::move(lock_work_.front());
    lock_work_.pop_front();
    if (work.kind == LockWork::Kind::release) {
      release(batch, std::move(work));
    } else {
      acquire(batch, std::move(work));
    }
  }
}

void Shard::acquire(Batch& batch, LockWork work) {
  const LockName name = name_of(work.row);
  if (const auto known = locks_.find(name, work.row.saga)) {
    const auto outcome = known->held ? core::Outcome::ok : core::Outcome::pending;
    return prove(batch, [reply = work.reply, answer = said(outcome)](Answer<bool> stored) {
      reply(std::holds_alternative<bool>(stored) ? answer : ShardReply{.again = true});
    });
  }
  work.row.held = locks_.is_free(name, work.row.root, work.row.slots);
  if (!work.row.held && work.kind == LockWork::Kind::acquire_if_free) {
    return prove(batch, [reply = work.reply, answer = locked(work.row.key)](Answer<bool> stored) {
      reply(std::holds_alternative<bool>(stored) ? answer : ShardReply{.again = true});
    });
  }
  work.row.ticket = batch.next_seq();
  BatchItem& mark = append_mark(batch);
  mark.rows.locks = 1;
  batch.rows.locks.push_back(work.row);
  locks_.add(work.row);
  mark.ticket = work.row;
  mark.waiting.push_back([reply = work.reply, held = work.row.held](Answer<bool> stored) {
    if (std::holds_alternative<EngineError>(stored)) return reply({.again = true});
    if (std::get<bool>(stored)) {
      return reply(said(held ? core::Outcome::ok : core::Outcome::pending));
    }
    reply(said(core::Outcome::business, "storage.refused",
               "the store refused the concurrency key for its content"));
  });
}

void Shard::release(Batch& batch, LockWork work) {
  const LockName name = name_of(work.row);
  const auto known = locks_.find(name, work.row.saga);
  const auto acknowledge = [reply = work.reply](Answer<bool> stored) {
    if (!reply) return;
    if (std::holds_alternative<bool>(stored)) return reply(said(core::Outcome::ok));
    reply({.again = true});
  };
  if (!known) return prove(batch, acknowledge);
  BatchItem& mark = append_mark(batch);
  batch.rows.locks_removed.push_back(*known);
  mark.rows.locks_removed = 1;
  for (LockRow& granted : locks_.remove(name, known->ticket)) {
    batch.rows.locks.push_back(std::move(granted));
    ++mark.rows.locks;
  }
  mark.waiting.push_back(acknowledge);
}

// Who got the key from the queue is told at once; who got it when it asked is looked for later,
// since its start may never have been accepted.
void Shard::locks_committed(const Batch& batch, core::Time now) {
  for (const LockRow& row : batch.rows.locks) {
    if (!row.held) continue;
    const bool asked = row.ticket > batch.base;
    locks_.tell_at(row, asked ? now + orphan_after : now);
  }
}

void Shard::locks_recovered(std::vector<LockRow> rows, core::Time now) {
  for (LockRow& row : rows) {
    locks_.add(row);
    if (row.held) locks_.tell_at(row, now);
  }
}

void Shard::tick_locks(core::Time now) {
  for (LockRow& row : locks_.take_due(now)) {
    Asked asked;
    asked.what = Asked::For::granted;
    asked.call.operation = lock_granted_call;
    asked.call.tenant = row.tenant;
    asked.call.saga = row.saga;
    asked.lock = std::move(row);
    ask(std::move(asked));
  }
}

// Nobody needs the key: its saga is gone, or has ended without it.
void Shard::granted_replied(const Asked& asked, const ShardReply& reply) {
  const bool unknown = !said_true(reply, "known");
  if (unknown && unknown_holders_.insert(asked.lock.saga).second) {
    return locks_.tell_at(asked.lock, last_now_ + orphan_after);
  }
  unknown_holders_.erase(asked.lock.saga);
  if (said_true(reply, "needed")) return;
  lock_work_.push_back({LockWork::Kind::release, asked.lock, nullptr});
}

// ---------------------------------------------------------------- starts that ask first

void Shard::ask_start_lock(Start start) {
  const core::SagaRecord& head = *start.head;
  const std::string self = core::to_string(start.id);
  Asked asked;
  asked.what = Asked::For::start;
  asked.call.operation = core::lock_acquire;
  asked.call.tenant = head.tenant;
  asked.call.saga = start.id;
  asked.call.input = core::Value::object({{"scope", head.workflow},
                                          {"key", head.lock_key},
                                          {"limit", static_cast<std::int64_t>(head.lock_limit)},
                                          {"saga", self},
                                          {"root", head.root.empty() ? self : head.root},
                                          {"if_free", std::int64_t{1}}});
  const std::uint64_t number = ++last_call_;
  asked.call.number = number;
  locking_.emplace(number, std::move(start));
  ask(std::move(asked));
}

void Shard::start_lock_replied(std::uint64_t number, const ShardReply& reply) {
  const auto it = locking_.find(number);
  if (it == locking_.end()) return;
  Start start = std::move(locking_.extract(it).mapped());
  if (reply.outcome == core::Outcome::ok && !reply.again) {
    start.lock_held = true;
    starting_.insert(start.id);
    return queue_start(std::move(start));
  }
  --submissions_;
  EngineError error;
  error.kind = reply.again ? EngineError::Kind::unavailable : EngineError::Kind::conflict;
  error.code = reply.again ? "shard_not_here" : reply.code;
  error.message =
      reply.again ? "the home of the concurrency key does not answer; try again" : reply.message;
  if (reply.again) error.retry_after_s = 1;
  answer_start(start.done, std::move(error));
  free_identity(start.id);
}

}  // namespace sagaloom::engine
