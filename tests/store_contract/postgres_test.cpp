// What only the PostgreSQL store has: its formats, its server's failures, its settings.
#include <chrono>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>

#include "runtime/store/open_error.h"
#include "runtime/store/postgres/connection.h"
#include "runtime/store/postgres/postgres_store.h"
#include "runtime/store/postgres/sqlstate.h"
#include "tests/servers/fault_proxy.h"
#include "tests/servers/private_postgres.h"
#include "tests/store_contract/sample.h"
#include "tests/store_contract/store_fixture.h"

namespace sagaloom::tests {
namespace {

using engine::CommitStatus;

class PostgresStoreTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<PrivatePostgres>(); }
  static void TearDownTestSuite() { server.reset(); }

  PostgresStoreTest() : proxy(server->port()) {
    static int number = 0;
    options.dsn = server->dsn(proxy.port());
    options.schema = "adapter_" + std::to_string(++number);
    options.node_id = node_name(1);
    options.shards = 4;
    options.call_limit = core::Duration(2'000);
  }

  // One value as text; the statement runs in the store's schema.
  std::string ask(const std::string& sql) const {
    PGconn* connection = PQconnectdb(server->dsn().c_str());
    PQclear(PQexec(connection, ("set search_path = " + options.schema).c_str()));
    PGresult* result = PQexec(connection, sql.c_str());
    const std::string error = PQresultErrorMessage(result);
    const std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    PQclear(result);
    PQfinish(connection);
    if (!error.empty()) throw std::runtime_error(error);
    return value;
  }

  static engine::OwnedShard own(engine::Store& store) {
    return store.journal->take_over({0}, true).at(0);
  }

  // Settles as the committer does while the store is away: again and again, for a while.
  static std::vector<engine::OwnedShard> settle(engine::Store& store,
                                                const engine::OwnedShard& owned) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      try {
        return store.journal->settle({{owned.shard, owned.epoch}});
      } catch (const engine::StoreError&) {
      }
    }
    return {};
  }

  static std::unique_ptr<PrivatePostgres> server;
  FaultProxy proxy;
  store::PostgresOptions options;
};

std::unique_ptr<PrivatePostgres> PostgresStoreTest::server;

TEST_F(PostgresStoreTest, ItIsReadBesideANodeAndNothingIsMade) {
  store::PostgresOptions reading = options;
  reading.only_read = true;
  EXPECT_THROW(store::open_postgres(reading), store::OpenError);
  EXPECT_EQ("0", ask("select count(*) from pg_namespace where nspname = '" + options.schema + "'"));
  auto node = store::open_postgres(options);
  SampleBatch batch(own(node));
  batch.accept(1);
  ASSERT_EQ(CommitStatus::committed, node.journal->commit(batch.list()).status);
  const auto beside = store::open_postgres(reading);
  EXPECT_EQ(nullptr, beside.journal);
  EXPECT_EQ(4, beside.catalog->identity().shards);
  EXPECT_TRUE(beside.lookup->row(sample_id(0, 1)).has_value());
}

TEST_F(PostgresStoreTest, TheJournalIsReadableAsText) {
  auto store = store::open_postgres(options);
  SampleBatch batch(own(store));
  batch.accept(1);
  ASSERT_EQ(CommitStatus::committed, store.journal->commit(batch.list()).status);
  EXPECT_EQ(text_of(batch.rows.journal[0].record),
            ask("select record from journal_text where shard = 0 and seq = 1"));
  EXPECT_EQ("order-1", ask("select record::json->'head'->>'identity' from journal_text"));
}

TEST_F(PostgresStoreTest, AServerThatForgetsIsRefused) {
  ask("alter database postgres set synchronous_commit = off");
  try {
    store::open_postgres(options);
    ADD_FAILURE() << "it opened";
  } catch (const store::OpenError& refusal) {
    EXPECT_EQ("store.unsafe_settings", refusal.code());
  }
  ask("alter database postgres reset synchronous_commit");
  store::open_postgres(options);
}

TEST_F(PostgresStoreTest, BadNamesAndAServerThatIsAwayAreSaidSo) {
  auto bad = options;
  bad.schema = "x; drop table y";
  EXPECT_THROW(store::open_postgres(bad), store::OpenError);
  bad = options;
  bad.node_id = "node-1";
  EXPECT_THROW(store::open_postgres(bad), store::OpenError);
  proxy.cut();
  EXPECT_THROW(store::open_postgres(options), engine::StoreError);
}

