// The class style: what an author writes, what the host sees.
#include "sdk/plugin.h"

#include <gtest/gtest.h>
#include <thread>

#include "sdk/json/json.h"
#include "sdk/testing/fake_host.h"

namespace sagaloom::tests {
namespace {

using sdk::Call;
using sdk::Completion;
using sdk::Outcome;
using sdk::testing::Answer;
using sdk::testing::FakeHost;
using sdk::testing::TestCall;

class Moody {
 public:
  explicit Moody(const sdk::OpenContext& context) {
    if (context.config == "refuse") throw std::runtime_error("not in the mood");
    if (context.config == "throw 7") throw 7;
    context.log(sdk::LogLevel::info, "open");
  }
  ~Moody() {
    if (worker_.joinable()) worker_.join();
  }
  static void steps(sdk::Steps<Moody>& steps) {
    steps.blocking("moody.answer", &Moody::answer);
    steps.quick("moody.throw", &Moody::fail);
    steps.quick("moody.throw_number", &Moody::fail_oddly);
    steps.quick("moody.misread", &Moody::misread);
    steps.quick("moody.alive", &Moody::alive);
    steps.async("moody.later", &Moody::later);
    steps.async("moody.forget", &Moody::forget);
    steps.async("moody.throw_late", &Moody::fail_late);
  }

  Outcome answer(const Call& call) {
    call.log(sdk::LogLevel::warning, "answering");
    Outcome outcome = Outcome::business("moody.no", "not now", R"({"why":1})");
    outcome.retry_after = std::chrono::milliseconds(5);
    outcome.effect_ref = std::string(call.request_key());
    outcome.output = std::string(call.input());
    outcome.correlation = std::to_string(call.epoch()) + "/" + std::to_string(call.attempt());
    return outcome;
  }
  Outcome fail(const Call&) { throw std::runtime_error("broken"); }
  Outcome fail_oddly(const Call&) { throw 7; }
  Outcome misread(const Call& call) {
    return Outcome::ok(sdk::text_of(sdk::parse_json(call.input()), "name"));
  }
  Outcome alive(const Call& call) {
    return call.heartbeat() ? Outcome::ok() : Outcome::cancelled(true);
  }
  void later(Call, Completion completion) {
    worker_ = std::thread([c = std::move(completion)]() mutable { c.fulfil(Outcome::ok("1")); });
  }
  void forget(Call, Completion) {}
  void fail_late(Call, Completion completion) {
    const Completion mine = std::move(completion);
    throw std::runtime_error("broken");
  }

 private:
  std::thread worker_;
};

constinit const saga_plugin kMoody = sdk::describe<Moody>("test.moody", "1.0.0", "{}");

Answer call(FakeHost& host, const std::string& operation, std::string input = "{}") {
  TestCall call;
  call.operation = operation;
  call.input = std::move(input);
  return host.call(call);
}

TEST(Plugin, the_whole_outcome_reaches_the_host_and_the_whole_request_the_step) {
  FakeHost host(kMoody);
  TestCall request;
  request.operation = "moody.answer";
  request.role = sdk::Role::compensate;
  request.key = "saga/step";
  request.epoch = 9;
  request.attempt = 3;
  request.input = "{\"a\":1}";
  const Answer answer = host.call(request);
  EXPECT_EQ(answer.status, SAGA_BUSINESS);
  EXPECT_EQ(answer.code, "moody.no");
  EXPECT_EQ(answer.message, "not now");
  EXPECT_EQ(answer.details, R"({"why":1})");
  EXPECT_EQ(answer.output, "{\"a\":1}");
  EXPECT_EQ(answer.effect_ref, "saga/step/undo");
  EXPECT_EQ(answer.correlation, "9/3");
  EXPECT_EQ(answer.retry_after_ns, 5'000'000u);
  EXPECT_EQ(answer.flags, SAGA_RESULT_NO_EFFECT);
  EXPECT_EQ(host.log_lines(), (std::vector<std::string>{"open", "answering"}));
}

TEST(Plugin, an_exception_is_an_unknown_outcome_since_effects_may_precede_it) {
  FakeHost host(kMoody);
  for (const char* operation : {"moody.throw", "moody.throw_number"}) {
    const Answer answer = call(host, operation);
    EXPECT_EQ(answer.status, SAGA_UNKNOWN);
    EXPECT_EQ(answer.code, "call.exception");
    EXPECT_EQ(answer.flags, 0u);
  }
  EXPECT_EQ(host.misplaced_answers(), 0u);
}

TEST(Plugin, an_unreadable_input_is_fatal_without_effect_and_names_the_member) {
  FakeHost host(kMoody);
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  for (const std::string input : {"{}", "{\"name\":7}", "[]", "not json", deep.c_str()}) {
    const Answer answer = call(host, "moody.misread", input);
    EXPECT_EQ(answer.status, SAGA_FATAL) << input;
    EXPECT_EQ(answer.code, "input.invalid") << input;
    EXPECT_EQ(answer.flags, SAGA_RESULT_NO_EFFECT) << input;
  }
  EXPECT_NE(call(host, "moody.misread").message.find("\"name\""), std::string::npos);
}

TEST(Plugin, an_asynchronous_step_answers_from_any_thread) {
  FakeHost host(kMoody);
  EXPECT_EQ(call(host, "moody.later").output, "1");
}

TEST(Plugin, a_dropped_completion_answers_unknown_once) {
  FakeHost host(kMoody);
  for (const char* operation : {"moody.forget", "moody.throw_late"}) {
    const Answer answer = call(host, operation);
    EXPECT_EQ(answer.status, SAGA_UNKNOWN);
    EXPECT_EQ(answer.code, "call.unanswered");
  }
  EXPECT_EQ(host.misplaced_answers(), 0u);
}

TEST(Plugin, a_heartbeat_tells_whether_to_go_on) {
  FakeHost host(kMoody);
  EXPECT_EQ(call(host, "moody.alive").status, SAGA_OK);
  host.answer_heartbeats(SAGA_STOP);
  EXPECT_EQ(call(host, "moody.alive").status, SAGA_CANCELLED);
}

TEST(Plugin, a_constructor_that_throws_is_a_refusal_with_its_text) {
  try {
    FakeHost host(kMoody, "refuse");
    FAIL();
  } catch (const std::runtime_error& problem) {
    EXPECT_STREQ(problem.what(), "not in the mood");
  }
  EXPECT_THROW(FakeHost(kMoody, "throw 7"), std::runtime_error);
}

TEST(Plugin, without_a_snapshot_there_is_no_oracle) {
  FakeHost host(kMoody);
  EXPECT_EQ(host.snapshot(), "");
}

TEST(Json, a_fingerprint_ignores_order_of_members_and_the_named_secrets) {
  const auto left = sdk::parse_json(R"({"b":1,"a":2,"key":"x"})");
  const auto right = sdk::parse_json(R"({"a":2,"key":"y","b":1})");
  EXPECT_EQ(sdk::fingerprint(left, {"key"}), sdk::fingerprint(right, {"key"}));
  EXPECT_NE(sdk::fingerprint(left), sdk::fingerprint(right));
}

}  // namespace
}  // namespace sagaloom::tests
