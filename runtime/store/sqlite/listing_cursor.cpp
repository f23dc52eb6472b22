#include "runtime/store/sqlite/listing_cursor.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "runtime/store/codec.h"
#include "runtime/store/listing.h"

namespace sagaloom::store {
namespace {

constexpr std::string_view columns =
    "select s.id, s.tenant, s.workflow, s.identity, s.state, s.status, s.version, s.created, "
    "s.ended from ";

core::SagaId above_all() {
  core::SagaId id;
  id.bytes.fill(0xff);
  return id;
}

// The newest sagas of one shard below the cursor, found by the filter's best index.
class ShardCursor {
 public:
  ShardCursor(Connection& connection, std::uint16_t shard, const engine::SagaFilter& filter)
      : rows_(connection, sql(filter)) {
    const core::SagaId before = filter.before.value_or(above_all());
    rows_.bind(shard);
    if (filter.attribute) {
      rows_.bind(filter.tenant).bind(filter.attribute->first).bind(filter.attribute->second);
    } else if (filter.workflow && filter.live != true) {
      rows_.bind(*filter.workflow);
    }
    rows_.bind(before);
    advance();
  }

  bool at_end() const { return at_end_; }
  const core::SagaId& id() const { return id_; }
  bool live() const { return rows_.is_null(8); }

  engine::SagaSummary summary() const {
    const auto state = static_cast<std::int16_t>(rows_.integer(4));
    return {id_,
            rows_.text(1),
            rows_.text(2),
            rows_.text(3),
            std::string(state_text(state)),
            rows_.text(5),
            static_cast<std::uint32_t>(rows_.integer(6)),
            rows_.time(7),
            rows_.time(8)};
  }

  void advance() {
    at_end_ = !rows_.step();
    if (!at_end_) id_ = rows_.id(0);
  }

 private:
  static std::string sql(const engine::SagaFilter& filter) {
    std::string text(columns);
    if (filter.attribute) {
      return text +
             "attribute a join saga s on s.shard = a.shard and s.id = a.saga where a.shard = ? "
             "and a.tenant = ? and a.name = ? and a.value = ? and a.saga < ? order by a.saga desc";
    }
    if (filter.live == true) {
      text += "saga s indexed by saga_live where s.shard = ? and s.ended is null";
    } else if (filter.workflow) {
      text += "saga s indexed by saga_workflow where s.shard = ? and s.workflow = ?";
    } else {
      text += "saga s where s.shard = ?";
    }
    return text + " and s.id < ? order by s.id desc";
  }

  Statement rows_;
  core::SagaId id_;
  bool at_end_ = false;
};

ShardCursor* newest(std::vector<std::unique_ptr<ShardCursor>>& cursors) {
  ShardCursor* best = nullptr;
  for (const auto& cursor : cursors) {
    if (!cursor->at_end() && (best == nullptr || cursor->id() > best->id())) best = cursor.get();
  }
  return best;
}

}  // namespace

engine::SagaPage list_newest(Connection& connection, std::uint16_t shards,
                             const engine::SagaFilter& filter) {
  std::vector<std::unique_ptr<ShardCursor>> cursors;
  for (std::uint16_t shard = 0; shard < shards; ++shard) {
    cursors.push_back(std::make_unique<ShardCursor>(connection, shard, filter));
  }
  engine::SagaPage page;
  std::optional<core::SagaId> last;
  const std::size_t limit = page_limit(filter);
  for (std::size_t read = 0; auto* cursor = newest(cursors); ++read) {
    if (read == most_rows_read || page.items.size() == limit) {
      page.next = last;
      break;
    }
    last = cursor->id();
    auto summary = cursor->summary();
    if (matches(summary, cursor->live(), filter)) page.items.push_back(std::move(summary));
    cursor->advance();
  }
  return page;
}

}  // namespace sagaloom::store
