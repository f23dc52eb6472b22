#include "runtime/store/sqlite/batch.h"

#include "runtime/store/bytes.h"
#include "runtime/store/codec.h"
#include "runtime/store/mail_text.h"
#include "runtime/store/row_rules.h"

namespace sagaloom::store {
namespace {

using engine::ShardRows;

void write_journal(Statement& insert, const ShardRows& rows, std::string& text) {
  for (const auto& row : rows.journal) {
    text.clear();
    append_record(text, row.record);
    insert.start().bind(rows.shard).bind(row.seq).bind(row.saga).bind(row.prev);
    insert.bind(rows.generation).bind(record_format).bind_blob(text).run();
  }
}

void insert_saga(Statement& insert, engine::ShardNumber shard, const engine::SagaRow& row) {
  const auto& head = *row.head;
  insert.start().bind(shard).bind(row.id).bind(head.tenant).bind(head.workflow);
  insert.bind(head.version).bind(head.identity).bind_blob(digest_bytes(head.fingerprint));
  insert.bind(stored_state(row.state)).bind(head.status).bind_time(head.created);
  insert.bind_time(head.ended).bind(row.first_seq);
  if (row.snapshot) {
    insert.bind(row.last_seq).bind_blob(encode_saga(*row.snapshot));
  } else {
    insert.bind(0).bind_null();
  }
  insert.run();
}

void update_saga(Statement& update, engine::ShardNumber shard, const engine::SagaRow& row) {
  update.start().bind(stored_state(row.state)).bind(row.head->status).bind_time(row.head->ended);
  update.bind(row.head->version);
  if (row.snapshot) {
    update.bind(row.last_seq).bind_blob(encode_saga(*row.snapshot));
  } else {
    update.bind_null().bind_null();
  }
  update.bind(shard).bind(row.id).run();
}

void write_attributes(Statement& statement, engine::ShardNumber shard,
                      const std::vector<engine::AttributeRow>& rows) {
  for (const auto& row : rows) {
    statement.start().bind(shard).bind(row.tenant).bind(row.name).bind(row.value);
    statement.bind(row.saga).run();
  }
}

void write_timers(SqliteWriter& writer, const ShardRows& rows) {
  for (const auto& row : rows.timers) {
    if (row.previous != core::Time{}) {
      writer.remove_timer.start().bind(rows.shard).bind_time(row.previous).bind(row.saga).run();
    }
    if (row.due != core::Time{}) {
      writer.insert_timer.start().bind(rows.shard).bind_time(row.due).bind(row.saga).run();
    }
  }
}

void write_letters(SqliteWriter& writer, const ShardRows& rows) {
  for (const auto& row : rows.dead_letters) {
    writer.insert_dead_letter.start().bind(rows.shard).bind(row.seq).bind(row.n);
    writer.insert_dead_letter.bind(row.tenant).bind(row.workflow).bind(row.reason);
    writer.insert_dead_letter.bind_blob(letter_text(row)).run();
  }
  for (const auto& row : rows.letters_settled) {
    writer.remove_dead_letter.start().bind(rows.shard).bind(row.name.seq).bind(row.name.n).run();
    writer.settle_letter.start().bind(rows.shard).bind(row.name.seq).bind(row.name.n);
    writer.settle_letter.bind(row.tenant).bind(row.workflow).bind(row.letter_reason);
    writer.settle_letter.bind(row.verb).bind(row.author.by).bind(row.author.reason);
    writer.settle_letter.bind_time(row.at).run();
  }
}

Statement& bind_head(Statement& statement, engine::ShardNumber shard,
                     const engine::InboxHead& head) {
  statement.start().bind(shard).bind(head.key.tenant).bind(head.key.workflow);
  return statement.bind(head.key.key).bind(head.event).bind(head.seq);
}

void write_inbox(SqliteWriter& writer, const ShardRows& rows) {
  for (const auto& row : rows.inbox) {
    bind_head(writer.insert_inbox, rows.shard, row.head);
    writer.insert_inbox.bind(stored_expiry(row.head.expires).time_since_epoch().count());
    writer.insert_inbox.bind_blob(inbox_text(row)).run();
  }
  for (const auto& head : rows.inbox_removed) {
    bind_head(writer.remove_inbox, rows.shard, head).run();
  }
  for (const auto& row : rows.sources) {
    writer.raise_source.start().bind(rows.shard).bind(row.topic).bind(row.part);
    writer.raise_source.bind(row.next_offset).run();
  }
  for (const auto& row : rows.seen) {
    writer.insert_seen.start().bind(rows.shard).bind(row.tenant).bind(row.workflow);
    writer.insert_seen.bind(row.event).bind(row.id).bind(row.day).run();
  }
}

void write_locks(SqliteWriter& writer, const ShardRows& rows) {
  const auto place = [&](Statement& statement, const engine::LockRow& row) -> Statement& {
    statement.start().bind(rows.shard).bind(row.tenant).bind(row.scope);
    return statement.bind(row.key).bind(row.ticket);
  };
  for (const auto& row : rows.locks) {
    place(writer.put_lock, row).bind(row.saga).bind(row.root).bind(row.slots);
    writer.put_lock.bind(row.held ? 1 : 0).run();
  }
  for (const auto& row : rows.locks_removed) place(writer.remove_lock, row).run();
}

void write_small_rows(SqliteWriter& writer, const ShardRows& rows) {
  for (const auto& row : rows.identities) {
    writer.insert_identity.start().bind(rows.shard).bind(row.day).bind(row.key.tenant);
    writer.insert_identity.bind(row.key.workflow).bind(row.key.key).bind(row.saga);
    writer.insert_identity.bind_blob(digest_bytes(row.fingerprint)).run();
  }
  write_attributes(writer.remove_attribute, rows.shard, rows.attributes_removed);
  write_attributes(writer.add_attribute, rows.shard, rows.attributes_added);
  write_timers(writer, rows);
  write_letters(writer, rows);
  write_inbox(writer, rows);
  write_locks(writer, rows);
  if (rows.progress) {
    writer.update_progress.start().bind(rows.progress->published);
    writer.update_progress.bind(rows.progress->checkpoint).bind(rows.shard).run();
  }
}

}  // namespace

bool fence_holds(SqliteWriter& writer, const std::vector<ShardRows>& batch) {
  for (const auto& rows : batch) {
    const bool ours = writer.fence.start().bind(rows.shard).bind(rows.epoch).step();
    writer.fence.start();
    if (!ours) return false;
  }
  return true;
}

void write_batch(SqliteWriter& writer, const std::vector<ShardRows>& batch) {
  std::string text;
  for (const auto& rows : batch) {
    write_journal(writer.insert_journal, rows, text);
    for (const auto& row : rows.sagas) {
      if (row.insert) {
        insert_saga(writer.insert_saga, rows.shard, row);
      } else {
        update_saga(writer.update_saga, rows.shard, row);
      }
    }
    write_small_rows(writer, rows);
  }
}

}  // namespace sagaloom::store
