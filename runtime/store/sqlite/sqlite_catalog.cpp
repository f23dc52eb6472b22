#include "runtime/store/sqlite/sqlite_catalog.h"

#include "runtime/store/bytes.h"

namespace sagaloom::store {

bool SqliteCatalog::register_definition(const engine::StoredDefinition& definition) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    auto& connection = file_->writer->connection;
    Statement insert(connection,
                     "insert into definition (hash, name, version, text, operations) "
                     "values (?,?,?,?,?) on conflict do nothing");
    insert.bind_blob(digest_bytes(definition.hash)).bind(definition.name);
    insert.bind(definition.version).bind(definition.text).bind_blob(definition.operations).run();
    Statement read(connection, "select hash from definition where name = ? and version = ?");
    const bool found = read.bind(definition.name).bind(definition.version).step();
    return found && digest_text(read.blob(0)) == definition.hash;
  });
}

std::vector<engine::StoredDefinition> SqliteCatalog::definitions() {
  const std::lock_guard lock(file_->reader_mutex);
  return as_store_error([&] {
    Statement read(*file_->reader,
                   "select hash, name, text, version, operations from definition "
                   "order by name, version");
    std::vector<engine::StoredDefinition> list;
    while (read.step()) {
      list.push_back({digest_text(read.blob(0)), read.text(1), read.text(2),
                      static_cast<std::uint32_t>(read.integer(3)), std::string(read.blob(4))});
    }
    return list;
  });
}

engine::NodeLease SqliteCatalog::renew_lease(const std::string& url, core::Duration lease) {
  const std::lock_guard lock(file_->writer_mutex);
  return as_store_error([&] {
    auto& writer = *file_->writer;
    engine::NodeLease answer;
    answer.store_now = file_->now();
    writer.renew.start().bind(node_).bind(url).bind_time(answer.store_now + lease).run();
    writer.read_nodes.start();
    while (writer.read_nodes.step()) {
      const std::string id = writer.read_nodes.text(0);
      answer.nodes.push_back(
          {id, writer.read_nodes.text(1), writer.read_nodes.time(2) > answer.store_now});
      if (id == node_) answer.revision = writer.read_nodes.integer(3);
    }
    writer.read_nodes.start();
    return answer;
  });
}

}  // namespace sagaloom::store
