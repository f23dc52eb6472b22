// The SQLite side of the guard: calls share transactions and never each other's failures.
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

#include "sdk/guard/sha256.h"
#include "sdk/guard/sqlite/sqlite_database.h"
#include "tests/plugins/plugin_file.h"

namespace sagaloom::tests {
namespace {

using sdk::Outcome;
using sdk::SqliteDatabase;
using sdk::Status;
using sdk::Transaction;

void make_table(Transaction& sql) {
  sql("create table if not exists entry(id bigint primary key, text text)");
}

std::int64_t count(SqliteDatabase& database) {
  std::int64_t rows = 0;
  database.run([&](Transaction& sql) {
    rows = sql("select count(*) from entry").at(0).at(0).integer();
    return Outcome::ok();
  });
  return rows;
}

class Sqlite : public testing::Test {
 protected:
  Sqlite() { database_.migrate(make_table); }
  TemporaryFolder folder_;
  SqliteDatabase database_{folder_.path() + "/d.db"};
};

TEST(Sha256, of_the_standards_examples) {
  EXPECT_EQ(sdk::sha256_hex(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sdk::sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sdk::sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(Sqlite, many_threads_commit_everything_they_were_told_is_done) {
  std::atomic<std::int64_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) {
        const std::int64_t id = ++next;
        const Outcome outcome = database_.run([id](Transaction& sql) {
          sql("insert into entry(id, text) values ($1, $2)", id, "x");
          return Outcome::ok();
        });
        EXPECT_EQ(outcome.status, Status::ok);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count(database_), 800);
}

TEST_F(Sqlite, a_failing_call_takes_none_of_its_batch_with_it) {
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  std::atomic<int> thrown{0};
  for (int i = 0; i < 9; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 30; ++n) {
        try {
          const Outcome outcome = database_.run([&](Transaction& sql) {
            sql("insert into entry(id) values ($1)", std::int64_t{i * 1000 + n});
            if (i % 3 == 1) sql("select * from no_such_table");
            if (i % 3 == 2) throw std::runtime_error("the body's own");
            return Outcome::ok();
          });
          failed += outcome.code == "database.failed" ? 1 : 0;
        } catch (const std::runtime_error& problem) {
          EXPECT_STREQ(problem.what(), "the body's own");
          ++thrown;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count(database_), 90);
  EXPECT_EQ(failed, 90);
  EXPECT_EQ(thrown, 90);
}

TEST_F(Sqlite, a_full_disk_is_surely_no_effect_and_goes_by) {
  database_.run([](Transaction& sql) {
    sql("pragma max_page_count = 20");
    return Outcome::ok();
  });
  const auto fill = [this] {
    return database_.run([](Transaction& sql) {
      sql("insert into entry(id, text) values (1, $1)", std::string(200'000, 'x'));
      return Outcome::ok();
    });
  };
  const Outcome full = fill();
  EXPECT_EQ(full.status, Status::retryable);
  EXPECT_EQ(full.code, "database.unavailable");
  EXPECT_EQ(count(database_), 0);
  database_.run([](Transaction& sql) {
    sql("pragma max_page_count = 100000");
    return Outcome::ok();
  });
  EXPECT_EQ(fill().status, Status::ok);
}

TEST_F(Sqlite, a_lock_held_by_another_process_is_busy_and_retryable) {
  SqliteDatabase impatient(folder_.path() + "/d.db", 10);
  std::thread holder;
  std::atomic<bool> held{false};
  std::atomic<bool> release{false};
  holder = std::thread([&] {
    database_.run([&](Transaction& sql) {
      sql("insert into entry(id) values (1)");
      held = true;
      while (!release) std::this_thread::yield();
      return Outcome::ok();
    });
  });
  while (!held) std::this_thread::yield();
  const Outcome refused = impatient.run([](Transaction&) { return Outcome::ok(); });
  EXPECT_EQ(refused.status, Status::retryable);
  EXPECT_EQ(refused.code, "database.busy");
  release = true;
  holder.join();
  EXPECT_EQ(impatient.run([](Transaction&) { return Outcome::ok(); }).status, Status::ok);
}

TEST(SqliteOpen, a_folder_that_is_not_there_is_named) {
  try {
    SqliteDatabase database("/no/such/folder/x.db");
    FAIL();
  } catch (const sdk::DatabaseError& problem) {
    EXPECT_NE(std::string(problem.what()).find("/no/such/folder/x.db"), std::string::npos);
  }
}

}  // namespace
}  // namespace sagaloom::tests
