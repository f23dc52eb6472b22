#include <filesystem>
#include <mutex>
#include <signal.h>
#include <sqlite3.h>
#include <stdexcept>

#include "runtime/store/open_error.h"
#include "runtime/store/sqlite/sqlite_store.h"
#include "tests/store_contract/client_process.h"
#include "tests/store_contract/commit_gate.h"
#include "tests/store_contract/fault_vfs.h"
#include "tests/store_contract/sample.h"
#include "tests/store_contract/store_fixture.h"

namespace sagaloom::tests {
namespace {

// A process that hangs cannot be told to go on in the middle of a write that others waited for:
// SQLite's file has one process, so the frozen one is ended before another comes.
class SqliteClient final : public OtherClient {
 public:
  explicit SqliteClient(const std::vector<std::string>& arguments) : process_(arguments) {}
  void end() override { process_.kill(); }
  std::string thaw() override {
    process_.signal(SIGCONT);
    const auto line = process_.running() ? process_.read_line() : std::string();
    return line.empty() ? "ended" : line;
  }
  ClientProcess& process() { return process_; }

 private:
  ClientProcess process_;
};

class SqliteFixture final : public StoreFixture {
 public:
  SqliteFixture() {
    FaultVfs::install();
    folder_ = (std::filesystem::temp_directory_path() / "sagaloom-sqlite-XXXXXX").string();
    if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
  }
  ~SqliteFixture() override {
    file_.reset();
    std::filesystem::remove_all(folder_);
  }

  engine::Store open(int node) override {
    const std::lock_guard lock(mutex_);
    if (!file_) file_ = store::open_sqlite_file(options());
    return store::open_sqlite(file_, node_name(node));
  }
  void close() override { file_.reset(); }

  void refuse_marked_records() override {
    edit(std::string("create trigger refusal before insert on journal when instr(new.record, "
                     "cast('") +
         refused_mark + "' as blob)) > 0 begin select raise(abort, 'refused'); end");
  }
  void lose_next_answer(bool written) override {
    if (written) {
      FaultVfs::fail_after_next_sync();
    } else {
      FaultVfs::fail_next_write();
    }
  }
  void fill_disk() override { FaultVfs::set_full(true); }
  void free_disk() override { FaultVfs::set_full(false); }

  void hold_next_commit() override { gate_.hold_next(); }
  void hold_next_commits_outside(int count) override {
    for (int i = 0; i < count; ++i) gate_.hold_next();
  }
  bool wait_until_held(int count) override { return gate_.wait_until_held(count); }
  void release_held() override { gate_.release(); }

  std::unique_ptr<OtherClient> freeze_client() override {
    auto client = std::make_unique<SqliteClient>(
        std::vector<std::string>{"sqlite", path(), node_name(1), "freeze"});
    if (client->process().read_line() != "owned") throw std::runtime_error("no client");
    if (!client->process().wait_until_stopped()) throw std::runtime_error("it did not freeze");
    return client;
  }

  engine::Store open_beside(OtherClient& frozen) override {
    try {
      return open(2);
    } catch (const store::OpenError& refusal) {
      if (refusal.code() != "store.locked") throw;
    }
    frozen.end();
    return open(2);
  }

  std::unique_ptr<OtherClient> start_owner() override {
    auto client = std::make_unique<SqliteClient>(
        std::vector<std::string>{"sqlite", path(), node_name(1), "own"});
    if (client->process().read_line() != "owned") throw std::runtime_error("no client");
    return client;
  }

  bool second_can_own() override {
    try {
      return !open(2).journal->take_over({0}, false).empty();
    } catch (const store::OpenError& refusal) {
      if (refusal.code() != "store.locked") throw;
      return false;
    }
  }

  void damage_inbox(const std::string& key) override {
    edit("update inbox set data = cast('" + std::string(damaged_text) + "' as blob) where key = '" +
         key + "'");
  }
  void edit_applied_migration() override { edit("update migration set checksum = 'edited'"); }
  void add_unknown_migration() override {
    edit("insert into migration values (9999, '9999_later', 'from later')");
  }

 private:
  std::string path() const { return folder_ + "/store.db"; }

  store::SqliteOptions options() {
    store::SqliteOptions options;
    options.path = path();
    options.vfs = fault_vfs_name;
    options.lock_wait = core::Duration(1000);
    options.before_batch = [this] { gate_.enter(); };
    options.on_doubt = [](const std::string&) {};
    return options;
  }

  // As another program would change the file.
  void edit(const std::string& sql) {
    sqlite3* connection = nullptr;
    sqlite3_open(path().c_str(), &connection);
    sqlite3_busy_timeout(connection, 5000);
    const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
    const std::string message = sqlite3_errmsg(connection);
    sqlite3_close(connection);
    if (code != SQLITE_OK) throw std::runtime_error(message);
  }

  std::string folder_;
  CommitGate gate_;
  std::mutex mutex_;
  std::shared_ptr<store::SqliteFile> file_;
};

}  // namespace

std::unique_ptr<StoreFixture> make_sqlite_fixture() {
  return std::make_unique<SqliteFixture>();
}

}  // namespace sagaloom::tests
