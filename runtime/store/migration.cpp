#include "runtime/store/migration.h"

#include <algorithm>

#include "runtime/document/digest.h"
#include "runtime/store/open_error.h"

namespace sagaloom::store {
namespace {

const AppliedMigration* find(const std::vector<AppliedMigration>& applied, std::int32_t number) {
  const auto found = std::find_if(applied.begin(), applied.end(),
                                  [&](const auto& entry) { return entry.number == number; });
  return found == applied.end() ? nullptr : &*found;
}

void refuse_newer(std::span<const Migration> known, const std::vector<AppliedMigration>& applied) {
  const std::int32_t newest = known.empty() ? 0 : known.back().number;
  for (const auto& entry : applied) {
    if (entry.number <= newest) continue;
    throw OpenError("store.newer", "the database has migration " + std::to_string(entry.number) +
                                       ", this program knows " + std::to_string(newest) +
                                       "; start the newer program");
  }
}

}  // namespace

std::string checksum(const Migration& migration) {
  return document::hex(document::sha256(migration.sql));
}

std::vector<Migration> missing_migrations(std::span<const Migration> known,
                                          const std::vector<AppliedMigration>& applied) {
  refuse_newer(known, applied);
  std::vector<Migration> missing;
  for (const auto& migration : known) {
    const auto* entry = find(applied, migration.number);
    if (entry == nullptr) {
      missing.push_back(migration);
    } else if (entry->checksum != checksum(migration)) {
      throw OpenError("store.migration_edited",
                      "migration " + std::string(migration.name) +
                          " was edited after this database was made with it; restore the file and "
                          "put the change into a new migration");
    }
  }
  return missing;
}

}  // namespace sagaloom::store
