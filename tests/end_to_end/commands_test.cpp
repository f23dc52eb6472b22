// The commands as a person types them: what stands on which output, and the exit status.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/app/print.h"
#include "runtime/document/json.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"

namespace sagaloom::tests {
namespace {

class CommandsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    server_ = new Server({"dev", "--port", "0", "--data", folder_->file("data")});
    server_->start();
  }
  static void TearDownTestSuite() {
    delete server_;
    delete folder_;
  }

  static Finished sagaloom(std::vector<std::string> words, const std::string& input = {}) {
    words.insert(words.begin(), program());
    return run(words, {"SAGALOOM_SERVER=" + server_->url()}, input);
  }
  static std::string started(const std::string& id, const std::string& customer) {
    const Finished start = sagaloom(
        {"start", "order", "--input", "-", "--wait", "20", "-o", "json"}, order(id, customer));
    return app::member_text(*document::parse(start.out), "id");
  }

  static inline Folder* folder_ = nullptr;
  static inline Server* server_ = nullptr;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

TEST_F(CommandsTest, StartAndWaitTellTheEndByTheExitStatus) {
  const Finished good =
      sagaloom({"start", "order", "--input", "-", "--wait", "20"}, order("c1", rich));
  EXPECT_EQ(0, good.status) << good.err;
  EXPECT_TRUE(contains(good.out, "COMPLETED")) << good.out;
  const Finished undone =
      sagaloom({"start", "order", "--input", "-", "--wait", "20"}, order("c2", poor));
  EXPECT_EQ(10, undone.status) << undone.err;
  const Finished failed =
      sagaloom({"start", "order", "--input", "-", "--wait", "20"}, order("c3", rich, 99, "SKU-3"));
  EXPECT_EQ(11, failed.status) << failed.out;
}

TEST_F(CommandsTest, StartReadsAFile) {
  const std::string file = folder_->write("order.json", order("c4", rich));
  const Finished start = sagaloom({"start", "order", "--input", file, "-o", "json"});
  EXPECT_EQ(0, start.status) << start.err;
  EXPECT_TRUE(document::parse(start.out).ok()) << start.out;
}

TEST_F(CommandsTest, StartTakesItsInputOnTheCommandLine) {
  const Finished start = sagaloom({"start", "order", "--data", order("c9", rich), "-o", "json"});
  EXPECT_EQ(0, start.status) << start.err;
  EXPECT_TRUE(contains(start.out, "\"c9\"")) << start.out;
}

TEST_F(CommandsTest, ListFiltersAsTheRestApiDoes) {
  const std::string good = started("c10", rich), undone = started("c11", poor);
  const struct {
    std::vector<std::string> flags;
    bool good, undone;
  } cases[] = {
      {{"--status", "CANCELLED"}, false, true},
      {{"--live"}, false, false},
      {{"--ended"}, true, true},
      {{"--attribute", "customer_id=" + poor}, false, true},
      {{"--created-after", "2020-01-01"}, true, true},
      {{"--created-before", "2020-01-01T00:00:00Z"}, false, false},
  };
  for (const auto& each : cases) {
    std::vector<std::string> words = {"list", "--limit", "500"};
    words.insert(words.end(), each.flags.begin(), each.flags.end());
    const Finished list = sagaloom(words);
    EXPECT_EQ(0, list.status) << list.err;
    EXPECT_EQ(each.good, contains(list.out, good)) << each.flags[0] << "\n" << list.out;
    EXPECT_EQ(each.undone, contains(list.out, undone)) << each.flags[0] << "\n" << list.out;
  }
}

TEST_F(CommandsTest, GetListAndHistoryShowASaga) {
  const std::string id = started("c5", poor);
  ASSERT_EQ(36u, id.size());
  const Finished get = sagaloom({"get", id});
  EXPECT_EQ(0, get.status);
  EXPECT_TRUE(contains(get.out, "COMPENSATED")) << get.out;
  const Finished list = sagaloom({"list", "--workflow", "order", "--identity", "c5"});
  EXPECT_TRUE(contains(list.out, id)) << list.out;
  EXPECT_TRUE(contains(list.out, "ID")) << list.out;
  const Finished history = sagaloom({"history", id});
  EXPECT_TRUE(contains(history.out, "reserve")) << history.out;
  EXPECT_TRUE(contains(history.out, "payment.insufficient_funds")) << history.out;
  const Finished events = sagaloom({"events", "--limit", "500"});
  EXPECT_TRUE(contains(events.out, "order.cancelled")) << events.out;
}

TEST_F(CommandsTest, ListsGoOnWhereTheyEnded) {
  started("c6", rich);
  started("c7", rich);
  const Finished first = sagaloom({"list", "--limit", "1", "-o", "json"});
  const auto page = document::parse(first.out);
  ASSERT_TRUE(page.ok()) << first.out;
  const std::string cursor = app::member_text(*page, "next_cursor");
  ASSERT_FALSE(cursor.empty()) << first.out;
  const Finished second = sagaloom({"list", "--limit", "1", "--cursor", cursor, "-o", "json"});
  EXPECT_EQ(0, second.status) << second.err;
  EXPECT_NE(first.out, second.out);
}

TEST_F(CommandsTest, ErrorsAreOnStandardErrorWithTheirStatus) {
  const struct {
    std::vector<std::string> words;
    std::string input;
    int status;
    std::string message;
  } cases[] = {
      {{"get", "0197a000-0000-7000-8000-000000000000"}, "", 3, "saga_unknown"},
      {{"start", "nothing"}, "", 3, "workflow_unknown"},
      {{"start", "order", "--input", "-"}, "{\"order_id\": \"x\"}", 7, "`customer_id` is missing"},
      {{"start", "order", "--input", "-"}, "{\"a\": 1, \"a\": 2}", 7, "json.duplicate_key"},
      {{"start", "order", "--input", "/nowhere"}, "", 2, "cannot be read"},
      {{"start", "order", "--input", "/tmp"},
       "",
       2,
       "error[file.not_regular]: /tmp is a directory"},
      {{"start", "order", "--input", "/dev/zero"}, "", 2, "error[file.not_regular]"},
      {{"start", "order", "--input", "-"}, std::string(2'000'000, ' '), 2, "error[file.too_large]"},
      {{"signal", "x", "go", "--input", "/tmp"}, "", 2, "error[file.not_regular]"},
      {{"answer", "x", "step", "--input", "/dev/zero"}, "", 2, "error[file.not_regular]"},
      {{"retry", "x", "step", "--reason", "r", "--input", "/tmp"}, "", 2, "file.not_regular"},
      {{"resolve", "x", "step", "--reason", "r", "--input", "/tmp"}, "", 2, "file.not_regular"},
      {{"serve", "--config", "/tmp"}, "", 2, "error[config.file] /tmp is a directory"},
      {{"audit", "--config", "/tmp"}, "", 2, "error[config.file] /tmp is a directory"},
      {{"audit", "--set", "postgres.dsn_file=/tmp"}, "", 2, "/tmp is a directory"},
      {{"list", "--created-after", "yesterday"}, "", 7, "query.invalid"},
      {{"migrate", "--to", "9", "--all", "--workflow", "order", "--reason", "r"},
       "",
       3,
       "workflow_unknown"},
      {{"get", "x", "--server", "http://127.0.0.1:1"}, "", 6, "sagaloom dev"},
  };
  for (const auto& each : cases) {
    const Finished done = sagaloom(each.words, each.input);
    EXPECT_EQ(each.status, done.status) << each.message << "\n" << done.err;
    EXPECT_TRUE(contains(done.err, each.message)) << done.err;
    EXPECT_EQ("", done.out);
  }
}

TEST_F(CommandsTest, CancelOfAnEndedSagaIsAConflict) {
  const std::string id = started("c8", rich);
  const Finished cancel = sagaloom({"cancel", id, "--reason", "a test"});
  EXPECT_EQ(5, cancel.status) << cancel.out << cancel.err;
}

TEST_F(CommandsTest, AProblemIsJsonWhenJsonWasAsked) {
  const Finished done = sagaloom({"get", "0197a000-0000-7000-8000-000000000000", "-o", "json"});
  const auto problem = document::parse(done.err);
  ASSERT_TRUE(problem.ok()) << done.err;
  EXPECT_EQ("saga_unknown", app::member_text(*problem, "code"));
}

TEST_F(CommandsTest, CheckPassesTheShippedWorkflow) {
  const Finished check = sagaloom({"check", SAGALOOM_SOURCE_DIR "/workflows/order.yaml"});
  EXPECT_EQ(0, check.status) << check.out << check.err;
  EXPECT_TRUE(contains(check.out, "order version 1: ok")) << check.out;
}

TEST_F(CommandsTest, CheckPassesTheExampleWorkflowsAgainstTheInstalledPlugins) {
  const std::string folder = SAGALOOM_SOURCE_DIR "/workflows/";
  const Finished check =
      sagaloom({"check", folder + "order-fulfilment.yaml", folder + "pickup-parcel.yaml",
                folder + "travel-booking.yaml", folder + "travel-insurance.yaml"});
  EXPECT_EQ(0, check.status) << check.out << check.err;
  for (const char* name : {"order-fulfilment version 3: ok", "pickup-parcel version 1: ok",
                           "travel-booking version 1: ok", "travel-insurance version 2: ok"})
    EXPECT_TRUE(contains(check.out, name)) << check.out;
}

TEST_F(CommandsTest, CheckNamesEveryErrorWithItsPlace) {
  const std::string file = folder_->write("bad.yaml",
                                          "dsl: 1\nworkflow: bad\nversion: 1\nsteps:\n"
                                          "- id: a\n  call: inventory.reserv\n"
                                          "- id: a\n  wiht: {}\n");
  const Finished check = sagaloom({"check", file});
  EXPECT_EQ(7, check.status);
  EXPECT_TRUE(contains(check.out, "bad.yaml:6:")) << check.out;
  EXPECT_TRUE(contains(check.out, "bad.yaml:8:")) << check.out;
  const Finished json = sagaloom({"check", file, "-o", "json"});
  EXPECT_TRUE(document::parse(json.out).ok()) << json.out;
}

TEST_F(CommandsTest, CheckSpeaksSarifAndTakesFoldersAndNoPlugins) {
  const std::string file = folder_->write("loose.yaml",
                                          "dsl: 1\nworkflow: loose\nversion: 1\nsteps:\n"
                                          "- {id: a, call: inventory.reserve, with: {}}\n");
  const Finished sarif = sagaloom({"check", file, "--format", "sarif"});
  EXPECT_EQ(7, sarif.status);
  const auto log = document::parse(sarif.out);
  ASSERT_TRUE(log.ok()) << sarif.out;
  EXPECT_EQ("2.1.0", app::member_text(*log, "version"));
  const Finished folder = sagaloom({"check", file.substr(0, file.rfind('/'))});
  EXPECT_TRUE(contains(folder.out, "loose.yaml:5:11: error[C01]")) << folder.out;
  EXPECT_TRUE(contains(folder.out, "for example: ")) << folder.out;
  const Finished alone = sagaloom({"check", file, "--no-plugins"});
  EXPECT_EQ(0, alone.status) << alone.out;
  EXPECT_TRUE(contains(alone.out, "warning[C01]")) << alone.out;
}

TEST_F(CommandsTest, CheckSaysThatAFolderIsEmptyAndOpensNoPipe) {
  const Folder folder;
  const Finished empty = sagaloom({"check", folder.path()});
  EXPECT_EQ(2, empty.status) << empty.out;
  EXPECT_TRUE(contains(empty.err, "error[file.not_read]: " + folder.path())) << empty.err;
  ASSERT_EQ(0, ::mkfifo(folder.file("pipe.yaml").c_str(), 0600));
  const Finished pipe = sagaloom({"check", folder.file("pipe.yaml")});
  EXPECT_EQ(7, pipe.status) << pipe.out << pipe.err;
  EXPECT_TRUE(contains(pipe.out, "the file cannot be read")) << pipe.out;
  const std::string kit = SAGALOOM_SOURCE_DIR "/examples/order.scenarios.yaml";
  const Finished none = sagaloom({"test", kit, "--only", "no such scenario"});
  EXPECT_EQ(1, none.status);
  EXPECT_TRUE(contains(none.err, "error[scenario.none]")) << none.err;
  for (const char* file : {"/dev/zero", "/tmp/none.yaml"}) {
    const Finished test = sagaloom({"test", file});
    EXPECT_EQ(1, test.status) << file << test.out << test.err;
    EXPECT_TRUE(contains(test.out, file)) << test.out;
  }
}

TEST_F(CommandsTest, VersionAndConfigurationNeedNoServer) {
  EXPECT_TRUE(contains(sagaloom({"version"}).out, "sagaloom 0."));
  EXPECT_TRUE(contains(sagaloom({"configuration"}).out, "http.port"));
}

}  // namespace
}  // namespace sagaloom::tests
