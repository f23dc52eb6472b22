// What comes in from outside: the Journal's reads of it, its sweeps, and the lists of dead letters.
#include "runtime/store/mail_text.h"
#include "runtime/store/postgres/on_committer.h"
#include "runtime/store/postgres/postgres_lookup.h"
#include "runtime/store/row_rules.h"

namespace sagaloom::store {
namespace {

constexpr const char* letters_sql =
    "select shard, seq, n, tenant, workflow, reason, data from dead_letter where (shard, seq, n) > "
    "($1, $2, $3) and tenant = $4 and ($5 or workflow = $6) and ($7 or reason = $8) "
    "order by shard, seq, n limit $9";

constexpr const char* settled_sql =
    "select shard, seq, n, tenant, workflow, letter_reason, verb, author, reason, at from "
    "letter_settled where (shard, seq, n) > ($1, $2, $3) and tenant = $4 and ($5 or workflow = $6) "
    "and ($7 or letter_reason = $8) order by shard, seq, n limit $9";

// Of `select tenant, workflow, key, event, seq, expires`.
engine::InboxHead head_of(const PgResult& result, int row) {
  return {{result.text(row, 0), result.text(row, 1), result.text(row, 2)},
          result.text(row, 3),
          result.integer(row, 4),
          expiry_of(result.time(row, 5))};
}

// Of `select shard, seq, n, tenant, workflow, reason, data`.
engine::DeadLetter letter_of(const PgResult& result, int row) {
  const engine::DeadLetterName name{static_cast<engine::ShardNumber>(result.integer(row, 0)),
                                    result.integer(row, 1),
                                    static_cast<std::uint16_t>(result.integer(row, 2))};
  return store::dead_letter(name, result.text(row, 3), result.text(row, 4), result.text(row, 5),
                            result.bytes(row, 6));
}

// Of settled_sql.
engine::SettledLetter settled_of(const PgResult& result, int row) {
  return {{static_cast<engine::ShardNumber>(result.integer(row, 0)), result.integer(row, 1),
           static_cast<std::uint16_t>(result.integer(row, 2))},
          result.text(row, 3),
          result.text(row, 4),
          result.text(row, 5),
          result.text(row, 6),
          {result.text(row, 7), result.text(row, 8)},
          result.time(row, 9)};
}

// The nine parameters of letters_sql and settled_sql.
PgParameters page_parameters(const engine::DeadLetterFilter& filter, std::size_t limit) {
  const engine::DeadLetterName from = filter.after.value_or(engine::DeadLetterName{});
  PgParameters parameters;
  parameters.int2(filter.after ? from.shard : -1).int8(from.seq).int2(from.n);
  parameters.text(filter.tenant);
  parameters.boolean(!filter.workflow).text(filter.workflow.value_or(""));
  parameters.boolean(!filter.reason).text(filter.reason.value_or(""));
  parameters.int8(static_cast<std::int64_t>(limit + 1));
  return parameters;
}

struct KeyArrays {
  explicit KeyArrays(const std::vector<engine::IdentityKey>& keys) {
    for (const auto& key : keys) {
      if (holds_nul(key)) continue;  // never stored
      tenants.add(key.tenant);
      workflows.add(key.workflow);
      texts.add(key.key);
    }
  }
  PgArray tenants{PgType::text}, workflows{PgType::text}, texts{PgType::text};
};

}  // namespace

std::vector<engine::InboxHead> PostgresJournal::read_inbox_heads(
    engine::ShardNumber shard, const std::optional<engine::InboxHead>& after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    const engine::InboxHead first;
    const engine::InboxHead& from = after ? *after : first;
    PgParameters parameters;
    parameters.int2(shard).text(from.key.tenant).text(from.key.workflow).text(from.key.key);
    parameters.text(from.event).int8(from.seq).int8(static_cast<std::int64_t>(limit));
    const auto result = connection.query(
        "select tenant, workflow, key, event, seq, expires from inbox where shard = $1 and "
        "(tenant, workflow, key, event, seq) > ($2, $3, $4, $5, $6) "
        "order by tenant, workflow, key, event, seq limit $7",
        parameters);
    std::vector<engine::InboxHead> heads;
    for (int row = 0; row < result.rows(); ++row) heads.push_back(head_of(result, row));
    return heads;
  });
}

std::vector<engine::InboxRow> PostgresJournal::read_inbox(
    engine::ShardNumber shard, const std::vector<engine::IdentityKey>& keys) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    KeyArrays arrays(keys);
    PgParameters parameters;
    parameters.int2(shard).array(arrays.tenants).array(arrays.workflows).array(arrays.texts);
    const auto result = connection.query(
        "select i.tenant, i.workflow, i.key, i.event, i.seq, i.expires, i.data from "
        "unnest($2::text[], $3::text[], $4::text[]) u(tenant, workflow, key) join inbox i on "
        "i.shard = $1 and i.tenant = u.tenant and i.workflow = u.workflow and i.key = u.key",
        parameters);
    std::vector<engine::InboxRow> rows;
    for (int row = 0; row < result.rows(); ++row) {
      rows.push_back(inbox_row(head_of(result, row), result.bytes(row, 6)));
    }
    return rows;
  });
}

std::vector<engine::SourceRow> PostgresJournal::read_sources(engine::ShardNumber shard) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    const auto result = connection.query(
        "select topic, part, next_offset from source where shard = $1", PgParameters().int2(shard));
    std::vector<engine::SourceRow> rows;
    for (int row = 0; row < result.rows(); ++row) {
      rows.push_back({result.text(row, 0), static_cast<std::int32_t>(result.integer(row, 1)),
                      result.integer(row, 2)});
    }
    return rows;
  });
}

