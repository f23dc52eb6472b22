#include "runtime/store/postgres/batch.h"

#include <unordered_map>

#include "runtime/store/bytes.h"
#include "runtime/store/codec.h"
#include "runtime/store/mail_text.h"
#include "runtime/store/row_rules.h"

namespace sagaloom::store {
namespace {

using enum PgType;

struct Prepared {
  const char* name;
  const char* sql;
};

// The fence aborts by itself, since a pipeline cannot branch; `for share` makes a takeover wait
// for a batch in flight.
constexpr Prepared statements[] = {
    {"begin", "begin"},
    {"fence",
     "select 1/(case when count(*)=$3 then 1 else 0 end) from (select 1 from shard s join "
     "unnest($1::int2[],$2::int8[]) e(shard,epoch) on s.shard=e.shard and s.epoch=e.epoch "
     "for share of s) x"},
    {"journal",
     "insert into journal (shard, seq, saga, prev, generation, format, record) select * from "
     "unnest($1::int2[],$2::int8[],$3::uuid[],$4::int8[],$5::int2[],$6::int2[],$7::bytea[])"},
    {"insert_saga",
     "insert into saga (shard, id, tenant, workflow, version, identity, fingerprint, state, "
     "status, created, ended, first_seq, snap_seq, snapshot) select * from "
     "unnest($1::int2[],$2::uuid[],$3::text[],$4::text[],$5::int4[],$6::text[],$7::bytea[],"
     "$8::int2[],$9::text[],$10::timestamptz[],$11::timestamptz[],$12::int8[],$13::int8[],"
     "$14::bytea[])"},
    {"update_saga",
     "update saga s set state=u.state, status=u.status, ended=u.ended, version=u.version, "
     "snap_seq=coalesce(u.snap_seq, s.snap_seq), snapshot=coalesce(u.snapshot, s.snapshot) from "
     "unnest($1::int2[],$2::uuid[],$3::int2[],$4::text[],$5::timestamptz[],$6::int8[],$7::bytea[],"
     "$8::int4[]) u(shard,id,state,status,ended,snap_seq,snapshot,version) where s.shard=u.shard "
     "and s.id=u.id"},
    {"identity",
     "insert into identity (shard, day, tenant, workflow, key, saga, fingerprint) select * from "
     "unnest($1::int2[],$2::int4[],$3::text[],$4::text[],$5::text[],$6::uuid[],$7::bytea[])"},
    {"remove_attribute",
     "delete from attribute a using unnest($1::int2[],$2::text[],$3::text[],$4::text[],$5::uuid[]) "
     "u(shard,tenant,name,value,saga) where a.shard=u.shard and a.tenant=u.tenant and "
     "a.name=u.name and a.value=u.value and a.saga=u.saga"},
    {"add_attribute",
     "insert into attribute (shard, tenant, name, value, saga) select * from "
     "unnest($1::int2[],$2::text[],$3::text[],$4::text[],$5::uuid[]) on conflict do nothing"},
    {"remove_timer",
     "delete from timer t using unnest($1::int2[],$2::timestamptz[],$3::uuid[]) "
     "u(shard,due,saga) where t.shard=u.shard and t.due=u.due and t.saga=u.saga"},
    {"insert_timer",
     "insert into timer (shard, due, saga) select * from "
     "unnest($1::int2[],$2::timestamptz[],$3::uuid[]) on conflict do nothing"},
    {"dead_letter",
     "insert into dead_letter (shard, seq, n, tenant, workflow, reason, data) select * from "
     "unnest($1::int2[],$2::int8[],$3::int2[],$4::text[],$5::text[],$6::text[],$7::bytea[]) "
     "on conflict do nothing"},
    {"remove_letter",
     "delete from dead_letter d using unnest($1::int2[],$2::int8[],$3::int2[]) u(shard,seq,n) "
     "where d.shard=u.shard and d.seq=u.seq and d.n=u.n"},
    {"settle_letter",
     "insert into letter_settled (shard, seq, n, tenant, workflow, letter_reason, verb, author, "
     "reason, at) select * from unnest($1::int2[],$2::int8[],$3::int2[],$4::text[],$5::text[],"
     "$6::text[],$7::text[],$8::text[],$9::text[],$10::timestamptz[]) on conflict do nothing"},
    {"inbox",
     "insert into inbox (shard, tenant, workflow, key, event, seq, expires, data) select * from "
     "unnest($1::int2[],$2::text[],$3::text[],$4::text[],$5::text[],$6::int8[],"
     "$7::timestamptz[],$8::bytea[])"},
    {"remove_inbox",
     "delete from inbox i using unnest($1::int2[],$2::text[],$3::text[],$4::text[],$5::text[],"
     "$6::int8[]) u(shard,tenant,workflow,key,event,seq) where i.shard=u.shard and "
     "i.tenant=u.tenant and i.workflow=u.workflow and i.key=u.key and i.event=u.event and "
     "i.seq=u.seq"},
    {"source",
     "insert into source as s (shard, topic, part, next_offset) select shard, topic, part, "
     "max(next_offset) from unnest($1::int2[],$2::text[],$3::int4[],$4::int8[]) "
     "u(shard,topic,part,next_offset) group by 1, 2, 3 on conflict (shard, topic, part) do update "
     "set next_offset=greatest(s.next_offset, excluded.next_offset)"},
    {"seen",
     "insert into seen as s (shard, tenant, workflow, event, id, day) select shard, tenant, "
     "workflow, event, id, max(day) from unnest($1::int2[],$2::text[],$3::text[],$4::text[],"
     "$5::text[],$6::int4[]) u(shard,tenant,workflow,event,id,day) group by 1, 2, 3, 4, 5 "
     "on conflict (shard, tenant, workflow, event, id) do update set day=greatest(s.day, "
     "excluded.day)"},
    {"lock",
     "insert into lock as l (shard, tenant, scope, key, ticket, saga, root, slots, held) select * "
     "from unnest($1::int2[],$2::text[],$3::text[],$4::text[],$5::int8[],$6::uuid[],$7::uuid[],"
     "$8::int4[],$9::bool[]) on conflict (shard, tenant, scope, key, ticket) do update set "
     "held=excluded.held"},
    {"remove_lock",
     "delete from lock l using unnest($1::int2[],$2::text[],$3::text[],$4::text[],$5::int8[]) "
     "u(shard,tenant,scope,key,ticket) where l.shard=u.shard and l.tenant=u.tenant and "
     "l.scope=u.scope and l.key=u.key and l.ticket=u.ticket"},
    {"progress",
     "update shard_progress p set published=u.published, checkpoint=u.checkpoint from "
     "unnest($1::int2[],$2::int8[],$3::int8[]) u(shard,published,checkpoint) "
     "where p.shard=u.shard"},
    {"commit", "commit"},
};

// Rows of a saga that is written twice in a batch become one, since an UPDATE that joins two rows
// to one takes either: the later state stands, an earlier snapshot is kept.
std::vector<engine::SagaRow> updates_of(const engine::ShardRows& rows) {
  std::vector<engine::SagaRow> updates;
  std::unordered_map<core::SagaId, std::size_t, core::SagaIdHash> places;
  for (const auto& row : rows.sagas) {
    if (row.insert) continue;
    const auto [place, fresh] = places.emplace(row.id, updates.size());
    if (fresh) {
      updates.push_back(row);
      continue;
    }
    auto& kept = updates[place->second];
    auto earlier = std::exchange(kept, row);
    if (kept.snapshot || !earlier.snapshot) continue;
    kept.snapshot = earlier.snapshot;
    kept.last_seq = earlier.last_seq;
  }
  return updates;
}

}  // namespace

void prepare_batch_statements(PgConnection& connection) {
  for (const auto& statement : statements) connection.prepare(statement.name, statement.sql);
}

RowArrays::RowArrays(const std::vector<engine::ShardRows>& batch)
    : fence_({int2, int8}),
      journal_({int2, int8, uuid, int8, int2, int2, bytea}),
      insert_saga_({int2, uuid, text, text, int4, text, bytea, int2, text, timestamptz, timestamptz,
                    int8, int8, bytea}),
      update_saga_({int2, uuid, int2, text, timestamptz, int8, bytea, int4}),
      identity_({int2, int4, text, text, text, uuid, bytea}),
      remove_attribute_({int2, text, text, text, uuid}),
      add_attribute_({int2, text, text, text, uuid}),
      remove_timer_({int2, timestamptz, uuid}),
      insert_timer_({int2, timestamptz, uuid}),
      dead_letter_({int2, int8, int2, text, text, text, bytea}),
      remove_letter_({int2, int8, int2}),
      settle_letter_({int2, int8, int2, text, text, text, text, text, text, timestamptz}),
      inbox_({int2, text, text, text, text, int8, timestamptz, bytea}),
      remove_inbox_({int2, text, text, text, text, int8}),
      source_({int2, text, int4, int8}),
      seen_({int2, text, text, text, text, int4}),
      lock_({int2, text, text, text, int8, uuid, uuid, int4, boolean}),
      remove_lock_({int2, text, text, text, int8}),
      progress_({int2, int8, int8}) {
  for (const auto& rows : batch) add(rows);
}

void RowArrays::add(const engine::ShardRows& rows) {
  ++shards_;
  fence_[0].add_int2(rows.shard);
  fence_[1].add_int8(rows.epoch);
  add_journal(rows);
  add_sagas(rows);
  add_small_rows(rows);
}

void RowArrays::add_journal(const engine::ShardRows& rows) {
  for (const auto& row : rows.journal) {
    journal_[0].add_int2(rows.shard);
    journal_[1].add_int8(row.seq);
    journal_[2].add(row.saga);
    journal_[3].add_int8(row.prev);
    journal_[4].add_int2(rows.generation);
    journal_[5].add_int2(record_format);
    append_record(journal_[6].begin_element(), row.record);
    journal_[6].end_element();
  }
}

void RowArrays::add_sagas(const engine::ShardRows& rows) {
  for (const auto& row : rows.sagas) {
    if (row.insert) insert_saga(rows.shard, row);
  }
  for (const auto& row : updates_of(rows)) update_saga(rows.shard, row);
}

void RowArrays::insert_saga(engine::ShardNumber shard, const engine::SagaRow& row) {
  const auto& head = *row.head;
  auto& to = insert_saga_;
  to[0].add_int2(shard);
  to[1].add(row.id);
  to[2].add(head.tenant);
  to[3].add(head.workflow);
  to[4].add_int4(head.version);
  to[5].add(head.identity);
  to[6].add(digest_bytes(head.fingerprint));
  to[7].add_int2(stored_state(row.state));
  to[8].add(head.status);
  to[9].add_int8(pg_time(head.created));
  to[10].add_time(head.ended);
  to[11].add_int8(row.first_seq);
  to[12].add_int8(row.snapshot ? row.last_seq : 0);
  if (row.snapshot) {
    to[13].add(encode_saga(*row.snapshot));
  } else {
    to[13].add_null();
  }
}

void RowArrays::update_saga(engine::ShardNumber shard, const engine::SagaRow& row) {
  auto& to = update_saga_;
  to[0].add_int2(shard);
  to[1].add(row.id);
  to[2].add_int2(stored_state(row.state));
  to[3].add(row.head->status);
  to[4].add_time(row.head->ended);
  to[7].add_int4(row.head->version);
  if (row.snapshot) {
    to[5].add_int8(row.last_seq);
    to[6].add(encode_saga(*row.snapshot));
  } else {
    to[5].add_null();
    to[6].add_null();
  }
}

void RowArrays::add_small_rows(const engine::ShardRows& rows) {
  for (const auto& row : rows.identities) {
    identity_[0].add_int2(rows.shard);
    identity_[1].add_int4(row.day);
    identity_[2].add(row.key.tenant);
    identity_[3].add(row.key.workflow);
    identity_[4].add(row.key.key);
    identity_[5].add(row.saga);
    identity_[6].add(digest_bytes(row.fingerprint));
  }
  const auto attribute = [&](Columns& to, const engine::AttributeRow& row) {
    to[0].add_int2(rows.shard);
    to[1].add(row.tenant);
    to[2].add(row.name);
    to[3].add(row.value);
    to[4].add(row.saga);
  };
  for (const auto& row : rows.attributes_removed) attribute(remove_attribute_, row);
  for (const auto& row : rows.attributes_added) attribute(add_attribute_, row);
  const auto timer = [&](Columns& to, core::Time due, const core::SagaId& saga) {
    if (due == core::Time{}) return;
    to[0].add_int2(rows.shard);
    to[1].add_time(due);
    to[2].add(saga);
  };
  for (const auto& row : rows.timers) {
    timer(remove_timer_, row.previous, row.saga);
    timer(insert_timer_, row.due, row.saga);
  }
  add_letters(rows);
  add_inbox(rows);
  add_locks(rows);
  if (!rows.progress) return;
  progress_[0].add_int2(rows.shard);
  progress_[1].add_int8(rows.progress->published);
  progress_[2].add_int8(rows.progress->checkpoint);
}

void RowArrays::add_letters(const engine::ShardRows& rows) {
  for (const auto& row : rows.dead_letters) {
    dead_letter_[0].add_int2(rows.shard);
    dead_letter_[1].add_int8(row.seq);
    dead_letter_[2].add_int2(row.n);
    dead_letter_[3].add(row.tenant);
    dead_letter_[4].add(row.workflow);
    dead_letter_[5].add(row.reason);
    dead_letter_[6].add(letter_text(row));
  }
  for (const auto& row : rows.letters_settled) {
    for (Columns* to : {&remove_letter_, &settle_letter_}) {
      (*to)[0].add_int2(rows.shard);
      (*to)[1].add_int8(row.name.seq);
      (*to)[2].add_int2(row.name.n);
    }
    settle_letter_[3].add(row.tenant);
    settle_letter_[4].add(row.workflow);
    settle_letter_[5].add(row.letter_reason);
    settle_letter_[6].add(row.verb);
    settle_letter_[7].add(row.author.by);
    settle_letter_[8].add(row.author.reason);
    settle_letter_[9].add_time(row.at);
  }
}

void RowArrays::add_head(Columns& to, engine::ShardNumber shard, const engine::InboxHead& head) {
  to[0].add_int2(shard);
  to[1].add(head.key.tenant);
  to[2].add(head.key.workflow);
  to[3].add(head.key.key);
  to[4].add(head.event);
  to[5].add_int8(head.seq);
}

void RowArrays::add_inbox(const engine::ShardRows& rows) {
  for (const auto& row : rows.inbox) {
    add_head(inbox_, rows.shard, row.head);
    inbox_[6].add_time(stored_expiry(row.head.expires));
    inbox_[7].add(inbox_text(row));
  }
  for (const auto& head : rows.inbox_removed) add_head(remove_inbox_, rows.shard, head);
  for (const auto& row : rows.sources) {
    source_[0].add_int2(rows.shard);
    source_[1].add(row.topic);
    source_[2].add_int4(row.part);
    source_[3].add_int8(row.next_offset);
  }
  for (const auto& row : rows.seen) {
    seen_[0].add_int2(rows.shard);
    seen_[1].add(row.tenant);
    seen_[2].add(row.workflow);
    seen_[3].add(row.event);
    seen_[4].add(row.id);
    seen_[5].add_int4(row.day);
  }
}

void RowArrays::add_locks(const engine::ShardRows& rows) {
  const auto place = [&](Columns& to, const engine::LockRow& row) {
    to[0].add_int2(rows.shard);
    to[1].add(row.tenant);
    to[2].add(row.scope);
    to[3].add(row.key);
    to[4].add_int8(row.ticket);
  };
  for (const auto& row : rows.locks) {
    place(lock_, row);
    lock_[5].add(row.saga);
    lock_[6].add(row.root);
    lock_[7].add_int4(row.slots);
    lock_[8].add_boolean(row.held);
  }
  for (const auto& row : rows.locks_removed) place(remove_lock_, row);
}

bool RowArrays::send_table(PgConnection& connection, const char* name, Columns& columns) {
  if (columns[0].empty()) return false;
  PgParameters parameters;
  for (auto& column : columns.list) parameters.array(column);
  connection.send_prepared(name, parameters);
  return true;
}

int RowArrays::send(PgConnection& connection) {
  connection.send_prepared("begin", {});
  PgParameters fence;
  fence.array(fence_[0]).array(fence_[1]).int8(shards_);
  connection.send_prepared("fence", fence);
  int sent = 2;
  const std::pair<const char*, Columns*> tables[] = {
      {"journal", &journal_},
      {"insert_saga", &insert_saga_},
      {"update_saga", &update_saga_},
      {"identity", &identity_},
      {"remove_attribute", &remove_attribute_},
      {"add_attribute", &add_attribute_},
      {"remove_timer", &remove_timer_},
      {"insert_timer", &insert_timer_},
      {"dead_letter", &dead_letter_},
      {"remove_letter", &remove_letter_},
      {"settle_letter", &settle_letter_},
      {"inbox", &inbox_},
      {"remove_inbox", &remove_inbox_},
      {"source", &source_},
      {"seen", &seen_},
      {"lock", &lock_},
      {"remove_lock", &remove_lock_},
      {"progress", &progress_},
  };
  for (const auto& [name, columns] : tables) sent += send_table(connection, name, *columns);
  connection.send_prepared("commit", {});
  return sent + 1;
}

}  // namespace sagaloom::store
