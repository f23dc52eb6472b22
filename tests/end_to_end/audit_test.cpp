// `sagaloom audit` over a real store: nothing to find after a run, also beside the server; a
// changed byte is found and named.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdexcept>

#include "runtime/app/print.h"
#include "runtime/document/json.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"

namespace sagaloom::tests {
namespace {

class AuditTest : public testing::Test {
 protected:
  void SetUp() override {
    server_.start();
    submit(server_.url(), order("a", rich));
    submit(server_.url(), order("b", poor));
    submit(server_.url(), order("c", rich, 99, "SKU-3"));
  }
  Finished audit(std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {program(), "audit", "--data", folder_.file("data")});
    return run(flags);
  }
  void change(const std::string& sql) const {
    sqlite3* store = nullptr;
    ASSERT_EQ(SQLITE_OK, sqlite3_open(folder_.file("data/sagaloom.db").c_str(), &store));
    EXPECT_EQ(SQLITE_OK, sqlite3_exec(store, sql.c_str(), nullptr, nullptr, nullptr))
        << sqlite3_errmsg(store);
    EXPECT_EQ(1, sqlite3_changes(store));
    sqlite3_close(store);
  }
  // One record, the first that holds the text, with this in its place.
  void replace(const std::string& what, const std::string& by) const {
    change("update journal set record = cast(replace(cast(record as text), '" + what + "', '" + by +
           "') as blob) where (shard, seq) = (select shard, seq from journal where cast(record as "
           "text) like '%" +
           what + "%' limit 1)");
  }

  const Folder folder_;
  Server server_{{"dev", "--port", "0", "--data", folder_.file("data")}};
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

TEST_F(AuditTest, ARunIsDecidedAgainWithoutADifferenceBesideTheServerAndAfterIt) {
  const Finished beside = audit();
  EXPECT_EQ(0, beside.status) << beside.out << beside.err;
  EXPECT_TRUE(contains(beside.out, "3 sagas")) << beside.out;
  server_.terminate();
  const Finished after = audit({"--format", "json"});
  EXPECT_EQ(0, after.status) << after.out << after.err;
  const auto report = document::parse(after.out);
  ASSERT_TRUE(report.ok()) << after.out;
  EXPECT_EQ("3", app::member_text(*report, "sagas"));
  EXPECT_EQ("0", app::member_text(*report, "differences"));
  EXPECT_EQ(app::member_text(*report, "records"), app::member_text(*report, "decided_again"));
}

TEST_F(AuditTest, AChangedDecisionIsNamedWithItsSeqEventAndField) {
  server_.terminate();
  replace("\"status\":\"RESERVED\"", "\"status\":\"RESERVEX\"");
  const Finished found = audit();
  EXPECT_EQ(1, found.status) << found.out;
  EXPECT_TRUE(contains(found.out, "audit.decision: head.status")) << found.out;
  EXPECT_TRUE(contains(found.out, "answered reserve")) << found.out;
  EXPECT_TRUE(contains(found.out, "stored:  \"RESERVEX\"")) << found.out;
  EXPECT_TRUE(contains(found.out, "1 differences")) << found.out;
}

TEST_F(AuditTest, ADamagedRecordAndAChangedRowAreFound) {
  server_.terminate();
  replace("\"kind\":\"answered\"", "\"kind\":\"answerex\"");
  const Finished damaged = audit();
  EXPECT_EQ(1, damaged.status) << damaged.out;
  EXPECT_TRUE(contains(damaged.out, "audit.unreadable")) << damaged.out;
  replace("\"kind\":\"answerex\"", "\"kind\":\"answered\"");
  EXPECT_EQ(0, audit().status);
  change("update saga set state = 0 where identity = 'a'");
  const Finished row = audit({"--workflow", "order"});
  EXPECT_EQ(1, row.status) << row.out;
  EXPECT_TRUE(contains(row.out, "audit.row: saga.state")) << row.out;
}

TEST_F(AuditTest, AStoredStateThatItsRecordsDoNotGiveIsFound) {
  server_.terminate();
  change(
      "update saga set snapshot = (select snapshot from saga o where o.identity = 'c') where "
      "identity = 'a'");
  const Finished found = audit();
  EXPECT_EQ(1, found.status) << found.out;
  EXPECT_TRUE(contains(found.out, "audit.state: head.")) << found.out;
}

TEST_F(AuditTest, OneSagaAndWhatDoesNotExist) {
  const std::string id = app::member_text(saga_of(server_.url(), "b"), "id");
  const Finished one = audit({"--saga", id});
  EXPECT_EQ(0, one.status) << one.err;
  EXPECT_TRUE(contains(one.out, "1 sagas")) << one.out;
  EXPECT_EQ(3, audit({"--saga", "0197a000-0000-7000-8000-000000000000"}).status);
  EXPECT_EQ(2, audit({"--saga", "x"}).status);
  const Finished typo = audit({"--workflow", "oder"});
  EXPECT_EQ(3, typo.status) << typo.out;
  EXPECT_TRUE(contains(typo.err, "did you mean order?")) << typo.err;
  const Finished nowhere = run({program(), "audit", "--data", folder_.file("nothing")});
  EXPECT_EQ(1, nowhere.status);
  EXPECT_TRUE(contains(nowhere.err, "store.open_failed")) << nowhere.err;
}

}  // namespace
}  // namespace sagaloom::tests
