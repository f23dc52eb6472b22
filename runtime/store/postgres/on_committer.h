// The template member of PostgresJournal that its two sources share.
#pragma once

#include "runtime/store/postgres/postgres_journal.h"

namespace sagaloom::store {

template <typename Work>
auto PostgresJournal::on_committer(Work&& work) {
  auto& connection = committer();
  try {
    return work(connection);
  } catch (const PgFailure& failure) {
    server_.give_up(failure);
  }
}

}  // namespace sagaloom::store