TEST_F(PostgresStoreTest, AnImmediateRestartOfTheServer) {
  auto store = store::open_postgres(options);
  const auto owned = own(store);
  SampleBatch first(owned), second(owned, 2);
  first.accept(1);
  second.accept(2);
  ASSERT_EQ(CommitStatus::committed, store.journal->commit(first.list()).status);
  server->restart_immediate();
  EXPECT_NE(CommitStatus::committed, store.journal->commit(second.list()).status);
  const auto mine = settle(store, owned);
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(1, mine[0].max_seq);
  second.rows.epoch = mine[0].epoch;
  EXPECT_EQ(CommitStatus::committed, store.journal->commit(second.list()).status);
}

TEST_F(PostgresStoreTest, AKilledPostmaster) {
  auto store = store::open_postgres(options);
  const auto owned = own(store);
  SampleBatch batch(owned);
  batch.accept(1);
  ASSERT_EQ(CommitStatus::committed, store.journal->commit(batch.list()).status);
  server->kill_postmaster();
  server->start();
  const auto mine = settle(store, owned);
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(1, mine[0].max_seq);
}

TEST_F(PostgresStoreTest, NoCallHangsOnAServerThatDoesNotAnswer) {
  auto store = store::open_postgres(options);
  const auto owned = own(store);
  store.lookup->list({});
  SampleBatch batch(owned);
  batch.accept(1);
  proxy.hold();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(CommitStatus::unknown, store.journal->commit(batch.list()).status);
  EXPECT_THROW(store.lookup->list({}), engine::StoreError);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(8));
  proxy.pass();
  ASSERT_EQ(1u, settle(store, owned).size());
}

// Its COMMIT may stand: the epochs that it raised are still ours.
TEST_F(PostgresStoreTest, ASettlementWhoseOwnAnswerIsLost) {
  auto store = store::open_postgres(options);
  const auto owned = own(store);
  SampleBatch batch(owned);
  batch.accept(1);
  proxy.at_next_commit(CommitFaultPoint::cut_after);
  ASSERT_EQ(CommitStatus::unknown, store.journal->commit(batch.list()).status);
  proxy.at_next_commit(CommitFaultPoint::cut_after);
  EXPECT_THROW(store.journal->settle({{0, owned.epoch}}), engine::StoreError);
  EXPECT_EQ(2, proxy.strikes());
  const auto mine = settle(store, owned);
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(1, mine[0].max_seq);
  EXPECT_EQ(owned.epoch + 2, mine[0].epoch);
}

// As after a failover to a standby that was behind.
TEST_F(PostgresStoreTest, LostHistoryRaisesTheGeneration) {
  auto store = store::open_postgres(options);
  const auto owned = own(store);
  SampleBatch batch(owned);
  for (int n = 1; n <= 3; ++n) batch.accept(n);
  ASSERT_EQ(CommitStatus::committed, store.journal->commit(batch.list()).status);
  ask("delete from journal where seq > 1");
  const auto mine = settle(store, owned);
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(1, mine[0].max_seq);
  EXPECT_EQ(owned.generation + 1, mine[0].generation);
  EXPECT_EQ(mine[0].generation, own(store).generation);
}

// Nothing is appended over it, even when the reconnect was not the commit's.
TEST_F(PostgresStoreTest, LostHistoryIsNoticedAtAnyReconnect) {
  auto store = store::open_postgres(options);
  const auto owned = own(store);
  SampleBatch batch(owned), next(owned, 4);
  for (int n = 1; n <= 3; ++n) batch.accept(n);
  next.accept(4);
  ASSERT_EQ(CommitStatus::committed, store.journal->commit(batch.list()).status);
  proxy.cut();
  EXPECT_THROW(store.journal->read_progress(0), engine::StoreError);
  ask("delete from journal where seq > 1");
  proxy.pass();
  EXPECT_EQ(CommitStatus::unknown, [&] {
    auto outcome = store.journal->commit(next.list());
    while (outcome.status == CommitStatus::not_written) {
      outcome = store.journal->commit(next.list());
    }
    return outcome.status;
  }());
  EXPECT_EQ("1", ask("select max(seq) from journal"));
  const auto mine = settle(store, owned);
  ASSERT_EQ(1u, mine.size());
  EXPECT_EQ(owned.generation + 1, mine[0].generation);
  SampleBatch again(mine[0]);
  again.accept(4);
  EXPECT_EQ(CommitStatus::committed, store.journal->commit(again.list()).status);
}

TEST_F(PostgresStoreTest, AnotherClusterIsToldApart) {
  auto store = store::open_postgres(options);
  const auto owned = own(store);
  PrivatePostgres other;
  proxy.cut();
  proxy.retarget(other.port());
  proxy.pass();
  EXPECT_THROW(store.journal->settle({{0, owned.epoch}}), store::StoreReplaced);
}