std::vector<engine::LockRow> PostgresJournal::read_locks(engine::ShardNumber shard) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    const auto result = connection.query(
        "select tenant, scope, key, ticket, saga, root, slots, held from lock where shard = $1",
        PgParameters().int2(shard));
    std::vector<engine::LockRow> rows;
    for (int row = 0; row < result.rows(); ++row) {
      rows.push_back({result.text(row, 0), result.text(row, 1), result.text(row, 2),
                      result.integer(row, 3), result.uuid(row, 4), result.uuid(row, 5),
                      static_cast<std::uint32_t>(result.integer(row, 6)), result.boolean(row, 7)});
    }
    return rows;
  });
}

std::vector<engine::SeenRow> PostgresJournal::find_seen(engine::ShardNumber shard, std::int32_t day,
                                                        const std::vector<engine::SeenRow>& asked) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    PgArray tenants(PgType::text), workflows(PgType::text), events(PgType::text);
    PgArray ids(PgType::text);
    for (const auto& name : asked) {
      const engine::IdentityKey texts{name.tenant, name.workflow, name.event};
      if (holds_nul(texts) || holds_nul(name.id)) continue;
      tenants.add(name.tenant);
      workflows.add(name.workflow);
      events.add(name.event);
      ids.add(name.id);
    }
    PgParameters parameters;
    parameters.int2(shard).int4(day).array(tenants).array(workflows).array(events).array(ids);
    const auto result = connection.query(
        "select s.tenant, s.workflow, s.event, s.id, s.day from unnest($3::text[], $4::text[], "
        "$5::text[], $6::text[]) u(tenant, workflow, event, id) join seen s on s.shard = $1 and "
        "s.tenant = u.tenant and s.workflow = u.workflow and s.event = u.event and s.id = u.id "
        "where s.day >= $2",
        parameters);
    std::vector<engine::SeenRow> found;
    for (int row = 0; row < result.rows(); ++row) {
      found.push_back({result.text(row, 0), result.text(row, 1), result.text(row, 2),
                       result.text(row, 3), static_cast<std::int32_t>(result.integer(row, 4))});
    }
    return found;
  });
}

std::size_t PostgresJournal::sweep_seen(engine::ShardNumber shard, std::int32_t day,
                                        std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    PgParameters parameters;
    parameters.int2(shard).int4(day).int8(static_cast<std::int64_t>(limit));
    const auto result = connection.query(
        "with removed as (delete from seen where (shard, tenant, workflow, event, id) in (select "
        "shard, tenant, workflow, event, id from seen where shard = $1 and day < $2 order by day "
        "limit $3) returning 1) select count(*) from removed",
        parameters);
    return static_cast<std::size_t>(result.integer(0, 0));
  });
}

std::size_t PostgresJournal::sweep_dead_letters(engine::ShardNumber shard, std::size_t keep,
                                                std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return on_committer([&](PgConnection& connection) {
    PgParameters parameters;
    parameters.int2(shard).int8(static_cast<std::int64_t>(keep));
    parameters.int8(static_cast<std::int64_t>(limit));
    const auto result = connection.query(
        "with removed as (delete from dead_letter where (shard, seq, n) in (select shard, seq, n "
        "from (select shard, seq, n, row_number() over (partition by workflow order by seq desc, "
        "n desc) as place from dead_letter where shard = $1 and workflow <> '') q where place > $2 "
        "order by seq, n limit $3) returning 1), forgotten as (delete from letter_settled where "
        "(shard, seq, n) in (select shard, seq, n from (select shard, seq, n, row_number() over "
        "(partition by workflow order by seq desc, n desc) as place from letter_settled where "
        "shard = $1) q where place > $2 order by seq, n limit $3) returning 1) select (select "
        "count(*) from removed) + (select count(*) from forgotten)",
        parameters);
    return static_cast<std::size_t>(result.integer(0, 0));
  });
}

engine::DeadLetterPage PostgresLookup::dead_letters(const engine::DeadLetterFilter& filter) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) {
    const std::size_t limit = letter_limit(filter);
    const auto result = connection.query(letters_sql, page_parameters(filter, limit));
    std::vector<engine::DeadLetter> found;
    for (int row = 0; row < result.rows(); ++row) found.push_back(letter_of(result, row));
    return letter_page(std::move(found), limit);
  });
}

engine::SettledPage PostgresLookup::settled_letters(const engine::DeadLetterFilter& filter) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) {
    const std::size_t limit = letter_limit(filter);
    const auto result = connection.query(settled_sql, page_parameters(filter, limit));
    std::vector<engine::SettledLetter> found;
    for (int row = 0; row < result.rows(); ++row) found.push_back(settled_of(result, row));
    return settled_page(std::move(found), limit);
  });
}

std::optional<engine::DeadLetter> PostgresLookup::dead_letter(const engine::DeadLetterName& name) {
  const std::lock_guard lock(mutex_);
  return server_.use([&](PgConnection& connection) -> std::optional<engine::DeadLetter> {
    const auto result = connection.query(
        "select shard, seq, n, tenant, workflow, reason, data from dead_letter where shard = $1 "
        "and seq = $2 and n = $3",
        PgParameters().int2(name.shard).int8(name.seq).int2(name.n));
    if (result.rows() == 0) return std::nullopt;
    return letter_of(result, 0);
  });
}

}  // namespace sagaloom::store
