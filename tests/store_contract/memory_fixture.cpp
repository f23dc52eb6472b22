#include <atomic>
#include <future>

#include "runtime/store/mail_text.h"
#include "runtime/store/memory/memory_database.h"
#include "tests/store_contract/commit_gate.h"
#include "tests/store_contract/sample.h"
#include "tests/store_contract/store_fixture.h"

namespace sagaloom::tests {
namespace {

using store::CommitFault;

bool is_marked(const std::vector<engine::ShardRows>& batch) {
  for (const auto& rows : batch) {
    for (const auto& row : rows.journal) {
      for (const auto& note : row.record.notes) {
        if (note.code == refused_mark) return true;
      }
    }
  }
  return false;
}

class MemoryFixture final : public StoreFixture {
 public:
  MemoryFixture() {
    store::MemoryOptions options;
    options.fault = [this](const auto& batch) { return fate_of(batch); };
    database_ = store::make_memory_database(options);
  }

  engine::Store open(int node) override { return store::open_memory(database_, node_name(node)); }
  void close() override {}

  void refuse_marked_records() override { refusing_ = true; }
  void lose_next_answer(bool written) override {
    next_ = written ? CommitFault::lost_written : CommitFault::lost_unwritten;
  }
  void fill_disk() override { full_ = true; }
  void free_disk() override { full_ = false; }

  void hold_next_commit() override { gate_.hold_next(); }
  void hold_next_commits_outside(int count) override {
    for (int i = 0; i < count; ++i) gate_.hold_next();
  }
  bool wait_until_held(int count) override { return gate_.wait_until_held(count); }
  void release_held() override { gate_.release(); }

  std::unique_ptr<OtherClient> freeze_client() override;
  engine::Store open_beside(OtherClient&) override { return open(2); }
  std::unique_ptr<OtherClient> start_owner() override;
  bool second_can_own() override { return !open(2).journal->take_over({0}, false).empty(); }

  void damage_inbox(const std::string& key) override {
    for (auto& [place, row] : database_->shards.at(0).inbox) {
      if (row.head.key.key != key) continue;
      row = store::inbox_row(row.head, damaged_text);
    }
  }
  void edit_applied_migration() override { database_->applied.front().checksum = "edited"; }
  void add_unknown_migration() override { database_->applied.push_back({9999, "from later"}); }

 private:
  CommitFault fate_of(const std::vector<engine::ShardRows>& batch) {
    gate_.enter();
    if (full_) return CommitFault::not_written;
    if (refusing_ && is_marked(batch)) return CommitFault::refused;
    return next_.exchange(CommitFault::none);
  }

  CommitGate gate_;
  std::atomic<bool> refusing_ = false, full_ = false;
  std::atomic<CommitFault> next_ = CommitFault::none;
  std::shared_ptr<store::MemoryDatabase> database_;
};

// A thread in the middle of a commit.
class FrozenThread final : public OtherClient {
 public:
  FrozenThread(engine::Store store, CommitGate& gate) : store_(std::move(store)), gate_(gate) {
    const auto owned = store_.journal->take_over({0}, true);
    SampleBatch batch(owned.at(0));
    for (int n = 1; n <= 3; ++n) batch.accept(n);
    gate_.hold_next();
    outcome_ = std::async(std::launch::async, [this, rows = batch.list()] {
      return std::string(status_name(store_.journal->commit(rows).status));
    });
    gate_.wait_until_held(1);
  }
  void end() override { gate_.release(); }
  std::string thaw() override {
    gate_.release();
    return outcome_.get();
  }

 private:
  engine::Store store_;
  CommitGate& gate_;
  std::future<std::string> outcome_;
};

class Owner final : public OtherClient {
 public:
  explicit Owner(engine::Store store) : store_(std::move(store)) {
    store_.catalog->renew_lease("http://one", core::Duration(1000));
    store_.journal->take_over({0}, true);
  }
  void end() override { store_ = {}; }
  std::string thaw() override { return "ended"; }

 private:
  engine::Store store_;
};

std::unique_ptr<OtherClient> MemoryFixture::freeze_client() {
  return std::make_unique<FrozenThread>(open(1), gate_);
}

std::unique_ptr<OtherClient> MemoryFixture::start_owner() {
  return std::make_unique<Owner>(open(1));
}

}  // namespace

std::unique_ptr<StoreFixture> make_memory_fixture() {
  return std::make_unique<MemoryFixture>();
}

}  // namespace sagaloom::tests
