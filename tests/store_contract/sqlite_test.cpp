// What only the SQLite store has: the lock of its file, and the end of the process in doubt.
#include <chrono>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

#include "runtime/store/open_error.h"
#include "runtime/store/sqlite/sqlite_store.h"
#include "tests/store_contract/fault_vfs.h"
#include "tests/store_contract/sample.h"
#include "tests/store_contract/store_fixture.h"

namespace sagaloom::tests {
namespace {

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    FaultVfs::install();
    folder = (std::filesystem::temp_directory_path() / "sagaloom-adapter-XXXXXX").string();
    EXPECT_NE(nullptr, ::mkdtemp(folder.data()));
    options.path = folder + "/store.db";
    options.vfs = fault_vfs_name;
    options.lock_wait = core::Duration(300);
  }
  ~SqliteStoreTest() override { std::filesystem::remove_all(folder); }

  // In a process of its own that ends at the fault.
  void commit_and_end(void (*arm)()) {
    EXPECT_EXIT(
        {
          auto store = store::open_sqlite(options, node_name(1));
          SampleBatch batch(store.journal->take_over({0}, false).at(0));
          for (int n = 1; n <= 3; ++n) batch.accept(n);
          arm();
          store.journal->commit(batch.list());
        },
        testing::ExitedWithCode(70), "the outcome of a COMMIT is open");
  }

  engine::Seq newest() {
    auto store = store::open_sqlite(options, node_name(1));
    return store.journal->take_over({0}, false).at(0).max_seq;
  }

  std::string folder;
  store::SqliteOptions options;
};

TEST_F(SqliteStoreTest, ItIsReadBesideTheProcessThatHasItAndNothingIsTouched) {
  auto server = store::open_sqlite(options, node_name(1));
  const auto owned = server.journal->take_over({0}, false).at(0);
  SampleBatch batch(owned);
  batch.accept(1);
  ASSERT_EQ(engine::CommitStatus::committed, server.journal->commit(batch.list()).status);
  store::SqliteOptions reading = options;
  reading.only_read = true;
  const auto beside = store::open_sqlite(reading, node_name(2));
  EXPECT_EQ(nullptr, beside.journal);
  EXPECT_TRUE(beside.lookup->row(sample_id(0, 1)).has_value());
  SampleBatch more(owned, 2);
  more.accept(2);
  EXPECT_EQ(engine::CommitStatus::committed, server.journal->commit(more.list()).status);
  EXPECT_TRUE(beside.lookup->row(sample_id(0, 2)).has_value());
  reading.path += ".absent";
  EXPECT_THROW(store::open_sqlite(reading, node_name(2)), store::OpenError);
  EXPECT_FALSE(std::filesystem::exists(reading.path));
}

TEST_F(SqliteStoreTest, InDoubtTheProcessEndsAndTheNextReadsThatItStands) {
  commit_and_end(&FaultVfs::fail_after_next_sync);
  EXPECT_EQ(3, newest());
}

TEST_F(SqliteStoreTest, InDoubtTheProcessEndsAndTheNextReadsThatItDoesNotStand) {
  commit_and_end(&FaultVfs::fail_next_write);
  EXPECT_EQ(0, newest());
}

TEST_F(SqliteStoreTest, TheSecondOpenerIsToldWhoHasTheFile) {
  auto first = store::open_sqlite(options, node_name(1));
  const auto begun = std::chrono::steady_clock::now();
  try {
    store::open_sqlite(options, node_name(2));
    FAIL() << "it opened";
  } catch (const store::OpenError& refusal) {
    EXPECT_EQ("store.locked", refusal.code());
    const std::string message = refusal.what();
    EXPECT_NE(std::string::npos, message.find(options.path)) << message;
    EXPECT_NE(std::string::npos, message.find(std::to_string(::getpid()))) << message;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
  first = {};
  EXPECT_TRUE(store::open_sqlite(options, node_name(2)).journal);
}

TEST_F(SqliteStoreTest, AFolderThatIsMissingIsSaidSo) {
  options.path = folder + "/missing/store.db";
  EXPECT_THROW(store::open_sqlite(options, node_name(1)), store::OpenError);
}

TEST_F(SqliteStoreTest, AFileThatIsNoDatabaseIsSaidSo) {
  std::filesystem::copy_file("/proc/self/exe", options.path);
  EXPECT_THROW(store::open_sqlite(options, node_name(1)), store::OpenError);
}

TEST_F(SqliteStoreTest, TheNumberOfShardsStays) {
  options.shards = 2;
  EXPECT_EQ(2, store::open_sqlite(options, node_name(1)).catalog->identity().shards);
  options.shards = 9;
  EXPECT_EQ(2, store::open_sqlite(options, node_name(1)).catalog->identity().shards);
}

}  // namespace
}  // namespace sagaloom::tests
