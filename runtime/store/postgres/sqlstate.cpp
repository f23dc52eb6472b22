#include "runtime/store/postgres/sqlstate.h"

namespace sagaloom::store {

engine::CommitStatus classify(std::string_view sqlstate, std::string_view constraint) {
  using engine::CommitStatus;
  const auto sqlclass = sqlstate.substr(0, 2);
  if (sqlstate.empty() || sqlclass == "08" || sqlstate.starts_with("57P0")) {
    return CommitStatus::unknown;
  }
  if (sqlstate == "22012") return CommitStatus::fenced;
  if (sqlstate == "23505" && constraint == "journal_pkey") return CommitStatus::fenced;
  if (sqlclass == "22" || sqlclass == "23" || sqlclass == "54") return CommitStatus::refused;
  return CommitStatus::not_written;
}

}  // namespace sagaloom::store
