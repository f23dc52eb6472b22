#include "runtime/store/sqlite/sqlite_store.h"

#include "runtime/store/sqlite/sqlite_catalog.h"
#include "runtime/store/sqlite/sqlite_file.h"
#include "runtime/store/sqlite/sqlite_journal.h"
#include "runtime/store/sqlite/sqlite_lookup.h"

namespace sagaloom::store {

std::shared_ptr<SqliteFile> open_sqlite_file(SqliteOptions options) {
  return std::make_shared<SqliteFile>(std::move(options));
}

engine::Store open_sqlite(std::shared_ptr<SqliteFile> file, std::string node_id) {
  engine::Store store;
  if (!file->options.only_read) store.journal = std::make_unique<SqliteJournal>(file, node_id);
  store.catalog = std::make_unique<SqliteCatalog>(file, std::move(node_id));
  store.lookup = std::make_unique<SqliteLookup>(std::move(file));
  return store;
}

engine::Store open_sqlite(SqliteOptions options, std::string node_id) {
  return open_sqlite(open_sqlite_file(std::move(options)), std::move(node_id));
}

}  // namespace sagaloom::store
