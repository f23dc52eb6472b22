// A client of a store in a process of its own, for tests that stop or kill it:
//   store_client sqlite <path> <node> own|freeze
//   store_client postgres <dsn> <node> own|freeze <schema>
// Takes shard 0 and says `owned`. `own` renews a lease of a second until it is killed. `freeze`
// commits a batch in which it is stopped: over SQLite by itself at the first write to the WAL, over
// PostgreSQL from outside, after a SIGUSR1 that starts the batch; then says how the commit ended.
#include <cstdio>
#include <poll.h>
#include <signal.h>
#include <string>
#include <vector>

#include "runtime/store/postgres/postgres_store.h"
#include "runtime/store/sqlite/sqlite_store.h"
#include "tests/store_contract/fault_vfs.h"
#include "tests/store_contract/sample.h"
#include "tests/store_contract/store_fixture.h"

namespace sagaloom::tests {
namespace {

void say(const char* word) {
  std::printf("%s\n", word);
  std::fflush(stdout);
}

engine::Store open(const std::vector<std::string>& words) {
  if (words.at(0) == "sqlite") {
    FaultVfs::install();
    store::SqliteOptions options;
    options.path = words.at(1);
    options.vfs = fault_vfs_name;
    return store::open_sqlite(options, words.at(2));
  }
  store::PostgresOptions options;
  options.dsn = words.at(1);
  options.node_id = words.at(2);
  options.schema = words.at(4);
  options.shards = 4;
  return store::open_postgres(options);
}

void own(engine::Store& store) {
  store.catalog->renew_lease("http://one", core::Duration(1000));
  store.journal->take_over({0}, true);
  say("owned");
  for (;;) {
    ::poll(nullptr, 0, 200);
    store.catalog->renew_lease("http://one", core::Duration(1000));
  }
}

void freeze(engine::Store& store, bool by_itself) {
  sigset_t start;
  sigemptyset(&start);
  sigaddset(&start, SIGUSR1);
  sigprocmask(SIG_BLOCK, &start, nullptr);
  const auto owned = store.journal->take_over({0}, true);
  SampleBatch batch(owned.at(0));
  for (int n = 1; n <= 3; ++n) batch.accept(n);
  say("owned");
  if (by_itself) {
    FaultVfs::at_next_write([] { ::raise(SIGSTOP); });
  } else {
    int number = 0;
    sigwait(&start, &number);
  }
  say(status_name(store.journal->commit(batch.list()).status));
}

}  // namespace
}  // namespace sagaloom::tests

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() < 4) return 2;
  auto store = sagaloom::tests::open(words);
  if (words[3] == "own") sagaloom::tests::own(store);
  sagaloom::tests::freeze(store, words[0] == "sqlite");
  return 0;
}
