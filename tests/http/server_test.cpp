// Connections: keep-alive, order, limits, time, and the way down.
#include "runtime/http/server.h"

#include <condition_variable>
#include <mutex>
#include <sys/resource.h>
#include <thread>

#include "tests/http/serving.h"

namespace sagaloom::http {
namespace {

// Until `condition` holds, at most 10 s.
template <typename Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    never.wait_for(lock, std::chrono::milliseconds(2));
  }
  return true;
}

std::string start_request(const std::string& fields = "") {
  const std::string body = R"({"workflow":"order","input":{"order_id":"o-1"}})";
  return "POST /api/v1/sagas HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(Server, ListensOnLoopbackOnly) {
  for (const auto* address : {"0.0.0.0", "::", "192.0.2.1", "10.1.2.3"}) {
    ServerOptions options;
    options.address = address;
    Server server(std::make_shared<FakeBackend>(), {}, options);
    const auto result = server.listen();
    ASSERT_FALSE(result.ok()) << address;
    EXPECT_EQ(result.error().code, "listen.not_loopback");
  }
  ServerOptions options;
  options.address = "example.org";
  Server server(std::make_shared<FakeBackend>(), {}, options);
  EXPECT_EQ(server.listen().error().code, "listen.failed");
}

TEST(Server, APortThatIsTakenIsSaid) {
  Serving serving;
  ServerOptions options;
  options.port = serving.port;
  Server second(std::make_shared<FakeBackend>(), {}, options);
  const auto result = second.listen();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, "listen.failed");
}

TEST(Server, KeepsConnectionsAlive) {
  Serving serving;
  Client client(serving.port);
  for (int i = 0; i < 3; ++i) {
    client.get("/livez");
    const auto answer = client.read();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(answer.find("Connection:"), std::string::npos);
    EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
  }
  client.get("/livez", "Connection: close\r\n");
  EXPECT_NE(client.read().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.ended());
}

TEST(Server, AnswersAPipelinedRequestAfterTheFirst) {
  Serving serving;
  Client client(serving.port);
  client.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(client.read()), 200);
  EXPECT_EQ(status_of(client.read()), 404);
}

TEST(Server, TakesRequestsByteByByte) {
  Serving serving;
  Client client(serving.port);
  for (const char c : start_request()) client.send(std::string(1, c));
  EXPECT_EQ(status_of(client.read()), 202);
}

TEST(Server, TakesChunkedBodies) {
  Serving serving;
  Client client(serving.port);
  client.send(
      "POST /api/v1/sagas HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\na\r\n{\"workflow\r\n");
  client.send("a\r\n\":\"order\"}\r\n0\r\n\r\n");
  EXPECT_EQ(status_of(client.read()), 202);
  client.get("/livez");
  EXPECT_EQ(status_of(client.read()), 200) << "the connection goes on";
}

TEST(Server, TakesBodiesUpToTheLimit) {
  Serving serving;
  Client client(serving.port);
  const std::string start = R"({"workflow":"order","input":{"a":")", end = R"("}})";
  const std::string body = start + std::string(1024 * 1024 - start.size() - end.size(), 'x') + end;
  client.send(
      "POST /api/v1/sagas HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      "Content-Length: 1048576\r\n\r\n" +
      body);
  EXPECT_EQ(status_of(client.read()), 202);
}

