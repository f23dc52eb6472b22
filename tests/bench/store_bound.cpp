// store-bound: how many benchmark sagas a second the store alone can write.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "runtime/store/postgres/postgres_store.h"
#include "runtime/store/sqlite/sqlite_store.h"
#include "tests/bench/bound.h"
#include "tests/servers/private_postgres.h"

namespace {

using namespace sagaloom;

constexpr const char* usage =
    "store-bound [--store postgres|sqlite|both] [--dsn DSN] [--in-flight N] [--seconds N]\n"
    "Writes the rows of the benchmark saga through the store's commit, without any engine.\n"
    "Without --dsn it starts a PostgreSQL of its own. The last line is the summary.\n";

struct Arguments {
  std::string store = "both", dsn;
  std::size_t in_flight = 1'024;
  int seconds = 5;
};

bool parse(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string name = words[i];
    if (i + 1 == count) return false;
    const char* value = words[++i];
    if (name == "--store")
      arguments.store = value;
    else if (name == "--dsn")
      arguments.dsn = value;
    else if (name == "--in-flight")
      arguments.in_flight = std::strtoul(value, nullptr, 10);
    else if (name == "--seconds")
      arguments.seconds = std::atoi(value);
    else
      return false;
  }
  return arguments.in_flight > 0 && arguments.seconds > 0;
}

bench::BoundOptions options_of(const Arguments& arguments) {
  bench::BoundOptions options;
  options.in_flight = arguments.in_flight;
  options.run_for = core::Duration(arguments.seconds * 1'000);
  return options;
}

std::string on_postgres(const Arguments& arguments) {
  std::unique_ptr<tests::PrivatePostgres> server;
  store::PostgresOptions to;
  to.dsn = arguments.dsn;
  if (to.dsn.empty()) {
    server = std::make_unique<tests::PrivatePostgres>();
    to.dsn = server->dsn();
  }
  to.schema = "store_bound";
  auto store = store::open_postgres(to);
  auto options = options_of(arguments);
  options.log_bytes = bench::postgres_wal_bytes(to.dsn);
  return "postgres: " + bench::describe(bench::run_bound(store, options));
}

std::string on_sqlite(const Arguments& arguments) {
  std::string folder = (std::filesystem::temp_directory_path() / "sagaloom-bound-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  std::string line;
  {
    store::SqliteOptions to;
    to.path = folder + "/store.db";
    auto store = store::open_sqlite(to, "00000000-0000-4000-8000-000000000001");
    auto options = options_of(arguments);
    options.log_bytes = bench::process_written_bytes();
    line = "sqlite: " + bench::describe(bench::run_bound(store, options));
  }
  std::filesystem::remove_all(folder);
  return line;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (count == 2 && std::strcmp(words[1], "--help") == 0) return std::fputs(usage, stdout) < 0;
  if (!parse(count, words, arguments)) return std::fputs(usage, stderr), 2;
  try {
    if (arguments.store != "sqlite") std::printf("%s\n", on_postgres(arguments).c_str());
    if (arguments.store != "postgres") std::printf("%s\n", on_sqlite(arguments).c_str());
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "store-bound: %s\n", failure.what());
    return 1;
  }
  return 0;
}
