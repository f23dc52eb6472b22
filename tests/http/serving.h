// A server over the fake engine on a free port, and a plain client for it.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/http/server.h"
#include "tests/http/fake_backend.h"
#include "tests/http/hostile_corpus.h"

namespace sagaloom::http {

class Serving {
 public:
  explicit Serving(ServerOptions options = {}, Platform platform = {}, bool threaded = true)
      : backend(std::make_shared<FakeBackend>(threaded)),
        server(std::make_unique<Server>(backend, std::move(platform), with_free_port(options))) {
    auto listening = server->listen();
    EXPECT_TRUE(listening.ok());
    port = *listening;
  }

  static ServerOptions with_free_port(ServerOptions options) {
    options.port = 0;
    return options;
  }

  std::shared_ptr<FakeBackend> backend;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
};

// One connection; reads answer by answer.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(connect_loopback(port)) {}
  Client(const Client&) = delete;
  ~Client() { close(socket_); }

  void send(const std::string& text) {
    ASSERT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }

  void get(const std::string& path, const std::string& fields = "") {
    send("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
  }

  // The next answer, head and body; what has come when the server closes or time is over.
  std::string read(bool has_body = true, int limit_ms = 10'000) {
    for (;;) {
      const auto head_end = pending_.find("\r\n\r\n");
      if (head_end != std::string::npos) {
        const auto at = pending_.find("Content-Length: ");
        const bool counted = has_body && at < head_end;
        const auto body = counted ? std::stoul(pending_.substr(at + 16)) : 0;
        if (pending_.size() >= head_end + 4 + body) return take(head_end + 4 + body);
      }
      if (!more(limit_ms)) return take(pending_.size());
    }
  }

  // Whether the server closes within the time, sending nothing more.
  bool ended(int limit_ms = 10'000) { return pending_.empty() && !more(limit_ms) && closed_; }
  bool has_data(int limit_ms) {
    pollfd poller{socket_, POLLIN, 0};
    return poll(&poller, 1, limit_ms) > 0;
  }

 private:
  bool more(int limit_ms) {
    pollfd poller{socket_, POLLIN, 0};
    if (closed_ || poll(&poller, 1, limit_ms) <= 0) return false;
    char buffer[64 * 1024];
    const auto got = recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) closed_ = true;
    if (got > 0) pending_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  std::string take(std::size_t length) {
    auto text = pending_.substr(0, length);
    pending_.erase(0, length);
    return text;
  }

  const int socket_;
  std::string pending_;
  bool closed_ = false;
};

inline int status_of(const std::string& answer) {
  return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
}

}  // namespace sagaloom::http
