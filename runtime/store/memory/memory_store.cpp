#include "runtime/store/memory/memory_store.h"

#include <algorithm>

#include "runtime/store/codec.h"
#include "runtime/store/listing.h"
#include "runtime/store/mail_text.h"
#include "runtime/store/memory/memory_database.h"
#include "runtime/store/memory/memory_journal.h"
#include "runtime/store/replay.h"

namespace sagaloom::store {
namespace {

class MemoryCatalog final : public engine::Catalog {
 public:
  MemoryCatalog(std::shared_ptr<MemoryDatabase> database, std::string node)
      : database_(std::move(database)), node_(std::move(node)) {}

  engine::StoreIdentity identity() override {
    return {database_->options.store_id, database_->options.shards};
  }

  bool register_definition(const engine::StoredDefinition& definition) override {
    const std::lock_guard lock(database_->mutex);
    for (const auto& stored : database_->definitions) {
      if (stored.name == definition.name && stored.version == definition.version) {
        return stored.hash == definition.hash;
      }
    }
    database_->definitions.push_back(definition);
    return true;
  }

  std::vector<engine::StoredDefinition> definitions() override {
    const std::lock_guard lock(database_->mutex);
    return database_->definitions;
  }

  engine::NodeLease renew_lease(const std::string& url, core::Duration lease) override {
    const std::lock_guard lock(database_->mutex);
    const core::Time now = database_->now();
    database_->nodes[node_] = {url, now + lease};
    engine::NodeLease answer;
    answer.store_now = now;
    answer.revision = static_cast<std::int64_t>(database_->definitions.size());
    for (const auto& [id, node] : database_->nodes) {
      answer.nodes.push_back({id, node.url, node.lease_until > now});
    }
    return answer;
  }

 private:
  std::shared_ptr<MemoryDatabase> database_;
  std::string node_;
};

engine::SagaSummary summary(const core::SagaId& id, const MemorySaga& saga) {
  const auto& head = *saga.head;
  return {id,          head.tenant,  head.workflow, head.identity, saga.state,
          head.status, head.version, head.created,  head.ended};
}

bool has_attribute(const MemoryShard& shard, const core::SagaId& id,
                   const engine::SagaFilter& filter) {
  return shard.attributes.contains(
      {filter.tenant, filter.attribute->first, filter.attribute->second, id});
}

bool fits(const MemoryShard& shard, const core::SagaId& id, const MemorySaga& saga,
          const engine::SagaFilter& filter) {
  return matches(summary(id, saga), saga.live, filter) &&
         (!filter.attribute || has_attribute(shard, id, filter));
}

class MemoryLookup final : public engine::Lookup {
 public:
  explicit MemoryLookup(std::shared_ptr<MemoryDatabase> database)
      : database_(std::move(database)) {}

  std::optional<core::Saga> get(const core::SagaId& id) override {
    const std::lock_guard lock(database_->mutex);
    const MemorySaga* found = find_locked(id);
    if (found == nullptr) return std::nullopt;
    std::optional<core::Saga> snapshot;
    if (found->snapshot) snapshot = *found->snapshot;
    std::vector<engine::StoredRecord> records;
    for (const auto* row : walk_locked(id, found->last_seq, found->snap_seq)) {
      records.push_back(*row);
    }
    return replay(id, std::move(snapshot), found->snap_seq, records);
  }

  std::optional<engine::StoredRow> row(const core::SagaId& id) override {
    const std::lock_guard lock(database_->mutex);
    const MemorySaga* found = find_locked(id);
    if (found == nullptr) return std::nullopt;
    engine::StoredRow row{summary(id, *found), found->first_seq, found->snap_seq, {}};
    if (found->snapshot) row.snapshot = *found->snapshot;
    return row;
  }

