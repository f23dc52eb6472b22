#include "tests/bench/bound.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <libpq-fe.h>
#include <stdexcept>
#include <string>

#include "tests/bench/benchmark_saga.h"

namespace sagaloom::bench {
namespace {

// Sagas in flight that are committed together, on shards of their own.
class Group {
 public:
  Group(std::vector<engine::OwnedShard> shards, std::size_t sagas, std::size_t rows, int lane)
      : shards_(std::move(shards)), rows_(rows), number_(lane) {
    for (const auto& shard : shards_) next_seq_.push_back(shard.max_seq + 1);
    flight_.resize(sagas);
  }

  std::vector<engine::ShardRows> build() {
    std::vector<engine::ShardRows> batch(shards_.size());
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      batch[i].shard = shards_[i].shard;
      batch[i].epoch = shards_[i].epoch;
      batch[i].generation = shards_[i].generation;
    }
    const std::size_t count = std::min(rows_, flight_.size());
    for (std::size_t n = 0; n < count; ++n, turn_ = (turn_ + 1) % flight_.size())
      step(batch, turn_);
    std::erase_if(batch, [](const auto& rows) { return rows.journal.empty(); });
    return batch;
  }

  std::int64_t finished() const { return finished_; }

 private:
  void step(std::vector<engine::ShardRows>& batch, std::size_t place) {
    const std::size_t shard = place % shards_.size();
    auto& saga = flight_[place];
    if (!saga) saga = std::make_unique<BenchmarkSaga>(shards_[shard].shard, number_ += 2);
    saga->append_next(batch[shard], next_seq_[shard]++);
    if (!saga->ended()) return;
    saga.reset();
    ++finished_;
  }

  std::vector<engine::OwnedShard> shards_;
  std::vector<engine::Seq> next_seq_;
  std::vector<std::unique_ptr<BenchmarkSaga>> flight_;
  std::size_t rows_ = 0, turn_ = 0;
  std::int64_t number_ = 0, finished_ = 0;
};

std::vector<Group> make_groups(engine::Store& store, const BoundOptions& options) {
  std::vector<engine::ShardNumber> numbers(store.catalog->identity().shards);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<engine::ShardNumber>(i);
  const auto owned = store.journal->take_over(numbers, false);
  if (owned.size() != numbers.size()) throw std::runtime_error("the store's shards are not free");
  const auto middle = owned.begin() + static_cast<std::ptrdiff_t>(owned.size() / 2);
  const std::size_t half = std::max<std::size_t>(1, options.in_flight / 2);
  std::vector<Group> groups;
  groups.emplace_back(std::vector(owned.begin(), middle), half, options.rows_per_batch, 0);
  if (options.in_flight > 1) {
    groups.emplace_back(std::vector(middle, owned.end()), half, options.rows_per_batch, 1);
  }
  return groups;
}

void count(BoundResult& result, const std::vector<engine::ShardRows>& batch) {
  ++result.commits;
  for (const auto& rows : batch) {
    result.journal_rows += static_cast<std::int64_t>(rows.journal.size());
    result.other_rows += static_cast<std::int64_t>(rows.sagas.size() + rows.identities.size());
  }
}

}  // namespace

BoundResult run_bound(engine::Store& store, const BoundOptions& options) {
  auto groups = make_groups(store, options);
  BoundResult result;
  const std::int64_t log_before = options.log_bytes ? options.log_bytes() : 0;
  const auto begun = std::chrono::steady_clock::now();
  auto batch = groups[0].build();
  for (std::size_t turn = 0; std::chrono::steady_clock::now() - begun < options.run_for; ++turn) {
    auto& following = groups[(turn + 1) % groups.size()];
    const bool aside = groups.size() > 1;
    auto next = std::async(aside ? std::launch::async : std::launch::deferred,
                           [&following] { return following.build(); });
    const auto outcome = store.journal->commit(batch);
    if (outcome.status != engine::CommitStatus::committed) {
      throw std::runtime_error("a commit failed: " + outcome.reason);
    }
    count(result, batch);
    batch = next.get();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  for (const auto& group : groups) result.sagas += group.finished();
  if (options.log_bytes) result.log_bytes = options.log_bytes() - log_before;
  return result;
}

std::string describe(const BoundResult& result) {
  char line[256];
  std::snprintf(line, sizeof line,
                "%.0f sagas/s, per saga: %.2f journal rows, %.2f other rows, %.0f log bytes, "
                "%.4f round trips (%lld sagas in %.1f s, %.0f rows a commit)",
                result.per_second(), result.per_saga(result.journal_rows),
                result.per_saga(result.other_rows), result.per_saga(result.log_bytes),
                result.per_saga(result.commits), static_cast<long long>(result.sagas),
                result.seconds,
                static_cast<double>(result.journal_rows) / static_cast<double>(result.commits));
  return line;
}

std::function<std::int64_t()> postgres_wal_bytes(const std::string& dsn) {
  return [dsn] {
    PGconn* connection = PQconnectdb(dsn.c_str());
    PGresult* answer =
        PQexec(connection, "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8");
    const bool good = PQresultStatus(answer) == PGRES_TUPLES_OK;
    const std::int64_t bytes = good ? std::atoll(PQgetvalue(answer, 0, 0)) : 0;
    PQclear(answer);
    PQfinish(connection);
    if (!good) throw std::runtime_error("the WAL position cannot be read");
    return bytes;
  };
}

std::function<std::int64_t()> process_written_bytes() {
  return [] {
    std::ifstream file("/proc/self/io");
    std::string name;
    std::int64_t value = 0;
    while (file >> name >> value) {
      if (name == "wchar:") return value;
    }
    return std::int64_t{0};
  };
}

}  // namespace sagaloom::bench
