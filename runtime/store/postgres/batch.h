// A batch as the binary arrays of a few prepared statements.
//
// Lifecycle: a RowArrays is filled from one list of ShardRows and sent once; it holds the bytes.
#pragma once

#include <vector>

#include "runtime/engine/store.h"
#include "runtime/store/postgres/connection.h"

namespace sagaloom::store {

// Prepares on a new committer connection what `send` uses.
void prepare_batch_statements(PgConnection& connection);

class RowArrays {
 public:
  explicit RowArrays(const std::vector<engine::ShardRows>& batch);

  // Sends begin, the fence, one statement per table that has rows, and commit. Returns how many
  // statements these are; the connection is in pipeline mode.
  int send(PgConnection& connection);

 private:
  struct Columns {
    explicit Columns(std::initializer_list<PgType> types) : list(types.begin(), types.end()) {}
    PgArray& operator[](std::size_t index) { return list[index]; }
    std::vector<PgArray> list;
  };

  void add(const engine::ShardRows& rows);
  void add_journal(const engine::ShardRows& rows);
  void add_sagas(const engine::ShardRows& rows);
  void insert_saga(engine::ShardNumber shard, const engine::SagaRow& row);
  void update_saga(engine::ShardNumber shard, const engine::SagaRow& row);
  void add_small_rows(const engine::ShardRows& rows);
  void add_letters(const engine::ShardRows& rows);
  static void add_head(Columns& to, engine::ShardNumber shard, const engine::InboxHead& head);
  void add_inbox(const engine::ShardRows& rows);
  void add_locks(const engine::ShardRows& rows);
  static bool send_table(PgConnection& connection, const char* name, Columns& columns);

  std::int64_t shards_ = 0;
  Columns fence_, journal_, insert_saga_, update_saga_, identity_, remove_attribute_,
      add_attribute_, remove_timer_, insert_timer_, dead_letter_,
      remove_letter_, settle_letter_, inbox_, remove_inbox_, source_, seen_, lock_, remove_lock_, progress_;
};

}  // namespace sagaloom::store
