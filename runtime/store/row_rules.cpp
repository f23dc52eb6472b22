#include "runtime/store/row_rules.h"

#include <algorithm>
#include <cassert>
#include <initializer_list>

#include "runtime/store/codec.h"

namespace sagaloom::store {
namespace {

bool holds_more_than_progress(const engine::ShardRows& rows) {
  return !(rows.sagas.empty() && rows.identities.empty() && rows.attributes_added.empty() &&
           rows.attributes_removed.empty() && rows.timers.empty() && rows.dead_letters.empty() &&
           rows.inbox.empty() && rows.inbox_removed.empty() && rows.sources.empty() &&
           rows.seen.empty() && rows.locks.empty() && rows.locks_removed.empty() &&
           rows.letters_settled.empty());
}

bool any_nul(std::initializer_list<std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(), [](std::string_view t) { return holds_nul(t); });
}

const char* table_with_nul(const engine::ShardRows& rows) {
  const auto any = [](const auto& list, auto&& holds) {
    return std::any_of(list.begin(), list.end(), holds);
  };
  const auto attribute = [](const engine::AttributeRow& row) {
    return any_nul({row.tenant, row.name, row.value});
  };
  const auto head = [](const engine::InboxHead& h) {
    return holds_nul(h.key) || holds_nul(h.event);
  };
  const auto lock = [](const engine::LockRow& row) {
    return any_nul({row.tenant, row.scope, row.key});
  };
  if (any(rows.sagas, [](const engine::SagaRow& row) {
        return any_nul({row.head->tenant, row.head->identity, row.head->status});
      })) {
    return "saga";
  }
  if (any(rows.identities, [](const auto& row) { return holds_nul(row.key); })) return "identity";
  if (any(rows.attributes_added, attribute)) return "attribute";
  if (any(rows.inbox, [&](const auto& row) { return head(row.head); })) return "inbox";
  if (any(rows.seen,
          [](const auto& row) { return any_nul({row.tenant, row.workflow, row.event, row.id}); })) {
    return "seen";
  }
  if (any(rows.locks, lock)) return "lock";
  if (any(rows.dead_letters,
          [](const auto& row) { return any_nul({row.tenant, row.workflow, row.reason}); })) {
    return "dead_letter";
  }
  const bool settled = any(rows.letters_settled, [](const auto& row) {
    return any_nul({row.letter_reason, row.author.by, row.author.reason});
  });
  return settled ? "letter_settled" : nullptr;
}

}  // namespace

bool holds_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

bool holds_nul(const engine::IdentityKey& key) {
  return any_nul({key.tenant, key.workflow, key.key});
}

bool holds_nul(const engine::SagaFilter& filter) {
  if (holds_nul(filter.tenant) || holds_nul(filter.workflow.value_or(""))) return true;
  return filter.attribute && any_nul({filter.attribute->first, filter.attribute->second});
}

std::optional<std::string> unstorable(const std::vector<engine::ShardRows>& batch) {
  for (const auto& rows : batch) {
    if (const char* table = table_with_nul(rows)) {
      return std::string("a text of a row of ") + table + " holds U+0000";
    }
  }
  return std::nullopt;
}

void assert_well_formed(const std::vector<engine::ShardRows>& batch) {
  for (const auto& rows : batch) {
    assert(!rows.journal.empty() || !holds_more_than_progress(rows));
    engine::Seq last = 0;
    for (const auto& row : rows.journal) {
      assert(row.seq > last);
      last = row.seq;
    }
  }
}

std::int16_t stored_state(std::string_view state) {
  const std::int16_t number = state_number(state);
  assert(number >= 0);
  return number;
}

}  // namespace sagaloom::store
