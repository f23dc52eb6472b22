// A person in the middle: a workflow that waits for a signal and then for an answer, steered over
// REST and by the commands; and a step in doubt that an operator gives up.
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

#include "runtime/app/print.h"
#include "runtime/document/json.h"
#include "tests/end_to_end/held_database.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/shop.h"

namespace sagaloom::tests {
namespace {

constexpr auto approval = R"(dsl: 1
workflow: approval
version: 1
id: ${ input.id }
input:
  schema: {type: object, required: [id], properties: {id: {type: string}}}
expose:
  path: /api/approvals
  views: {decision: "${ steps.?decide.?output }"}
steps:
- id: asked
  wait: {signal: asked, timeout: 1h}
- id: decide
  title: Yes or no
  wait:
    task:
      assignee: group:ops
      form: {type: object, required: [approved], properties: {approved: {type: boolean}}}
- id: refused
  when: "!steps.decide.output.approved"
  fail: approval.refused
output: {amount: "${ steps.asked.output.amount }", approved: "${ steps.decide.output.approved }"}
)";

constexpr auto doubtful = R"(dsl: 1
workflow: doubtful
version: 1
id: ${ input.id }
input:
  schema: {type: object, required: [id], properties: {id: {type: string}}}
steps:
- id: authorize
  call: payment.authorize
  with: {customer_id: ada, amount_minor: 100, currency: EUR}
  timeout: {attempt: 300ms}
  retry: {max_attempts: 1}
  on_unknown: park
  compensate:
    call: payment.void
    with: {authorization_key: "${ self.key }"}
)";

class SteeringTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("approval.yaml", approval);
    folder_.write("doubtful.yaml", doubtful);
    server_.start();
  }

  std::string start(const std::string& workflow, const std::string& id) const {
    const Reply reply =
        request(server_.url(), "POST", "/api/v1/sagas",
                R"({"workflow":")" + workflow + R"(","input":{"id":")" + id + R"("}})");
    EXPECT_EQ(202, reply.status) << reply.text;
    return reply.member("id");
  }
  Reply saga(const std::string& id, const std::string& rest = {}) const {
    return request(server_.url(), "GET", "/api/v1/sagas/" + id + rest);
  }
  Reply post(const std::string& id, const std::string& rest, const std::string& body) const {
    return request(server_.url(), "POST", "/api/v1/sagas/" + id + rest, body);
  }
  // Waits until the saga, as JSON text, contains the part.
  std::string wait_for(const std::string& id, const std::string& part) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::string text = saga(id).text;
    while (text.find(part) == text.npos && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      text = saga(id).text;
    }
    EXPECT_NE(text.npos, text.find(part)) << part << " is not in\n" << text << server_.err();
    return text;
  }
  Finished sagaloom(std::vector<std::string> words, const std::string& input = {}) const {
    words.insert(words.begin(), program());
    return run(words, {"SAGALOOM_SERVER=" + server_.url(), "USER=ann"}, input);
  }

  const Folder folder_;
  Server server_{
      {"dev", "--port", "0", "--data", folder_.file("data"), "--set",
       "workflows=" + folder_.file("approval.yaml") + "," + folder_.file("doubtful.yaml")}};
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

TEST_F(SteeringTest, ASignalAndAnAnswerLeadToTheEnd) {
  const auto id = start("approval", "a");
  EXPECT_TRUE(contains(wait_for(id, "\"waits_for\""), "signal:asked"));
  EXPECT_EQ(404, post(id, "/tasks/decide", R"({"approved":true})").status) << "not open yet";
  EXPECT_EQ(404, post(id, "/signals/askd", "{}").status) << "mistyped";
  const Reply signal =
      request(server_.url(), "POST", "/api/v1/workflows/approval/sagas/a/signals/asked?by=bob",
              R"({"amount":5})");
  EXPECT_EQ(202, signal.status) << signal.text;
  wait_for(id, "\"assignee\":\"group:ops\"");
  const Reply tasks = request(server_.url(), "GET", "/api/v1/tasks?assignee=group%3Aops");
  EXPECT_TRUE(contains(tasks.text, "/api/v1/sagas/" + id + "/tasks/decide")) << tasks.text;
  EXPECT_EQ("{\"status\":\"pending\"}",
            request(server_.url(), "GET", "/api/approvals/a/decision").text);
  const Reply broken = post(id, "/tasks/decide", R"({"approved":"yes"})");
  EXPECT_EQ(422, broken.status) << broken.text;
  EXPECT_TRUE(contains(broken.text, "/approved")) << broken.text;
  EXPECT_EQ(200, post(id, "/tasks/decide?by=bob", R"({"approved":true})").status);
  wait_for(id, "\"state\":\"COMPLETED\"");
  EXPECT_TRUE(contains(saga(id).text, R"("output":{"amount":5,"approved":true})"));
  EXPECT_EQ(409, post(id, "/tasks/decide", R"({"approved":true})").status) << "closed";
  EXPECT_EQ(409, post(id, "/signals/asked", "{}").status) << "ended";
  EXPECT_TRUE(contains(saga(id, "/history").text, "\"by\":\"bob\""));
}

