#include "runtime/store/row_rules.h"

#include <cassert>

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

}  // namespace

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
