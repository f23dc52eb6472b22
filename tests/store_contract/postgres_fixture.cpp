#include <atomic>
#include <libpq-fe.h>
#include <map>
#include <mutex>
#include <signal.h>
#include <stdexcept>

#include "runtime/store/postgres/postgres_store.h"
#include "tests/servers/fault_proxy.h"
#include "tests/servers/private_postgres.h"
#include "tests/store_contract/client_process.h"
#include "tests/store_contract/sample.h"
#include "tests/store_contract/store_fixture.h"

namespace sagaloom::tests {
namespace {

constexpr int fault_limit_ms = 10'000;

PrivatePostgres& server() {
  static PrivatePostgres one;
  return one;
}

class PostgresClient final : public OtherClient {
 public:
  PostgresClient(const std::vector<std::string>& arguments, std::unique_ptr<FaultProxy> proxy)
      : proxy_(std::move(proxy)), process_(arguments) {}
  void end() override { process_.kill(); }
  std::string thaw() override {
    proxy_->pass();
    process_.signal(SIGCONT);
    const auto line = process_.running() ? process_.read_line() : std::string();
    return line.empty() ? "ended" : line;
  }
  FaultProxy& proxy() { return *proxy_; }
  ClientProcess& process() { return process_; }

 private:
  std::unique_ptr<FaultProxy> proxy_;
  ClientProcess process_;
};

class PostgresFixture final : public StoreFixture {
 public:
  PostgresFixture() {
    static std::atomic<int> number = 0;
    schema_ = "contract_" + std::to_string(++number);
    server();
  }
  ~PostgresFixture() override { run("drop schema if exists " + schema_ + " cascade"); }

  engine::Store open(int node) override { return store::open_postgres(options(node)); }
  void close() override {}

  void refuse_marked_records() override {
    run(std::string("alter table journal add constraint refusal check (position(convert_to('") +
        refused_mark + "', 'UTF8') in record) = 0)");
  }
  void lose_next_answer(bool written) override {
    proxy(1).at_next_commit(written ? CommitFaultPoint::cut_after : CommitFaultPoint::cut_before);
  }
  void fill_disk() override {
    run("create function no_space() returns trigger language plpgsql as $$ begin raise exception "
        "'could not extend file: No space left on device' using errcode = '53100'; end $$;"
        "create trigger full_disk before insert on journal execute function no_space()");
  }
  void free_disk() override { run("drop trigger full_disk on journal; drop function no_space"); }

  void hold_next_commit() override { proxy(1).at_next_commit(CommitFaultPoint::hold_before); }
  void hold_next_commits_outside(int) override { proxy(1).hold(); }
  bool wait_until_held(int count) override {
    return proxy(1).wait_for_strikes(count, fault_limit_ms);
  }
  void release_held() override { proxy(1).pass(); }

  std::unique_ptr<OtherClient> freeze_client() override {
    migrate_postgres(options(9));
    auto client = start_client("freeze");
    client->proxy().at_next_commit(CommitFaultPoint::hold_before);
    client->process().signal(SIGUSR1);
    if (!client->proxy().wait_for_strikes(1, fault_limit_ms)) {
      throw std::runtime_error("the client sent no batch");
    }
    client->process().signal(SIGSTOP);
    return client;
  }
  engine::Store open_beside(OtherClient&) override { return open(2); }
  std::unique_ptr<OtherClient> start_owner() override { return start_client("own"); }
  bool second_can_own() override { return !open(2).journal->take_over({0}, false).empty(); }

  void damage_inbox(const std::string& key) override {
    run("update inbox set data = convert_to('" + std::string(damaged_text) +
        "', 'UTF8') where key = '" + key + "'");
  }
  void edit_applied_migration() override { run("update migration set checksum = 'edited'"); }
  void add_unknown_migration() override {
    run("insert into migration values (9999, '9999_later', 'from later', now())");
  }

 private:
  std::unique_ptr<PostgresClient> start_client(const std::string& task) {
    auto proxy = std::make_unique<FaultProxy>(server().port());
    const std::string dsn = server().dsn(proxy->port());
    auto client = std::make_unique<PostgresClient>(
        std::vector<std::string>{"postgres", dsn, node_name(1), task, schema_}, std::move(proxy));
    if (client->process().read_line() != "owned") throw std::runtime_error("no client");
    return client;
  }

  FaultProxy& proxy(int node) {
    const std::lock_guard lock(mutex_);
    auto& place = proxies_[node];
    if (!place) place = std::make_unique<FaultProxy>(server().port());
    return *place;
  }

  store::PostgresOptions options(int node) {
    store::PostgresOptions options;
    options.dsn = server().dsn(proxy(node).port());
    options.schema = schema_;
    options.node_id = node_name(node);
    options.shards = 4;
    return options;
  }

  void run(const std::string& sql) {
    const std::string text =
        "set client_min_messages = warning; set search_path = " + schema_ + ";" + sql;
    PGconn* connection = PQconnectdb(server().dsn().c_str());
    PGresult* result = PQexec(connection, text.c_str());
    const bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    const std::string message = PQerrorMessage(connection);
    PQclear(result);
    PQfinish(connection);
    if (!good) throw std::runtime_error(message);
  }

  std::string schema_;
  std::mutex mutex_;
  std::map<int, std::unique_ptr<FaultProxy>> proxies_;
};

}  // namespace

std::unique_ptr<StoreFixture> make_postgres_fixture() {
  return std::make_unique<PostgresFixture>();
}

}  // namespace sagaloom::tests
