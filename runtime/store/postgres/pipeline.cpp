#include "runtime/store/postgres/pipeline.h"

#include <optional>

#include "runtime/store/postgres/batch.h"
#include "runtime/store/postgres/sqlstate.h"

namespace sagaloom::store {
namespace {

using engine::CommitOutcome;
using engine::CommitStatus;

// The answers up to the Sync: the first failure, and the tag of the last statement, COMMIT.
struct Answers {
  std::optional<PgFailure> failure;
  std::string commit_tag;
};

Answers read_answers(PgConnection& connection) {
  Answers answers;
  for (;;) {
    const PgResult result = connection.next();
    if (result.status() == PGRES_PIPELINE_SYNC) return answers;
    if (result.status() == PGRES_PIPELINE_ABORTED) continue;
    if (!result.failed()) {
      answers.commit_tag = result.tag();
      continue;
    }
    PgFailure failure = result.failure();
    if (failure.lost()) throw failure;
    if (!answers.failure) answers.failure = std::move(failure);
  }
}

}  // namespace

CommitOutcome send_batch(PgConnection& connection, const std::vector<engine::ShardRows>& shards) {
  RowArrays arrays(shards);
  connection.enter_pipeline();
  arrays.send(connection);
  connection.finish_pipeline();
  const Answers answers = read_answers(connection);
  connection.leave_pipeline();
  if (connection.transaction_status() != PQTRANS_IDLE) connection.run("rollback");
  if (answers.failure) {
    const auto& failure = *answers.failure;
    return {classify(failure.state(), failure.constraint()),
            failure.state() + " " + failure.what()};
  }
  if (answers.commit_tag == "COMMIT") return {};
  return {CommitStatus::not_written, "COMMIT answered " + answers.commit_tag};
}

}  // namespace sagaloom::store