TEST_F(SteeringTest, TheCommandsSayTheSame) {
  const auto id = start("approval", "b");
  const Finished signal =
      sagaloom({"signal", "b", "asked", "--workflow", "approval", "--data", "{\"amount\":1}"});
  EXPECT_EQ(0, signal.status) << signal.err;
  wait_for(id, "\"assignee\"");
  const Finished tasks = sagaloom({"tasks", "--assignee", "group:ops"});
  EXPECT_TRUE(contains(tasks.out, id)) << tasks.out << tasks.err;
  EXPECT_EQ(7, sagaloom({"answer", id, "decide", "--data", "{}"}).status);
  EXPECT_EQ(3, sagaloom({"answer", id, "nothing", "--data", "{}"}).status);
  const Finished answer =
      sagaloom({"answer", id, "decide", "--input", "-"}, "{\"approved\": false}");
  EXPECT_EQ(0, answer.status) << answer.err;
  wait_for(id, "approval.refused");
  EXPECT_EQ(5, sagaloom({"suspend", id, "--reason", "too late"}).status);
  EXPECT_EQ(0, sagaloom({"dead-letters"}).status);
  EXPECT_EQ(3, sagaloom({"dead-letters", "discard", "0.1.0", "--reason", "spam"}).status);
  EXPECT_EQ(0, sagaloom({"dead-letters", "settled"}).status);
}

TEST_F(SteeringTest, WhatIsSentAgainUnderItsKeyIsAnsweredAsTheFirst) {
  const auto id = start("approval", "k");
  wait_for(id, "signal:asked");
  const auto signal = [&](const std::string& body) {
    return request(server_.url(), "POST", "/api/v1/sagas/" + id + "/signals/asked", body,
                   {{"Idempotency-Key", "s-1"}})
        .status;
  };
  EXPECT_EQ(202, signal(R"({"amount":5})"));
  EXPECT_EQ(202, signal(R"({"amount":5})"));
  EXPECT_EQ(422, signal(R"({"amount":6})"));
  wait_for(id, "\"assignee\"");
  server_.kill();
  server_.start();
  EXPECT_EQ(202, signal(R"({"amount":5})"));
  const std::vector<std::string> answer{"answer", id,   "decide", "--data", "{\"approved\": true}",
                                        "--key",  "a-1"};
  EXPECT_EQ(0, sagaloom(answer).status);
  wait_for(id, "\"state\":\"COMPLETED\"");
  EXPECT_EQ(0, sagaloom(answer).status) << "although the task is closed";
  EXPECT_EQ(202, signal(R"({"amount":5})")) << "although the saga has ended";
  EXPECT_EQ(409, post(id, "/signals/asked", "{}").status);
}

TEST_F(SteeringTest, WhatComesWhileSuspendedIsTakenAtResume) {
  const auto id = start("approval", "c");
  wait_for(id, "signal:asked");
  const Finished suspend = sagaloom({"suspend", id, "--reason", "an audit"});
  EXPECT_EQ(0, suspend.status) << suspend.err;
  wait_for(id, "\"state\":\"SUSPENDED\"");
  EXPECT_TRUE(contains(saga(id).text, "\"resume\"")) << "the verb that is left";
  EXPECT_EQ(202, post(id, "/signals/asked", "{}").status);
  EXPECT_FALSE(contains(saga(id).text, "\"assignee\"")) << "nothing starts";
  EXPECT_EQ(5, sagaloom({"retry", id, "asked", "--reason", "now"}).status) << "resume it first";
  EXPECT_EQ(0, sagaloom({"resume", id, "--reason", "done"}).status);
  wait_for(id, "\"assignee\"");
  const std::string history = saga(id, "/history").text;
  EXPECT_TRUE(contains(history, R"("by":"ann","kind":"suspend","reason":"an audit")")) << history;
  EXPECT_TRUE(contains(sagaloom({"history", id}).out, "suspend by ann: an audit"));
}

TEST_F(SteeringTest, ASuspendedSagaOutlivesTheServer) {
  const auto id = start("approval", "d");
  wait_for(id, "signal:asked");
  ASSERT_EQ(200, post(id, "/suspend", R"({"reason":"an audit"})").status);
  EXPECT_EQ(202, post(id, "/signals/asked", "{}").status);
  server_.kill();
  server_.start();
  wait_for(id, "\"state\":\"SUSPENDED\"");
  ASSERT_EQ(200, post(id, "/resume", R"({"reason":"go on"})").status);
  wait_for(id, "\"assignee\"");
}

TEST_F(SteeringTest, AStepInDoubtIsGivenUpAndUndone) {
  const auto before = start("doubtful", "first");  // the plugin's database is there afterwards
  wait_for(before, "\"state\":\"COMPLETED\"");
  std::string id;
  {
    HeldDatabase payment(folder_.file("data") + "/payment.db");
    id = start("doubtful", "e");
    const std::string parked = wait_for(id, "\"state\":\"PARKED\"");
    EXPECT_TRUE(contains(parked, R"("verbs":["retry","resolve","abort_step"])")) << parked;
    EXPECT_EQ(5, sagaloom({"skip-undo", id, "authorize", "--reason", "no"}).status);
    const Finished abort =
        sagaloom({"abort-step", id, "authorize", "--reason", "the bank will not say"});
    EXPECT_EQ(0, abort.status) << abort.err;
  }
  wait_for(id, "\"state\":\"COMPENSATED\"");
  EXPECT_TRUE(contains(saga(id, "/history").text, "the bank will not say"));
}

}  // namespace
}  // namespace sagaloom::tests
