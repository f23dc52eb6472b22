// A transaction of several statements, other than a batch.
#pragma once

#include "runtime/store/postgres/connection.h"

namespace sagaloom::store {

// begin, work, commit; COMMIT's own tag is checked. Waits for locks at most a second. On failure
// rolls back and throws PgFailure; a lost answer to COMMIT is a failure with lost().
template <typename Work>
auto in_transaction(PgConnection& connection, Work&& work) {
  connection.run("begin; set local lock_timeout = '1s'");
  try {
    auto result = work();
    if (connection.query("commit").tag() != "COMMIT") {
      throw PgFailure("25P02", "", "the transaction was rolled back");
    }
    return result;
  } catch (const PgFailure& failure) {
    if (!failure.lost() && connection.transaction_status() != PQTRANS_IDLE) {
      connection.run("rollback");
    }
    throw;
  }
}

}  // namespace sagaloom::store
