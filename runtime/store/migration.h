// The numbered SQL files of migrations/<dialect>, embedded when the program is built, and the
// decision which of them a database still lacks.
//
// Threads: constant data and pure functions. A store applies what is missing under a lock of its
// own and records number, name and SHA-256 in its table `migration`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sagaloom::store {

struct Migration {
  std::int32_t number = 0;
  std::string_view name;  // of the file: "0001_initial"
  std::string_view sql;
};

std::span<const Migration> postgres_migrations();
std::span<const Migration> sqlite_migrations();

struct AppliedMigration {
  std::int32_t number = 0;
  std::string checksum;  // 64 hex digits
};

std::string checksum(const Migration& migration);

// What `applied` lacks of `known`, in order. Throws OpenError: `store.newer` (the database was
// migrated by a newer program), `store.migration_edited` (an applied file is not what it was).
std::vector<Migration> missing_migrations(std::span<const Migration> known,
                                          const std::vector<AppliedMigration>& applied);

}  // namespace sagaloom::store
