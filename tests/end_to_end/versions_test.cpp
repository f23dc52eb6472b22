// A second version of the order workflow beside running and ended orders: what it would have made
// of them (`whatif`), and which of them move to it (`migrate`).
#include <chrono>
#include <gtest/gtest.h>
#include <signal.h>
#include <thread>

#include "runtime/app/print.h"
#include "runtime/document/json.h"
#include "tests/end_to_end/held_database.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"

namespace sagaloom::tests {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  if (at == text.npos) throw std::runtime_error("the workflow has no `" + what + "`");
  return text.replace(at, what.size(), by);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

class VersionsTest : public testing::Test {
 protected:
  static std::string second(const std::string& what, const std::string& by) {
    const std::string text = read_file(SAGALOOM_SOURCE_DIR "/workflows/order.yaml");
    return replaced(replaced(text, "\nversion: 1\n", "\nversion: 2\n"), what, by);
  }
  Finished sagaloom(std::vector<std::string> words) const {
    words.insert(words.begin(), program());
    return run(words, {"SAGALOOM_SERVER=" + server_.url()});
  }
  Finished whatif(const std::string& file, std::vector<std::string> flags = {}) const {
    std::vector<std::string> words = {"whatif", file, "--data", folder_.file("data")};
    words.insert(words.end(), flags.begin(), flags.end());
    return sagaloom(words);
  }
  void register_version(const std::string& text) const {
    const Reply reply = request(server_.url(), "POST", "/api/v1/workflows", text,
                                {{"Content-Type", "application/yaml"}});
    ASSERT_EQ(201, reply.status) << reply.text;
  }
  // Posts an order and waits until its call of delivery is under way.
  void start_held(const std::string& id) const {
    ASSERT_EQ(202, request(server_.url(), "POST", "/api/orders", order(id, rich)).status);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (request(server_.url(), "GET", "/api/orders/" + id).member("status") != "AUTHORIZED") {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << server_.err();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  Finished migrate(std::vector<std::string> flags) const {
    flags.insert(flags.begin(), {"migrate", "--to", "2", "--reason", "a test"});
    return sagaloom(flags);
  }
  std::string id_of(const std::string& order_id) const {
    return app::member_text(saga_of(server_.url(), order_id), "id");
  }

  const Folder folder_;
  Server server_{{"dev", "--port", "0", "--data", folder_.file("data")}};
};

TEST_F(VersionsTest, WhatIfListsTheSagasThatWouldGoAnotherWay) {
  server_.start();
  submit(server_.url(), order("a", rich));
  submit(server_.url(), order("b", poor));
  const std::string same = folder_.write("same.yaml", second("team: fulfilment", "team: orders"));
  const Finished nothing = whatif(same);
  EXPECT_EQ(0, nothing.status) << nothing.out << nothing.err;
  EXPECT_TRUE(contains(nothing.out, "2 sagas: 2 same")) << nothing.out;
  const std::string kept =
      folder_.write("kept.yaml", second("status: {ok: AUTHORIZED, error: INSUFFICIENT_FUNDS}",
                                        "status: {ok: AUTHORIZED, error: NO_MONEY}"));
  const Finished told = whatif(kept, {"--since", "2020-01-01", "--format", "json"});
  EXPECT_EQ(0, told.status) << told.out << told.err;  // the last status is CANCELLED in both
  const std::string other = folder_.write("other.yaml", second("CANCELLED", "TURNED_BACK"));
  const Finished changed = whatif(other);
  EXPECT_EQ(1, changed.status) << changed.out << changed.err;
  EXPECT_TRUE(contains(changed.out, id_of("b"))) << changed.out;
  EXPECT_FALSE(contains(changed.out, id_of("a"))) << changed.out;
  EXPECT_TRUE(contains(changed.out, "end: COMPENSATED")) << changed.out;
  EXPECT_TRUE(contains(changed.out, "2 sagas: 1 same, 1 changed")) << changed.out;
  const Finished none = whatif(other, {"--state", "COMPLETED"});
  EXPECT_TRUE(contains(none.out, "1 sagas: 1 same")) << none.out;
}

TEST_F(VersionsTest, AStepWithoutARecordedAnswerIsNamedAndNothingIsCalled) {
  server_.start();
  submit(server_.url(), order("a", rich));
  const std::string before = stock(folder_.file("data"));
  const std::string more = folder_.write(
      "more.yaml", second("\noutput:\n",
                          "- id: again\n  call: inventory.commit\n  retry: stubborn\n"
                          "  with: {reservation_id: \"${ steps.reserve.output.reservation_id }\"}\n"
                          "\noutput:\n"));
  const Finished told = whatif(more);
  EXPECT_EQ(1, told.status) << told.out << told.err;
  EXPECT_TRUE(contains(told.out, "undetermined")) << told.out;
  EXPECT_TRUE(contains(told.out, "inventory.commit by step again has no recorded answer"))
      << told.out;
  EXPECT_EQ(before, stock(folder_.file("data")));
}

TEST_F(VersionsTest, WhatIfRefusesWhatItCannotRead) {
  server_.start();
  EXPECT_EQ(7, whatif(folder_.write("bad.yaml", "dsl: 1\nworkflow: order\n")).status);
  const std::string fine = folder_.write("fine.yaml", second("team: fulfilment", "team: orders"));
  EXPECT_EQ(2, whatif(fine, {"--since", "yesterday"}).status);
  const struct {
    std::vector<std::string> flags;
    int status;
    const char* message;
  } cases[] = {
      {{"--state", "COMPLETE"}, 2, "--state COMPLETE is no state; did you mean COMPLETED?"},
      {{"--saga", "x"}, 2, "--saga x is not a saga's id"},
      {{"--saga", "0197a000-0000-7000-8000-000000000000"}, 3, "there is no such saga of order"},
      {{"--workflow", "oder"}, 3, "workflow oder is stored; did you mean order?"},
  };
  for (const auto& each : cases) {
    const Finished refused = whatif(fine, each.flags);
    EXPECT_EQ(each.status, refused.status) << refused.out;
    EXPECT_TRUE(contains(refused.err, each.message)) << refused.err;
  }
  EXPECT_EQ(0, whatif(fine, {"--state", "completed"}).status) << "as the REST API takes it";
  const Finished folder = whatif(folder_.path());
  EXPECT_EQ(2, folder.status);
  EXPECT_TRUE(contains(folder.err, "error[file.not_regular]")) << folder.err;
}

TEST_F(VersionsTest, ARunningSagaMovesToAVersionThatDiffersOnlyAhead) {
  server_.start();
  submit(server_.url(), order("before", rich));  // every database is there now
  HeldDatabase delivery(folder_.file("data/delivery.db"));
  start_held("a");
  register_version(second("status: {ok: PAID}", "status: {ok: CAPTURED}"));
  const std::string id = id_of("a");
  const Finished dry = migrate({"--saga", id, "--dry-run"});
  EXPECT_EQ(0, dry.status) << dry.out << dry.err;
  EXPECT_TRUE(contains(dry.out, "can be moved")) << dry.out;
  EXPECT_EQ("1", app::member_text(saga_of(server_.url(), "a"), "version"));
  const Finished moved = migrate({"--all", "--workflow", "order"});
  EXPECT_EQ(0, moved.status) << moved.out << moved.err;
  EXPECT_TRUE(contains(moved.out, "1 of 1 sagas moved")) << moved.out;
  EXPECT_EQ("2", app::member_text(saga_of(server_.url(), "a"), "version"));
  EXPECT_TRUE(
      contains(sagaloom({"list", "--workflow", "order", "-o", "json"}).out, "\"version\":2"));
  delivery.release();
  EXPECT_EQ("COMPLETED", wait_for_state(server_.url(), "a", {"COMPLETED", "COMPENSATED"}));
  const std::string history = sagaloom({"history", id, "-o", "json"}).out;
  EXPECT_TRUE(contains(history, "CAPTURED")) << history;
  EXPECT_TRUE(contains(history, "migrate")) << history;
  const Finished audit = sagaloom({"audit", "--data", folder_.file("data")});
  EXPECT_EQ(0, audit.status) << audit.out;
}

TEST_F(VersionsTest, AMigratedSagaGoesOnInItsNewVersionAfterAKill) {
  server_.start();
  submit(server_.url(), order("before", rich));
  {
    HeldDatabase delivery(folder_.file("data/delivery.db"));
    start_held("a");
    register_version(second("status: {ok: PAID}", "status: {ok: CAPTURED}"));
    EXPECT_EQ(0, migrate({"--saga", id_of("a")}).status);
    server_.kill();
  }
  server_.start();
  EXPECT_EQ("COMPLETED", wait_for_state(server_.url(), "a", {"COMPLETED", "COMPENSATED"}));
  EXPECT_TRUE(contains(sagaloom({"history", id_of("a"), "-o", "json"}).out, "CAPTURED"));
}

TEST_F(VersionsTest, ASagaWhosePastWouldDifferStaysAndIsToldWhy) {
  server_.start();
  submit(server_.url(), order("before", rich));
  HeldDatabase delivery(folder_.file("data/delivery.db"));
  start_held("a");
  register_version(second("reservation_key: ${ self.key }", "reservation_key: x-${ self.key }"));
  const Finished stays = migrate({"--all", "--workflow", "order"});
  EXPECT_EQ(5, stays.status) << stays.out << stays.err;
  EXPECT_TRUE(contains(stays.out, "step reserve would be undone otherwise")) << stays.out;
  EXPECT_TRUE(contains(stays.out, "0 of 1 sagas moved")) << stays.out;
  const Finished unknown =
      sagaloom({"migrate", "--to", "9", "--reason", "r", "--saga", id_of("a")});
  EXPECT_EQ(5, unknown.status) << unknown.out;
  EXPECT_TRUE(contains(unknown.out, "workflow_unknown")) << unknown.out;
  EXPECT_EQ(2, migrate({"--all"}).status);
  EXPECT_EQ(3, migrate({"--saga", "0197a000-0000-7000-8000-000000000000"}).status);
}

}  // namespace
}  // namespace sagaloom::tests
