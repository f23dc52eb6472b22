// The guard's remote mode, against a target that counts what reached it.
#include "sdk/guard/remote_guard.h"

#include <functional>
#include <gtest/gtest.h>

#include "sdk/guard/sqlite/sqlite_database.h"
#include "sdk/plugin.h"
#include "sdk/testing/fake_host.h"
#include "tests/plugins/plugin_file.h"

namespace sagaloom::tests {
namespace {

using sdk::Call;
using sdk::Outcome;
using sdk::Role;
using sdk::testing::Answer;
using sdk::testing::FakeHost;
using sdk::testing::TestCall;

// What happens elsewhere; the test says how the next forward call ends.
struct Target {
  int forwards = 0;
  int undos = 0;
  std::function<Outcome()> next = [] { return Outcome::ok("{\"id\":1}"); };
};
Target& target() {
  static Target value;
  return value;
}

class Remote {
 public:
  explicit Remote(const sdk::OpenContext& context)
      : database_(std::string(context.config)), guard_(database_) {
    guard_.migrate([](sdk::Transaction&) {});
  }
  static void steps(sdk::Steps<Remote>& steps) {
    steps.blocking("remote.do", &Remote::make);
    steps.blocking("remote.undo", &Remote::undo);
    steps.blocking("remote.check", &Remote::check);
  }
  Outcome make(const Call& call) {
    return guard_.effect(call, call.input(), make_forward, make_undo);
  }
  Outcome undo(const Call& call) { return guard_.undo(call, make_undo); }
  Outcome check(const Call& call) {
    return guard_.check(call, [] { return Outcome::no_effect(); });
  }
  std::string snapshot() {
    std::string rows;
    database_.run([&](sdk::Transaction& sql) {
      rows.clear();
      for (const auto& row : sql("select effect_key, state from effect order by effect_key")) {
        rows += row[0].text() + " " + row[1].text() + ";";
      }
      return Outcome::ok();
    });
    return rows.empty() ? "nothing" : rows;
  }

 private:
  static Outcome make_forward() {
    ++target().forwards;
    return target().next();
  }
  static Outcome make_undo() {
    ++target().undos;
    return Outcome::ok();
  }
  sdk::SqliteDatabase database_;
  sdk::RemoteGuard guard_;
};

constinit const saga_plugin kRemote = sdk::describe<Remote>("test.remote", "1.0.0", "{}");

class RemoteGuard : public testing::Test {
 protected:
  RemoteGuard() { target() = {}; }
  Answer call(const std::string& operation, Role role = Role::execute, std::uint64_t epoch = 1,
              const std::string& input = "{}") {
    TestCall call;
    call.operation = operation;
    call.key = "k";
    call.role = role;
    call.epoch = epoch;
    call.input = input;
    return host_.call(call);
  }
  Answer forward() { return call("remote.do"); }
  Answer undo() { return call("remote.undo", Role::compensate); }

  TemporaryFolder folder_;
  FakeHost host_{kRemote, folder_.path() + "/r.db"};
};

TEST_F(RemoteGuard, a_definite_answer_is_asked_for_once) {
  const Answer first = forward();
  EXPECT_EQ(first.status, SAGA_OK);
  EXPECT_EQ(forward(), first);
  EXPECT_EQ(target().forwards, 1);
  EXPECT_EQ(host_.snapshot(), "k done;");
  EXPECT_EQ(call("remote.do", Role::execute, 1, "{\"other\":1}").code, "call.key_reused");
  EXPECT_EQ(call("remote.check", Role::check).output, first.output);
}

TEST_F(RemoteGuard, a_refusal_stays_one) {
  target().next = [] { return Outcome::business("remote.no", "no"); };
  const Answer refused = forward();
  target().next = [] { return Outcome::ok(); };
  EXPECT_EQ(forward(), refused);
  EXPECT_EQ(call("remote.check", Role::check), refused);
  EXPECT_EQ(host_.snapshot(), "nothing");
}

TEST_F(RemoteGuard, after_doubt_the_target_is_called_again) {
  target().next = [] { return Outcome::unknown("call.lost", ""); };
  EXPECT_EQ(forward().status, SAGA_UNKNOWN);
  target().next = [] { return Outcome::ok(); };
  EXPECT_EQ(forward().status, SAGA_OK);
  EXPECT_EQ(target().forwards, 2);
}

TEST_F(RemoteGuard, an_undo_always_reaches_the_target_and_fences) {
  EXPECT_EQ(undo().status, SAGA_OK) << "of an unknown key";
  EXPECT_EQ(forward().code, "call.fenced");
  EXPECT_EQ(undo().status, SAGA_OK);
  EXPECT_EQ(target().forwards, 0);
  EXPECT_EQ(target().undos, 2);
  EXPECT_EQ(host_.snapshot(), "nothing");
}

TEST_F(RemoteGuard, an_undone_effect_is_shown_as_undone) {
  forward();
  undo();
  EXPECT_EQ(host_.snapshot(), "k undone;");
  EXPECT_EQ(forward().code, "call.fenced");
  EXPECT_EQ(call("remote.check", Role::check).status, SAGA_NO_EFFECT);
}

TEST_F(RemoteGuard, a_call_that_is_undone_while_it_is_under_way_undoes_itself) {
  target().next = [this] {
    undo();
    return Outcome::ok();
  };
  const Answer answer = forward();
  EXPECT_EQ(answer.status, SAGA_UNKNOWN);
  EXPECT_EQ(answer.code, "call.undone_meanwhile");
  EXPECT_EQ(target().undos, 2) << "the undo itself, and the late call's own";
  EXPECT_EQ(host_.snapshot(), "nothing");
}

TEST_F(RemoteGuard, an_answer_that_cannot_be_stored_is_unknown) {
  sdk::SqliteDatabase other(folder_.path() + "/r.db");
  target().next = [&] {
    other.run([](sdk::Transaction& sql) {
      sql("drop table request");
      return Outcome::ok();
    });
    return Outcome::ok();
  };
  const Answer answer = forward();
  EXPECT_EQ(answer.status, SAGA_UNKNOWN);
  EXPECT_EQ(answer.code, "call.not_stored");
}

TEST_F(RemoteGuard, a_smaller_epoch_reaches_nobody) {
  call("remote.do", Role::execute, 7);
  EXPECT_EQ(call("remote.do", Role::execute, 6).code, "call.stale_owner");
  EXPECT_EQ(call("remote.undo", Role::compensate, 6).code, "call.stale_owner");
  EXPECT_EQ(target().forwards, 1);
  EXPECT_EQ(target().undos, 0);
}

}  // namespace
}  // namespace sagaloom::tests