TEST(Server, SaysContinueWhenAsked) {
  Serving serving;
  Client client(serving.port);
  const auto request = start_request("Expect: 100-continue\r\n");
  const auto head_end = request.find("\r\n\r\n") + 4;
  client.send(request.substr(0, head_end));
  EXPECT_EQ(client.read(false), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(request.substr(head_end));
  EXPECT_EQ(status_of(client.read()), 202);
}

TEST(Server, HeadHasTheLengthButNoBody) {
  Serving serving;
  Client client(serving.port);
  client.send("HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read(false);
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Content-Length: 15"), std::string::npos);
  client.get("/livez");
  EXPECT_EQ(status_of(client.read()), 200);
}

TEST(Server, Http10EndsAfterItsAnswer) {
  Serving serving;
  Client client(serving.port);
  client.send("GET /livez HTTP/1.0\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(client.read()), 200);
  EXPECT_TRUE(client.ended());
}

TEST(Server, ServesManyAtOnceOnSeveralThreads) {
  ServerOptions options;
  options.threads = 2;
  Serving serving(options);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      Client client(serving.port);
      for (int i = 0; i < 50; ++i) {
        client.send(start_request());
        good += status_of(client.read()) / 100 == 2;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
}

// ---------------------------------------------------------------- time

TEST(Server, ClosesIdleConnectionsSilently) {
  ServerOptions options;
  options.limits.idle_timeout = std::chrono::milliseconds(50);
  Serving serving(options);
  Client fresh(serving.port), used(serving.port);
  EXPECT_TRUE(fresh.ended());
  Client again(serving.port);
  again.get("/livez");
  EXPECT_EQ(status_of(again.read()), 200);
  EXPECT_TRUE(again.ended());
}

TEST(Server, TheHeadersTimeCountsInAllNotPerRead) {
  ServerOptions options;
  options.limits.head_timeout = std::chrono::milliseconds(300);
  Serving serving(options);
  Client client(serving.port);
  client.send("GET /livez HTTP/1.1\r\nHost: a\r\n");
  // A byte every 20 ms: each read is quick, the whole is not.
  int sent = 0;
  while (!client.has_data(20) && sent < 500) {
    client.send("X: y\r\n");
    ++sent;
  }
  EXPECT_EQ(status_of(client.read()), 408);
  EXPECT_LT(sent, 60);
}

TEST(Server, ARouteThatNeverAnswersIsAnsweredForIt) {
  ServerOptions options;
  options.limits.answer_timeout = std::chrono::milliseconds(50);
  Serving serving(options);
  serving.backend->hold_waits();
  Client client(serving.port);
  client.send(start_request("Prefer: wait=60\r\n"));
  const auto answer = client.read();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("\"code\":\"timeout\""), std::string::npos);
  EXPECT_TRUE(client.ended());
  serving.backend->release_waits();  // too late: dropped
  Client next(serving.port);
  next.get("/livez");
  EXPECT_EQ(status_of(next.read()), 200);
}

// ---------------------------------------------------------------- limits

TEST(Server, TurnsConnectionsAwayAboveTheLimit) {
  ServerOptions options;
  options.limits.connections = 2;
  Serving serving(options);
  Client first(serving.port);
  auto second = std::make_unique<Client>(serving.port);
  first.get("/livez");
  second->get("/livez");
  EXPECT_EQ(status_of(first.read()), 200);
  EXPECT_EQ(status_of(second->read()), 200);
  Client third(serving.port);
  const auto refused = third.read();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_NE(refused.find("server.too_many_connections"), std::string::npos);
  second.reset();
  ASSERT_TRUE(eventually([&] { return serving.server->connections() == 1; }));
  Client fourth(serving.port);
  fourth.get("/livez");
  EXPECT_EQ(status_of(fourth.read()), 200);
}

// As many descriptors as are free below a low limit are used up by clients; the server's accepts
// then fail with EMFILE, and work again when descriptors are free.
TEST(Server, SurvivesRunningOutOfDescriptors) {
  Serving serving;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<int> used;
  for (int i = dup(0); i >= 0; i = dup(0)) used.push_back(i);
  ASSERT_GE(used.size(), 2u);
  close(used.back());  // for the client's end; none is left for the server's
  used.pop_back();
  {
    Client client(serving.port);
    client.get("/livez");
    EXPECT_FALSE(client.has_data(150)) << "there was no descriptor to accept with";
    for (const int descriptor : used) close(descriptor);
    EXPECT_EQ(status_of(client.read()), 200);
  }
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

// ---------------------------------------------------------------- the way down

TEST(Server, StopLetsARequestUnderWayBeAnswered) {
  Serving serving;
  serving.backend->hold_waits();
  Client idle(serving.port), busy(serving.port);
  idle.get("/livez");
  EXPECT_EQ(status_of(idle.read()), 200);
  busy.send(start_request("Prefer: wait=30\r\n"));
  ASSERT_TRUE(eventually([&] { return serving.backend->held_waits() == 1; }));
  bool clean = false;
  std::thread stopping([&] { clean = serving.server->stop(core::Duration(10'000)); });
  EXPECT_TRUE(idle.ended()) << "idle connections end at once";
  EXPECT_THROW(connect_loopback(serving.port), std::runtime_error) << "nothing new is taken";
  serving.backend->release_waits();
  const auto answer = busy.read();
  EXPECT_EQ(status_of(answer), 202);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  stopping.join();
  EXPECT_TRUE(clean);
}

TEST(Server, StopDoesNotWaitForEver) {
  auto serving = std::make_unique<Serving>();
  const auto backend = serving->backend;
  backend->hold_waits();
  Client client(serving->port);
  client.send(start_request("Prefer: wait=30\r\n"));
  ASSERT_TRUE(eventually([&] { return backend->held_waits() == 1; }));
  EXPECT_FALSE(serving->server->stop(core::Duration(30)));
  EXPECT_TRUE(client.ended());
  serving.reset();
  backend->release_waits();  // an answer after the server has gone is dropped
}

}  // namespace
}  // namespace sagaloom::http