TEST_F(PostgresStoreTest, TablesAreNeverScanned) {
  // A backend hands its counts in when it ends. Making an index counts as a scan.
  const auto scans = [&] {
    const std::string sessions =
        "select count(*) from pg_stat_activity where application_name like 'sagaloom%'";
    while (ask(sessions) != "0") {
    }
    return ask(
        "select sum(seq_scan) from pg_stat_user_tables where relname in ('journal', 'saga', "
        "'identity', 'attribute', 'timer') and schemaname = current_schema()");
  };
  store::migrate_postgres(options);
  const auto before = scans();
  {
    auto store = store::open_postgres(options);
    const auto owned = own(store);
    SampleBatch batch(owned);
    for (int n = 1; n <= 400; ++n) batch.complete(n, batch.accept(n), batch.step(n, 0));
    batch.rows.timers.push_back({sample_id(0, 1), sample_time(1), sample_time(2)});
    batch.rows.attributes_added.push_back({"", "a", "b", sample_id(0, 1)});
    ASSERT_EQ(CommitStatus::committed, store.journal->commit(batch.list()).status);
    engine::SagaFilter filter;
    EXPECT_EQ(50u, store.lookup->list(filter).items.size());
    filter.attribute = {"a", "b"};
    EXPECT_EQ(1u, store.lookup->list(filter).items.size());
    store.journal->find_identities(0, {sample_identity(0, 5).key});
    store.journal->read_timers(0, sample_time(9), 10);
    store.lookup->get(sample_id(0, 7));
    store.journal->trim(0, 10, 100);
  }
  EXPECT_EQ(before, scans());
}

TEST_F(PostgresStoreTest, BinaryValuesArriveAsTheyWereSent) {
  store::migrate_postgres(options);
  store::PgConnection connection(options, store::PgUse::looking_up);
  store::PgArray texts(store::PgType::text), times(store::PgType::timestamptz);
  texts.add("ä\"{},");
  texts.add("");
  texts.add_null();
  times.add_time(core::Time(core::Duration(1'763'000'000'123)));
  times.add_time(core::Time(core::Duration(-5'000)));
  times.add_time({});
  store::PgParameters values;
  values.array(texts).array(times).uuid(sample_id(3, 4)).int2(-7).bytea(std::string("\0\xff", 2));
  const auto result = connection.query(
      "select t, w, $3::uuid, $4::int2, $5::bytea, w::text from unnest($1::text[], "
      "$2::timestamptz[]) u(t, w)",
      values);
  ASSERT_EQ(3, result.rows());
  EXPECT_EQ("ä\"{},", result.text(0, 0));
  EXPECT_EQ("", result.text(1, 0));
  EXPECT_TRUE(result.is_null(2, 0));
  EXPECT_EQ(core::Duration(1'763'000'000'123), result.time(0, 1).time_since_epoch());
  EXPECT_EQ(core::Duration(-5'000), result.time(1, 1).time_since_epoch());
  EXPECT_EQ(core::Time{}, result.time(2, 1));
  EXPECT_EQ(sample_id(3, 4), result.uuid(0, 2));
  EXPECT_EQ(-7, result.integer(0, 3));
  EXPECT_EQ(std::string("\0\xff", 2), result.bytes(0, 4));
  EXPECT_EQ("2025-11-13 02:13:20.123+00", result.text(0, 5));
}

TEST(SqlState, DecidesWhatFollows) {
  const auto of = [](const char* state, const char* constraint = "") {
    return store::classify(state, constraint);
  };
  EXPECT_EQ(CommitStatus::fenced, of("22012"));
  EXPECT_EQ(CommitStatus::fenced, of("23505", "journal_pkey"));
  EXPECT_EQ(CommitStatus::refused, of("23505", "identity_pkey"));
  EXPECT_EQ(CommitStatus::refused, of("23514", "refusal"));
  EXPECT_EQ(CommitStatus::refused, of("22021"));
  EXPECT_EQ(CommitStatus::refused, of("54000"));
  for (const char* state : {"", "08006", "57P01", "57P02", "57P03"}) {
    EXPECT_EQ(CommitStatus::unknown, of(state)) << state;
  }
  for (const char* state : {"53100", "53200", "40001", "40P01", "55P03", "57014", "25006"}) {
    EXPECT_EQ(CommitStatus::not_written, of(state)) << state;
  }
}

}  // namespace
}  // namespace sagaloom::tests