  std::optional<engine::IdentityRow> find_identity(engine::ShardNumber shard,
                                                   const engine::IdentityKey& key) override {
    const std::lock_guard lock(database_->mutex);
    const auto& identities = database_->shards.at(shard).identities;
    const auto days = identities.find(key);
    if (days == identities.end() || days->second.empty()) return std::nullopt;
    return days->second.rbegin()->second;
  }

  engine::SagaPage list(const engine::SagaFilter& filter) override;

  std::vector<engine::StoredRecord> history(const core::SagaId& id, engine::Seq after,
                                            std::size_t limit) override {
    const std::lock_guard lock(database_->mutex);
    std::vector<engine::StoredRecord> rows;
    const MemorySaga* found = find_locked(id);
    if (found == nullptr) return rows;
    for (const auto* row : walk_locked(id, found->last_seq, after)) {
      if (rows.size() == limit) break;
      rows.push_back(*row);
    }
    return rows;
  }

  std::vector<std::pair<engine::ShardNumber, engine::StoredRecord>> events(
      const std::vector<engine::EventPosition>& after, std::size_t limit) override;
  engine::DeadLetterPage dead_letters(const engine::DeadLetterFilter& filter) override;
  std::optional<engine::DeadLetter> dead_letter(const engine::DeadLetterName& name) override;
  engine::SettledPage settled_letters(const engine::DeadLetterFilter& filter) override;

 private:
  const MemorySaga* find_locked(const core::SagaId& id) const {
    if (id.shard() >= database_->shards.size()) return nullptr;
    const auto& sagas = database_->shards[id.shard()].sagas;
    const auto found = sagas.find(id);
    return found == sagas.end() ? nullptr : &found->second;
  }

  // The saga's rows above `after`, oldest first, by way of `prev`.
  std::vector<const engine::StoredRecord*> walk_locked(const core::SagaId& id, engine::Seq last,
                                                       engine::Seq after) const {
    const auto& journal = database_->shards[id.shard()].journal;
    std::vector<const engine::StoredRecord*> rows;
    for (auto seq = last; seq > after;) {
      const auto row = journal.find(seq);
      if (row == journal.end()) break;  // trimmed
      rows.push_back(&row->second);
      seq = row->second.prev;
    }
    std::reverse(rows.begin(), rows.end());
    return rows;
  }

