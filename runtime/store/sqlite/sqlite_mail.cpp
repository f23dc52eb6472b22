// What comes in from outside: the Journal's reads of it, and the lists of dead letters.
#include "runtime/store/mail_text.h"
#include "runtime/store/sqlite/sqlite_journal.h"
#include "runtime/store/sqlite/sqlite_lookup.h"

namespace sagaloom::store {
namespace {

// Of `select tenant, workflow, key, event, seq, expires`.
engine::InboxHead head_of(const Statement& row) {
  return {
      {row.text(0), row.text(1), row.text(2)}, row.text(3), row.integer(4), expiry_of(row.time(5))};
}

// Of `select shard, seq, n, tenant, workflow, reason, data`.
engine::DeadLetter letter_of(const Statement& row) {
  const engine::DeadLetterName name{static_cast<engine::ShardNumber>(row.integer(0)),
                                    row.integer(1), static_cast<std::uint16_t>(row.integer(2))};
  return store::dead_letter(name, row.text(3), row.text(4), row.text(5), row.blob(6));
}

// Of `select shard, seq, n, tenant, workflow, letter_reason, verb, author, reason, at`.
engine::SettledLetter settled_of(const Statement& row) {
  return {{static_cast<engine::ShardNumber>(row.integer(0)), row.integer(1),
           static_cast<std::uint16_t>(row.integer(2))},
          row.text(3),
          row.text(4),
          row.text(5),
          row.text(6),
          {row.text(7), row.text(8)},
          row.time(9)};
}

// The seven parameters of a page of letters, or of those that are gone.
void bind_page(Statement& read, const engine::DeadLetterFilter& filter, std::size_t limit) {
  if (filter.after) {
    read.bind(filter.after->shard).bind(filter.after->seq).bind(filter.after->n);
  } else {
    read.bind(-1).bind(0).bind(0);
  }
  read.bind(filter.tenant);
  filter.workflow ? read.bind(*filter.workflow) : read.bind_null();
  filter.reason ? read.bind(*filter.reason) : read.bind_null();
  read.bind(static_cast<std::int64_t>(limit + 1));
}

}  // namespace

std::vector<engine::InboxHead> SqliteJournal::read_inbox_heads(
    engine::ShardNumber shard, const std::optional<engine::InboxHead>& after, std::size_t limit) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select tenant, workflow, key, event, seq, expires from inbox where shard = ? "
                   "and (tenant, workflow, key, event, seq) > (?, ?, ?, ?, ?) "
                   "order by tenant, workflow, key, event, seq limit ?");
    const engine::InboxHead first;
    const engine::InboxHead& from = after ? *after : first;
    read.bind(shard).bind(from.key.tenant).bind(from.key.workflow).bind(from.key.key);
    read.bind(from.event).bind(from.seq).bind(static_cast<std::int64_t>(limit));
    std::vector<engine::InboxHead> heads;
    while (read.step()) heads.push_back(head_of(read));
    return heads;
  });
}

std::vector<engine::InboxRow> SqliteJournal::read_inbox(
    engine::ShardNumber shard, const std::vector<engine::IdentityKey>& keys) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select tenant, workflow, key, event, seq, expires, data from inbox where "
                   "shard = ? and tenant = ? and workflow = ? and key = ?");
    std::vector<engine::InboxRow> rows;
    for (const auto& key : keys) {
      read.start().bind(shard).bind(key.tenant).bind(key.workflow).bind(key.key);
      while (read.step()) rows.push_back(inbox_row(head_of(read), read.blob(6)));
    }
    return rows;
  });
}

std::vector<engine::SourceRow> SqliteJournal::read_sources(engine::ShardNumber shard) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select topic, part, next_offset from source where shard = ?");
    read.bind(shard);
    std::vector<engine::SourceRow> rows;
    while (read.step()) {
      rows.push_back({read.text(0), static_cast<std::int32_t>(read.integer(1)), read.integer(2)});
    }
    return rows;
  });
}

std::vector<engine::LockRow> SqliteJournal::read_locks(engine::ShardNumber shard) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select tenant, scope, key, ticket, saga, root, slots, held from lock where "
                   "shard = ?");
    read.bind(shard);
    std::vector<engine::LockRow> rows;
    while (read.step()) {
      rows.push_back({read.text(0), read.text(1), read.text(2), read.integer(3), read.id(4),
                      read.id(5), static_cast<std::uint32_t>(read.integer(6)),
                      read.integer(7) != 0});
    }
    return rows;
  });
}

std::vector<engine::SeenRow> SqliteJournal::find_seen(engine::ShardNumber shard, std::int32_t day,
                                                      const std::vector<engine::SeenRow>& asked) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    Statement read(file_->writer->connection,
                   "select day from seen where shard = ? and tenant = ? and workflow = ? and "
                   "event = ? and id = ? and day >= ?");
    std::vector<engine::SeenRow> found;
    for (const auto& name : asked) {
      read.start().bind(shard).bind(name.tenant).bind(name.workflow).bind(name.event);
      if (!read.bind(name.id).bind(day).step()) continue;
      found.push_back(name);
      found.back().day = static_cast<std::int32_t>(read.integer(0));
    }
    return found;
  });
}

engine::DeadLetterPage SqliteLookup::dead_letters(const engine::DeadLetterFilter& filter) {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&] {
    const std::size_t limit = letter_limit(filter);
    Statement read(*file_->reader,
                   "select shard, seq, n, tenant, workflow, reason, data from dead_letter where "
                   "(shard, seq, n) > (?, ?, ?) and tenant = ? and (?5 is null or workflow = ?5) "
                   "and (?6 is null or reason = ?6) order by shard, seq, n limit ?7");
    bind_page(read, filter, limit);
    std::vector<engine::DeadLetter> found;
    while (read.step()) found.push_back(letter_of(read));
    return letter_page(std::move(found), limit);
  });
}

engine::SettledPage SqliteLookup::settled_letters(const engine::DeadLetterFilter& filter) {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&] {
    const std::size_t limit = letter_limit(filter);
    Statement read(
        *file_->reader,
        "select shard, seq, n, tenant, workflow, letter_reason, verb, author, reason, at "
        "from letter_settled where (shard, seq, n) > (?, ?, ?) and tenant = ? and (?5 is "
        "null or workflow = ?5) and (?6 is null or letter_reason = ?6) "
        "order by shard, seq, n limit ?7");
    bind_page(read, filter, limit);
    std::vector<engine::SettledLetter> found;
    while (read.step()) found.push_back(settled_of(read));
    return settled_page(std::move(found), limit);
  });
}

std::optional<engine::DeadLetter> SqliteLookup::dead_letter(const engine::DeadLetterName& name) {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&]() -> std::optional<engine::DeadLetter> {
    Statement read(*file_->reader,
                   "select shard, seq, n, tenant, workflow, reason, data from dead_letter where "
                   "shard = ? and seq = ? and n = ?");
    if (!read.bind(name.shard).bind(name.seq).bind(name.n).step()) return std::nullopt;
    return letter_of(read);
  });
}

}  // namespace sagaloom::store