  std::shared_ptr<MemoryDatabase> database_;
};

engine::SagaPage MemoryLookup::list(const engine::SagaFilter& filter) {
  const std::lock_guard lock(database_->mutex);
  using Newest = std::map<core::SagaId, std::pair<const MemoryShard*, const MemorySaga*>,
                          std::greater<core::SagaId>>;
  Newest newest;
  for (const auto& shard : database_->shards) {
    for (const auto& [id, saga] : shard.sagas) {
      if (!filter.before || id < *filter.before) newest.emplace(id, std::pair{&shard, &saga});
    }
  }
  engine::SagaPage page;
  const std::size_t limit = page_limit(filter);
  std::size_t read = 0;
  std::optional<core::SagaId> last;
  for (const auto& [id, row] : newest) {
    if (read++ == most_rows_read || page.items.size() == limit) {
      page.next = last;
      break;
    }
    last = id;
    if (fits(*row.first, id, *row.second, filter)) page.items.push_back(summary(id, *row.second));
  }
  return page;
}

engine::DeadLetter letter_of(engine::ShardNumber shard, const engine::DeadLetterRow& row) {
  return store::dead_letter({shard, row.seq, row.n}, row.tenant, row.workflow, row.reason,
                            letter_text(row));
}

bool is_after(engine::ShardNumber shard, const engine::DeadLetterRow& row,
              const std::optional<engine::DeadLetterName>& after) {
  return !after ||
         std::tuple(shard, row.seq, row.n) > std::tuple(after->shard, after->seq, after->n);
}

engine::DeadLetterPage MemoryLookup::dead_letters(const engine::DeadLetterFilter& filter) {
  const std::lock_guard lock(database_->mutex);
  const std::size_t limit = letter_limit(filter);
  std::vector<engine::DeadLetter> found;
  for (std::size_t i = 0; i < database_->shards.size(); ++i) {
    const auto shard = static_cast<engine::ShardNumber>(i);
    for (const auto& row : database_->shards[i].dead_letters) {
      if (found.size() > limit) break;
      const bool fits = is_after(shard, row, filter.after) && row.tenant == filter.tenant &&
                        row.workflow == filter.workflow.value_or(row.workflow) &&
                        row.reason == filter.reason.value_or(row.reason);
      if (fits) found.push_back(letter_of(shard, row));
    }
  }
  return letter_page(std::move(found), limit);
}

std::optional<engine::DeadLetter> MemoryLookup::dead_letter(const engine::DeadLetterName& name) {
  const std::lock_guard lock(database_->mutex);
  if (name.shard >= database_->shards.size()) return std::nullopt;
  for (const auto& row : database_->shards[name.shard].dead_letters) {
    if (row.seq == name.seq && row.n == name.n) return letter_of(name.shard, row);
  }
  return std::nullopt;
}

engine::SettledPage MemoryLookup::settled_letters(const engine::DeadLetterFilter& filter) {
  const std::lock_guard lock(database_->mutex);
  const std::size_t limit = letter_limit(filter);
  std::vector<engine::SettledLetter> found;
  for (const auto& shard : database_->shards) {
    for (const auto& [name, row] : shard.settled) {
      if (found.size() > limit) break;
      const bool fits = (!filter.after || name > *filter.after) && row.tenant == filter.tenant &&
                        row.workflow == filter.workflow.value_or(row.workflow) &&
                        row.letter_reason == filter.reason.value_or(row.letter_reason);
      if (fits) found.push_back(row);
    }
  }
  return settled_page(std::move(found), limit);
}

std::vector<std::pair<engine::ShardNumber, engine::StoredRecord>> MemoryLookup::events(
    const std::vector<engine::EventPosition>& after, std::size_t limit) {
  const std::lock_guard lock(database_->mutex);
  std::vector<std::pair<engine::ShardNumber, engine::StoredRecord>> found;
  if (after.empty()) return found;
  const std::size_t share = std::max<std::size_t>(1, limit / after.size());
  for (const auto& position : after) {
    const auto& journal = database_->shards.at(position.shard).journal;
    std::size_t taken = 0;
    for (auto row = journal.upper_bound(position.seq);
         row != journal.end() && taken < share && found.size() < limit; ++row) {
      if (!publishable(row->second.record)) continue;
      found.emplace_back(position.shard, row->second);
      ++taken;
    }
  }
  return found;
}

}  // namespace

std::shared_ptr<MemoryDatabase> make_memory_database(MemoryOptions options) {
  return std::make_shared<MemoryDatabase>(std::move(options));
}

engine::Store open_memory(std::shared_ptr<MemoryDatabase> database, std::string node_id) {
  {
    const std::lock_guard lock(database->mutex);
    database->migrate_locked();
  }
  engine::Store store;
  store.journal = std::make_unique<MemoryJournal>(database, node_id);
  store.catalog = std::make_unique<MemoryCatalog>(database, node_id);
  store.lookup = std::make_unique<MemoryLookup>(std::move(database));
  return store;
}

std::vector<engine::StoredRecord> journal_of(const MemoryDatabase& database,
                                             engine::ShardNumber shard) {
  const std::lock_guard lock(database.mutex);
  std::vector<engine::StoredRecord> rows;
  for (const auto& [seq, row] : database.shards.at(shard).journal) rows.push_back(row);
  return rows;
}

std::vector<engine::DeadLetterRow> dead_letters_of(const MemoryDatabase& database,
                                                   engine::ShardNumber shard) {
  const std::lock_guard lock(database.mutex);
  return database.shards.at(shard).dead_letters;
}

}  // namespace sagaloom::store
